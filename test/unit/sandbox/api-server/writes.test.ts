import assert from 'node:assert/strict';
import { test } from 'node:test';
import { at, type JsonObject, listAt, numberAt, textAt } from '../../../../src/model/json.ts';
import { configMap, configMaps, deployment, deployments, pod, pods, TestApi } from './harness.ts';

const web = `${deployments}/web`;
const generation = (object: JsonObject) => numberAt(object, 'metadata', 'generation');

test('a Deployment gets the defaults of apps/v1', async (context) => {
  const api = await TestApi.start(context);
  const { code, body } = await api.post(deployments, deployment('web'));
  assert.equal(code, 201);
  const spec = at(body, 'spec');
  assert.equal(numberAt(spec, 'replicas'), 1);
  assert.equal(numberAt(spec, 'progressDeadlineSeconds'), 600);
  assert.equal(numberAt(spec, 'revisionHistoryLimit'), 10);
  const rollingUpdate = { maxSurge: '25%', maxUnavailable: '25%' };
  assert.deepEqual(at(spec, 'strategy'), { type: 'RollingUpdate', rollingUpdate });
  assert.equal(textAt(spec, 'template', 'spec', 'restartPolicy'), 'Always');
});

const pullPolicies: readonly (readonly [image: string, policy: string])[] = [
  ['nginx', 'Always'],
  ['nginx:latest', 'Always'],
  ['localhost:5000/nginx', 'Always'],
  ['nginx:1.25', 'IfNotPresent'],
  [`nginx@sha256:${'0'.repeat(64)}`, 'IfNotPresent'],
  [`nginx:latest@sha256:${'0'.repeat(64)}`, 'Always'],
];

for (const [image, policy] of pullPolicies) {
  test(`the pull policy of ${image.slice(0, 30)} is ${policy} where none is written`, async (context) => {
    const api = await TestApi.start(context);
    const { body } = await api.post(deployments, deployment('web', image));
    const [container] = listAt(body, 'spec', 'template', 'spec', 'containers');
    assert.equal(textAt(container, 'imagePullPolicy'), policy);
  });
}

test('a pull policy once filled in stays when the tag changes', async (context) => {
  const api = await TestApi.start(context);
  await api.post(deployments, deployment('web', 'nginx:latest'));
  const path = '/spec/template/spec/containers/0/image';
  const { body } = await api.patch(web, [{ op: 'replace', path, value: 'nginx:1.25' }]);
  const [container] = listAt(body, 'spec', 'template', 'spec', 'containers');
  assert.equal(textAt(container, 'imagePullPolicy'), 'Always');
});

test('the generation of a Deployment rises with its spec and its annotations, not with labels or status', async (context) => {
  const api = await TestApi.start(context);
  await api.post(deployments, deployment('web'));
  assert.equal(generation((await api.merge(web, { spec: { replicas: 3 } })).body), 2);
  assert.equal(generation((await api.merge(web, { metadata: { annotations: { a: 'b' } } })).body), 3);
  assert.equal(generation((await api.merge(web, { metadata: { labels: { a: 'b' } } })).body), 3);
  assert.equal(generation((await api.merge(`${web}/status`, { status: { replicas: 3 } })).body), 3);
});

test('a pause that is no pause is not kept', async (context) => {
  const api = await TestApi.start(context);
  await api.post(deployments, deployment('web'));
  assert.equal(at((await api.merge(web, { spec: { paused: true } })).body, 'spec', 'paused'), true);
  assert.equal(at((await api.merge(web, { spec: { paused: false } })).body, 'spec', 'paused'), undefined);
});

test('an update of an older version is 409', async (context) => {
  const api = await TestApi.start(context);
  const { body } = await api.post(configMaps, configMap('a'));
  await api.merge(`${configMaps}/a`, { data: { key: 'other' } });
  const { code, body: status } = await api.put(`${configMaps}/a`, body);
  assert.equal(code, 409);
  assert.match(textAt(status, 'message') ?? '', /the object has been modified/);
});

test('a second object of the same name is refused', async (context) => {
  const api = await TestApi.start(context);
  await api.post(configMaps, configMap('a'));
  const { code, body } = await api.post(configMaps, configMap('a'));
  assert.equal(code, 409);
  assert.equal(body['reason'], 'AlreadyExists');
  assert.equal(body['message'], 'configmaps "a" already exists');
});

test('a name can be generated', async (context) => {
  const api = await TestApi.start(context);
  const { body } = await api.post(configMaps, { metadata: { generateName: 'a-' } });
  assert.match(textAt(body, 'metadata', 'name') ?? '', /^a-[a-z0-9]{5}$/);
  assert.equal((await api.post(configMaps, { metadata: { generateName: 'a.' } })).code, 422);
});

test('a dry run answers as if and leaves nothing behind', async (context) => {
  const api = await TestApi.start(context);
  assert.equal((await api.post(`${configMaps}?dryRun=All`, configMap('a'))).code, 201);
  assert.equal((await api.get(`${configMaps}/a`)).code, 404);
  await api.post(deployments, deployment('web'));
  const { body } = await api.merge(`${web}?dryRun=All`, { spec: { replicas: 9 } });
  assert.equal(numberAt(body, 'spec', 'replicas'), 9);
  assert.equal(numberAt((await api.get(web)).body, 'spec', 'replicas'), 1);
});

