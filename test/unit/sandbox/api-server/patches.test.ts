import assert from 'node:assert/strict';
import { test } from 'node:test';
import { at, type JsonObject, listAt, numberAt, textAt } from '../../../../src/model/json.ts';
import { deployment, deployments, imageOf, TestApi } from './harness.ts';

const web = `${deployments}/web`;
const image = '/spec/template/spec/containers/0/image';

test('a JSON Patch with tests changes the image and raises the generation', async (context) => {
  const api = await TestApi.start(context);
  const { body } = await api.post(deployments, deployment('web'));
  const { code, body: patched } = await api.patch(web, [
    { op: 'test', path: '/metadata/uid', value: textAt(body, 'metadata', 'uid') },
    { op: 'test', path: '/spec/template/spec/containers/0/name', value: 'web' },
    { op: 'test', path: image, value: 'nginx:1.25' },
    { op: 'replace', path: image, value: 'nginx:1.26' },
  ]);
  assert.equal(code, 200);
  assert.equal(imageOf(patched), 'nginx:1.26');
  assert.equal(numberAt(patched, 'metadata', 'generation'), 2);
});

const lost: readonly { readonly title: string; readonly operation: JsonObject }[] = [
  { title: 'somebody else changed the image', operation: { op: 'test', path: image, value: 'nginx:1.0' } },
  { title: 'the object is another one', operation: { op: 'test', path: '/metadata/uid', value: 'other' } },
  {
    title: 'the container vanished',
    operation: { op: 'test', path: '/spec/template/spec/containers/1/name', value: 'web' },
  },
  {
    title: 'the annotations map is missing and a key is added to it',
    operation: { op: 'add', path: '/metadata/annotations/a', value: 'b' },
  },
];

for (const { title, operation } of lost) {
  test(`a JSON Patch is refused with 422 and changes nothing when ${title}`, async (context) => {
    const api = await TestApi.start(context);
    await api.post(deployments, deployment('web'));
    const { code, body } = await api.patch(web, [
      { op: 'replace', path: image, value: 'nginx:2' },
      operation,
    ]);
    assert.equal(code, 422);
    assert.equal(body['reason'], 'Invalid');
    assert.equal(body['message'], 'the server rejected our request due to an error in our request');
    assert.equal(imageOf((await api.get(web)).body), 'nginx:1.25');
  });
}

test('where the annotations map is missing, a test against null and the whole map get in', async (context) => {
  const api = await TestApi.start(context);
  await api.post(deployments, deployment('web'));
  const { code, body } = await api.patch(web, [
    { op: 'test', path: '/metadata/annotations', value: null },
    { op: 'add', path: '/metadata/annotations', value: { a: 'b' } },
  ]);
  assert.equal(code, 200);
  assert.equal(textAt(body, 'metadata', 'annotations', 'a'), 'b');
});

test('the annotations map goes with its last annotation', async (context) => {
  const api = await TestApi.start(context);
  await api.post(deployments, deployment('web', 'nginx:1.25', { annotations: { a: 'b' } }));
  const { body } = await api.patch(web, [{ op: 'remove', path: '/metadata/annotations/a' }]);
  assert.equal(at(body, 'metadata', 'annotations'), undefined);
});

test("the grammar of an image is nobody's business here", async (context) => {
  const api = await TestApi.start(context);
  await api.post(deployments, deployment('web'));
  for (const value of ['BAD::x', ' ']) {
    const { code } = await api.patch(`${web}?fieldValidation=Strict`, [
      { op: 'replace', path: image, value },
    ]);
    assert.equal(code, 200);
  }
});

test('a patch of a missing object is 404', async (context) => {
  const api = await TestApi.start(context);
  assert.equal((await api.patch(web, [])).code, 404);
});

test('a patch that changes nothing writes nothing', async (context) => {
  const api = await TestApi.start(context);
  const { body } = await api.post(deployments, deployment('web'));
  const { body: patched } = await api.merge(web, { spec: { replicas: 1 } });
  assert.equal(textAt(patched, 'metadata', 'resourceVersion'), textAt(body, 'metadata', 'resourceVersion'));
});

test('a merge patch replaces the whole list of containers', async (context) => {
  const api = await TestApi.start(context);
  await api.post(deployments, deployment('web'));
  const containers = [{ name: 'other', image: 'busybox:1' }];
  const { body } = await api.merge(web, { spec: { template: { spec: { containers } } } });
  assert.equal(listAt(body, 'spec', 'template', 'spec', 'containers').length, 1);
  assert.equal(imageOf(body), 'busybox:1');
});

test('a strategic merge patch with an old resource version is 409', async (context) => {
  const api = await TestApi.start(context);
  const { body } = await api.post(deployments, deployment('web'));
  await api.merge(web, { spec: { replicas: 2 } });
  const resourceVersion = textAt(body, 'metadata', 'resourceVersion');
  const { code } = await api.strategic(web, { metadata: { resourceVersion }, spec: { replicas: 3 } });
  assert.equal(code, 409);
});

test('a patch cannot give an object another identity', async (context) => {
  const api = await TestApi.start(context);
  await api.post(deployments, deployment('web'));
  const { code, body } = await api.strategic(web, { metadata: { uid: 'other' } });
  assert.equal(code, 422);
  assert.match(textAt(body, 'message') ?? '', /metadata\.uid: .*field is immutable/);
});

test('server-side apply is refused with 415 and says so', async (context) => {
  const api = await TestApi.start(context);
  const headers = { 'content-type': 'application/apply-patch+yaml' };
  const { code, body } = await api.send('PATCH', `${web}?fieldManager=me`, deployment('web'), headers);
  assert.equal(code, 415);
  assert.match(textAt(body, 'message') ?? '', /server-side apply/);
});

test('the selector of a Deployment cannot be changed', async (context) => {
  const api = await TestApi.start(context);
  await api.post(deployments, deployment('web'));
  const selector = { matchLabels: { app: 'other' } };
  const template = { metadata: { labels: { app: 'other' } } };
  const { code, body } = await api.strategic(web, { spec: { selector, template } });
  assert.equal(code, 422);
  assert.match(textAt(body, 'message') ?? '', /spec\.selector: .*field is immutable/);
});

test('who wrote the image is told by managedFields, container by container', async (context) => {
  const api = await TestApi.start(context);
  await api.post(`${deployments}?fieldManager=kubectl-client-side-apply`, deployment('web'));
  const { body } = await api.patch(`${web}?fieldManager=plimsoll`, [
    { op: 'replace', path: image, value: 'nginx:1.26' },
  ]);
  const owners = listAt(body, 'metadata', 'managedFields').filter((entry) => {
    const path = [
      'fieldsV1',
      'f:spec',
      'f:template',
      'f:spec',
      'f:containers',
      'k:{"name":"web"}',
      'f:image',
    ];
    return at(entry, ...path) !== undefined;
  });
  assert.deepEqual(
    owners.map((entry) => [textAt(entry, 'manager'), textAt(entry, 'operation')]),
    [['plimsoll', 'Update']],
  );
});

test('without a field manager the user agent up to its first slash is the writer', async (context) => {
  const api = await TestApi.start(context);
  const { body } = await api.post(deployments, deployment('web'));
  assert.equal(textAt(listAt(body, 'metadata', 'managedFields')[0], 'manager'), 'test');
});
