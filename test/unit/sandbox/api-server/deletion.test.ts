import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type JsonObject, textAt } from '../../../../src/model/json.ts';
import { configMap, configMaps, namesIn, pod, pods, TestApi } from './harness.ts';

const namespaces = '/api/v1/namespaces';

/** A ConfigMap that another one owns. */
function owned(name: string, owner: JsonObject): JsonObject {
  const reference = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    name: textAt(owner, 'metadata', 'name'),
    uid: textAt(owner, 'metadata', 'uid'),
    controller: true,
    blockOwnerDeletion: true,
  };
  return { ...configMap(name), metadata: { name, ownerReferences: [reference] } };
}

async function family(api: TestApi): Promise<void> {
  const { body: parent } = await api.post(configMaps, configMap('parent'));
  const { body: child } = await api.post(configMaps, owned('child', parent));
  await api.post(configMaps, owned('grandchild', child));
}

test('what is owned goes with its owner', async (context) => {
  const api = await TestApi.start(context);
  await family(api);
  const { body } = await api.delete(`${configMaps}/parent`);
  assert.equal(body['status'], 'Success');
  assert.deepEqual(namesIn((await api.get(configMaps)).body), []);
});

test('orphaned objects stay and lose the reference', async (context) => {
  const api = await TestApi.start(context);
  await family(api);
  await api.delete(`${configMaps}/parent`, { propagationPolicy: 'Orphan' });
  const { body } = await api.get(configMaps);
  assert.deepEqual(namesIn(body), ['child', 'grandchild']);
});

test('in the foreground the owner goes last', async (context) => {
  const api = await TestApi.start(context);
  await family(api);
  const watch = await api.watch(`${configMaps}?watch=true`, context);
  await watch.untilTold(3);
  await api.delete(`${configMaps}/parent`, { propagationPolicy: 'Foreground' });
  await watch.untilTold(7);
  assert.deepEqual(watch.told.slice(3), [
    'MODIFIED parent',
    'DELETED child',
    'DELETED grandchild',
    'DELETED parent',
  ]);
});

test('an object whose owner is gone already is collected', async (context) => {
  const api = await TestApi.start(context);
  const { body: parent } = await api.post(configMaps, configMap('parent'));
  await api.delete(`${configMaps}/parent`);
  assert.equal((await api.post(configMaps, owned('late', parent))).code, 201);
  assert.equal((await api.get(`${configMaps}/late`)).code, 404);
});

test('a finalizer holds a deleted object until somebody takes it away', async (context) => {
  const api = await TestApi.start(context);
  await api.post(configMaps, { metadata: { name: 'held', finalizers: ['example.org/wait'] } });
  const { code, body } = await api.delete(`${configMaps}/held`);
  assert.equal(code, 200);
  assert.notEqual(textAt(body, 'metadata', 'deletionTimestamp'), undefined);
  assert.equal((await api.get(`${configMaps}/held`)).code, 200);
  await api.merge(`${configMaps}/held`, { metadata: { finalizers: null } });
  assert.equal((await api.get(`${configMaps}/held`)).code, 404);
});

test('a deletion of another object of that name is refused', async (context) => {
  const api = await TestApi.start(context);
  await api.post(configMaps, configMap('a'));
  const { code, body } = await api.delete(`${configMaps}/a`, { preconditions: { uid: 'other' } });
  assert.equal(code, 409);
  assert.equal(body['reason'], 'Conflict');
});

test('a pod on a node is marked first and goes when the kubelet says so', async (context) => {
  const api = await TestApi.start(context);
  await api.post(pods, pod('web'));
  await api.post(`${pods}/web/binding`, { target: { kind: 'Node', name: 'node' } });
  const { body } = await api.delete(`${pods}/web`);
  assert.notEqual(textAt(body, 'metadata', 'deletionTimestamp'), undefined);
  assert.equal((await api.get(`${pods}/web`)).code, 200);
  await api.delete(`${pods}/web?gracePeriodSeconds=0`);
  assert.equal((await api.get(`${pods}/web`)).code, 404);
});

test('a pod on no node goes at once', async (context) => {
  const api = await TestApi.start(context);
  await api.post(pods, pod('web'));
  await api.delete(`${pods}/web`);
  assert.equal((await api.get(`${pods}/web`)).code, 404);
});

test('a namespace takes its content with it, and takes nothing new while it goes', async (context) => {
  const api = await TestApi.start(context);
  await api.post(namespaces, { metadata: { name: 'shop' } });
  const inShop = `${namespaces}/shop/configmaps`;
  await api.post(inShop, { metadata: { name: 'held', finalizers: ['example.org/wait'] } });
  await api.post(inShop, configMap('plain'));
  const { body } = await api.delete(`${namespaces}/shop`);
  assert.equal(textAt(body, 'status', 'phase'), 'Terminating');
  assert.deepEqual(namesIn((await api.get(inShop)).body), ['held']);
  const refused = await api.post(inShop, configMap('late'));
  assert.equal(refused.code, 403);
  assert.match(textAt(refused.body, 'message') ?? '', /because it is being terminated/);
  await api.merge(`${inShop}/held`, { metadata: { finalizers: null } });
  assert.equal((await api.get(`${namespaces}/shop`)).code, 404);
});

test('a new namespace gets its default service account', async (context) => {
  const api = await TestApi.start(context);
  await api.post(namespaces, { metadata: { name: 'shop' } });
  assert.equal((await api.get(`${namespaces}/shop/serviceaccounts/default`)).code, 200);
});
