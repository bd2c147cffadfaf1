import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listAt, textAt } from '../../../../src/model/json.ts';
import { until } from '../../../support/until.ts';
import { configMap, configMaps, deployment, deployments, TestApi } from './harness.ts';

test('a request without the token is 401', async (context) => {
  const api = await TestApi.start(context);
  const { code, body } = await api.get(configMaps, { authorization: 'Bearer other' });
  assert.equal(code, 401);
  assert.equal(body['reason'], 'Unauthorized');
});

test('the address in the kubeconfig carries the token for clients that send none without TLS', async (context) => {
  const api = await TestApi.start(context);
  const server = /server: "(.+)"/.exec(api.server.kubeconfig())?.[1] ?? '';
  const response = await fetch(`${server}${configMaps}`);
  assert.equal(response.status, 200);
  await response.text();
  assert.equal(api.server.requests.at(-1)?.path, configMaps);
});

test('requests are logged as an audit log would', async (context) => {
  const api = await TestApi.start(context);
  await api.post(configMaps, configMap('a'));
  await api.get(configMaps);
  await api.get(`${configMaps}/b`);
  await api.merge(`${configMaps}/a`, { data: {} });
  await api.watch(`${configMaps}?watch=true`, context);
  const logged = api.server.requests.map(({ verb, status }) => `${verb} ${status}`);
  assert.deepEqual(logged, ['create 201', 'list 200', 'get 404', 'patch 200', 'watch 200']);
  assert.equal(api.server.requests[0]?.userAgent, 'test/1.0');
});

test('requests fail as planned, and only those', async (context) => {
  const api = await TestApi.start(context);
  api.server.failNext({ count: 2, status: 429, path: '/api/v1', retryAfter: 7 });
  assert.equal((await api.get(deployments)).code, 200);
  const first = await api.get(configMaps);
  assert.equal(first.code, 429);
  assert.equal(first.headers.get('retry-after'), '7');
  assert.equal((await api.get(configMaps)).code, 429);
  assert.equal((await api.get(configMaps)).code, 200);
});

test('a planned status of 0 breaks the connection off', async (context) => {
  const api = await TestApi.start(context);
  api.server.failNext({ count: 1, status: 0 });
  await assert.rejects(api.get(configMaps));
  assert.equal((await api.get(configMaps)).code, 200);
});

test('a paused server answers when it goes on', async (context) => {
  const api = await TestApi.start(context);
  api.server.pause();
  let answered = false;
  const request = api.get(configMaps).then(() => {
    answered = true;
  });
  await api.clock.advance(60_000);
  assert.equal(answered, false);
  api.server.resume();
  await request;
  await until('the answer', () => answered);
});

test('discovery names what is served', async (context) => {
  const api = await TestApi.start(context);
  const { body: groups } = await api.get('/apis');
  const names = listAt(groups, 'groups').map((group) => textAt(group, 'name'));
  assert.ok(names.includes('apps') && names.includes('authorization.k8s.io'));
  const { body: apps } = await api.get('/apis/apps/v1');
  const resources = listAt(apps, 'resources').map((resource) => textAt(resource, 'name'));
  assert.ok(resources.includes('deployments') && resources.includes('deployments/scale'));
  assert.equal((await api.get('/version')).body['gitVersion'], 'v1.36.3');
  assert.equal((await api.get('/readyz')).code, 200);
});

test('what is not served is a plain 404, a missing object a Status', async (context) => {
  const api = await TestApi.start(context);
  const nowhere = await api.get('/apis/example.org/v1/boats');
  assert.equal(nowhere.code, 404);
  assert.equal(nowhere.headers.get('content-type'), 'text/plain; charset=utf-8');
  const { body } = await api.get(`${deployments}/none`);
  assert.equal(body['message'], 'deployments.apps "none" not found');
});

test('a selector that cannot be read is 400', async (context) => {
  const api = await TestApi.start(context);
  assert.equal((await api.get(`${configMaps}?labelSelector=a%3Db%3Dc`)).code, 400);
  assert.equal((await api.get(`${configMaps}?fieldSelector=data.key%3Dvalue`)).code, 400);
});

test('everybody may do everything', async (context) => {
  const api = await TestApi.start(context);
  const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
  const { code, body } = await api.post(path, { spec: { resourceAttributes: { verb: 'get' } } });
  assert.equal(code, 201);
  assert.deepEqual(body['status'], { allowed: true, reason: 'the sandbox allows everything' });
});

test('a body that is no JSON is 400, one that is too large 413', async (context) => {
  const api = await TestApi.start(context);
  const text = await fetch(api.server.url + configMaps, {
    method: 'POST',
    headers: { authorization: 'Bearer a-token' },
    body: 'kind: ConfigMap',
  });
  assert.equal(text.status, 400);
  const large = await api.post(configMaps, { metadata: { name: 'a' }, data: { key: 'x'.repeat(3_200_000) } });
  assert.equal(large.code, 413);
});

test('a table has the columns that people know', async (context) => {
  const api = await TestApi.start(context);
  await api.post(deployments, deployment('web'));
  const { body } = await api.get(deployments, { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' });
  const [row] = listAt(body, 'rows');
  const cells = listAt(row, 'cells');
  assert.deepEqual(cells.slice(0, 5), ['web', '0/1', 0, 0, '0s']);
});