const refused: readonly { readonly title: string; readonly change: JsonObject; readonly cause: RegExp }[] = [
  {
    title: 'a container without an image',
    change: { template: { spec: { containers: [{ name: 'web', image: null }] } } },
    cause: /containers\[0\]\.image: Required value/,
  },
  {
    title: 'a template that its selector does not select',
    change: { template: { metadata: { labels: { app: 'other' } } } },
    cause: /`selector` does not match template `labels`/,
  },
  {
    title: 'a restart policy of its own',
    change: { template: { spec: { restartPolicy: 'Never' } } },
    cause: /supported values: "Always"/,
  },
];

for (const { title, change, cause } of refused) {
  test(`a Deployment cannot have ${title}`, async (context) => {
    const api = await TestApi.start(context);
    await api.post(deployments, deployment('web'));
    const { code, body } = await api.strategic(web, { spec: change });
    assert.equal(code, 422);
    assert.match(textAt(body, 'message') ?? '', cause);
  });
}

test('an annotation that is no text cannot be decoded: 400 for an object, 422 for a patch', async (context) => {
  const api = await TestApi.start(context);
  const created = await api.post(configMaps, { metadata: { name: 'a', annotations: { n: 1 } } });
  assert.equal(created.code, 400);
  await api.post(configMaps, configMap('a'));
  const patched = await api.merge(`${configMaps}/a`, { metadata: { annotations: { n: 1 } } });
  assert.equal(patched.code, 422);
});

test('an object in a namespace that does not exist is 404', async (context) => {
  const api = await TestApi.start(context);
  const { code, body } = await api.post('/api/v1/namespaces/none/configmaps', configMap('a'));
  assert.equal(code, 404);
  assert.equal(body['message'], 'namespaces "none" not found');
});

test('a scale is read and written as such', async (context) => {
  const api = await TestApi.start(context);
  await api.post(deployments, deployment('web'));
  const { body } = await api.merge(`${web}/scale`, { spec: { replicas: 4 } });
  assert.equal(body['kind'], 'Scale');
  assert.equal(numberAt((await api.get(web)).body, 'spec', 'replicas'), 4);
});

test('of a pod only the image can be changed', async (context) => {
  const api = await TestApi.start(context);
  await api.post(pods, pod('web'));
  const containers = [{ name: 'web', image: 'nginx:1.26' }];
  assert.equal((await api.strategic(`${pods}/web`, { spec: { containers } })).code, 200);
  assert.equal((await api.merge(`${pods}/web`, { spec: { dnsPolicy: 'Default' } })).code, 422);
});

test('a secret can be written in clear and is read encoded', async (context) => {
  const api = await TestApi.start(context);
  const { body } = await api.post('/api/v1/namespaces/default/secrets', {
    metadata: { name: 's' },
    stringData: { user: 'me' },
  });
  assert.deepEqual(body['data'], { user: 'bWU=' });
  assert.equal(body['stringData'], undefined);
  assert.equal(body['type'], 'Opaque');
});

const leases = '/apis/coordination.k8s.io/v1/namespaces/default/leases';
const lease = (renewTime: string) => ({ metadata: { name: 'a' }, spec: { holderIdentity: 'me', renewTime } });

for (const [renewTime, code] of [
  ['2026-01-01T00:00:00Z', 400],
  ['2026-01-01T00:00:00.123Z', 400],
  ['2026-01-01T00:00:00.123456Z', 201],
] as const) {
  test(`a lease renewed at ${renewTime} is answered with ${code}`, async (context) => {
    const api = await TestApi.start(context);
    assert.equal((await api.post(leases, lease(renewTime))).code, code);
  });
}

const events = '/apis/events.k8s.io/v1/namespaces/default/events';
const event: JsonObject = {
  metadata: { name: 'web.1' },
  eventTime: '2026-01-01T00:00:00.000000Z',
  reportingController: 'plimsoll.dev/controller',
  reportingInstance: 'pod-1',
  action: 'Update',
  reason: 'UpdateApplied',
  type: 'Normal',
  note: 'nginx:1.25 → nginx:1.26',
  regarding: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'default', name: 'web' },
};

test('an event is the same object in both of its groups', async (context) => {
  const api = await TestApi.start(context);
  assert.equal((await api.post(events, event)).code, 201);
  const { body } = await api.get('/api/v1/namespaces/default/events?fieldSelector=involvedObject.name%3Dweb');
  const [item] = listAt(body, 'items');
  assert.equal(textAt(item, 'message'), 'nginx:1.25 → nginx:1.26');
  assert.equal(textAt(item, 'reportingComponent'), 'plimsoll.dev/controller');
});

test('an event needs its action, its reporter and a short note', async (context) => {
  const api = await TestApi.start(context);
  for (const change of [
    { action: '' },
    { reportingInstance: '' },
    { note: 'x'.repeat(1_025) },
    { type: 'Other' },
  ]) {
    assert.equal((await api.post(events, { ...event, ...change })).code, 422);
  }
  assert.equal((await api.post(events, { ...event, eventTime: '2026-01-01T00:00:00Z' })).code, 400);
});

test('of an event only its series can be changed', async (context) => {
  const api = await TestApi.start(context);
  await api.post(events, event);
  const series = { count: 2, lastObservedTime: '2026-01-01T00:01:00.000000Z' };
  assert.equal((await api.merge(`${events}/web.1`, { series })).code, 200);
  assert.equal((await api.merge(`${events}/web.1`, { note: 'other' })).code, 422);
});
