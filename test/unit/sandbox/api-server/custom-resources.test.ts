import assert from 'node:assert/strict';
import { test } from 'node:test';
import { at, type JsonObject, listAt, numberAt, textAt } from '../../../../src/model/json.ts';
import { until } from '../../../support/until.ts';
import { TestApi } from './harness.ts';

const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const boats = '/apis/example.org/v1/namespaces/default/boats';

const schema: JsonObject = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      required: ['name'],
      properties: {
        name: { type: 'string', maxLength: 10, pattern: '^[a-z]+$' },
        rig: { type: 'string', enum: ['sloop', 'ketch'], default: 'sloop' },
        crew: { type: 'integer', minimum: 0 },
      },
    },
    status: { type: 'object', properties: { afloat: { type: 'boolean' } } },
  },
};

const definition: JsonObject = {
  metadata: { name: 'boats.example.org' },
  spec: {
    group: 'example.org',
    scope: 'Namespaced',
    names: { plural: 'boats', kind: 'Boat', shortNames: ['bt'] },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: { openAPIV3Schema: schema },
        additionalPrinterColumns: [{ name: 'Rig', type: 'string', jsonPath: '.spec.rig' }],
      },
    ],
  },
};

const boat = (spec: JsonObject): JsonObject => ({
  apiVersion: 'example.org/v1',
  kind: 'Boat',
  metadata: { name: 'a' },
  spec,
});

test('a definition serves its resource, and says that it is established', async (context) => {
  const api = await TestApi.start(context);
  assert.equal((await api.get(boats)).code, 404);
  await api.post(definitions, definition);
  assert.equal((await api.get(boats)).code, 200);
  const { body } = await api.get(`${definitions}/boats.example.org`);
  const established = listAt(body, 'status', 'conditions').find(
    (one) => textAt(one, 'type') === 'Established',
  );
  assert.equal(textAt(established, 'status'), 'True');
  const { body: discovered } = await api.get('/apis/example.org/v1');
  assert.deepEqual(
    listAt(discovered, 'resources').map((resource) => textAt(resource, 'name')),
    ['boats', 'boats/status'],
  );
});

test('defaults are filled in and unknown fields dropped, with a warning', async (context) => {
  const api = await TestApi.start(context);
  await api.post(definitions, definition);
  const { code, body, headers } = await api.post(boats, boat({ name: 'ark', sails: 3 }));
  assert.equal(code, 201);
  assert.deepEqual(body['spec'], { name: 'ark', rig: 'sloop' });
  assert.equal(headers.get('warning'), '299 - "unknown field \\"spec.sails\\""');
});

test('an object that does not say what it is cannot be read', async (context) => {
  const api = await TestApi.start(context);
  await api.post(definitions, definition);
  const { code, body } = await api.post(boats, { metadata: { name: 'a' }, spec: { name: 'ark' } });
  assert.equal(code, 400);
  assert.match(textAt(body, 'message') ?? '', /Object 'Kind' is missing/);
});

test('strict validation refuses unknown fields: 400 for an object, 422 for a patch', async (context) => {
  const api = await TestApi.start(context);
  await api.post(definitions, definition);
  const created = await api.post(`${boats}?fieldValidation=Strict`, boat({ name: 'ark', sails: 3 }));
  assert.equal(created.code, 400);
  assert.match(textAt(created.body, 'message') ?? '', /strict decoding error: unknown field "spec\.sails"/);
  await api.post(boats, boat({ name: 'ark' }));
  const patched = await api.merge(`${boats}/a?fieldValidation=Strict`, { spec: { sails: 3 } });
  assert.equal(patched.code, 422);
});

const invalid: readonly { readonly title: string; readonly spec: JsonObject; readonly cause: RegExp }[] = [
  { title: 'a missing field', spec: {}, cause: /spec\.name: Required value/ },
  { title: 'a wrong type', spec: { name: 1 }, cause: /spec\.name in body must be of type string: "integer"/ },
  {
    title: 'a value beside the enum',
    spec: { name: 'a', rig: 'x' },
    cause: /supported values: "sloop", "ketch"/,
  },
  {
    title: 'a text beside the pattern',
    spec: { name: 'A' },
    cause: /spec\.name in body should match '\^\[a-z\]\+\$'/,
  },
  { title: 'a text that is too long', spec: { name: 'abcdefghijk' }, cause: /spec\.name: Too long/ },
  { title: 'a number that is too small', spec: { name: 'a', crew: -1 }, cause: /greater than or equal to 0/ },
];

for (const { title, spec, cause } of invalid) {
  test(`${title} is 422 and named`, async (context) => {
    const api = await TestApi.start(context);
    await api.post(definitions, definition);
    const { code, body } = await api.post(boats, boat(spec));
    assert.equal(code, 422);
    assert.match(textAt(body, 'message') ?? '', cause);
  });
}

test('the status is written through its own address only, and raises no generation', async (context) => {
  const api = await TestApi.start(context);
  await api.post(definitions, definition);
  const created = await api.post(boats, { ...boat({ name: 'ark' }), status: { afloat: true } });
  assert.equal(at(created.body, 'status'), undefined);
  await api.merge(`${boats}/a`, { status: { afloat: true } });
  assert.equal(at((await api.get(`${boats}/a`)).body, 'status'), undefined);
  const { body } = await api.merge(`${boats}/a/status`, { spec: { rig: 'ketch' }, status: { afloat: true } });
  assert.equal(at(body, 'status', 'afloat'), true);
  assert.equal(at(body, 'spec', 'rig'), 'sloop');
  assert.equal(numberAt(body, 'metadata', 'generation'), 1);
  const changed = await api.merge(`${boats}/a`, { spec: { rig: 'ketch' } });
  assert.equal(numberAt(changed.body, 'metadata', 'generation'), 2);
  assert.equal(at(changed.body, 'status', 'afloat'), true);
});

test('a custom resource knows no strategic merge patch', async (context) => {
  const api = await TestApi.start(context);
  await api.post(definitions, definition);
  await api.post(boats, boat({ name: 'ark' }));
  assert.equal((await api.strategic(`${boats}/a`, { spec: { rig: 'ketch' } })).code, 415);
});

test('a replacement must name the version that it replaces', async (context) => {
  const api = await TestApi.start(context);
  await api.post(definitions, definition);
  const { body } = await api.post(boats, boat({ name: 'ark' }));
  assert.equal((await api.put(`${boats}/a`, boat({ name: 'tub' }))).code, 422);
  assert.equal((await api.put(`${boats}/a`, body)).code, 200);
});

test('a table has the printer columns of the definition', async (context) => {
  const api = await TestApi.start(context);
  await api.post(definitions, definition);
  await api.post(boats, boat({ name: 'ark' }));
  const { body } = await api.get(boats, {
    accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json',
  });
  assert.equal(body['kind'], 'Table');
  assert.deepEqual(
    listAt(body, 'columnDefinitions').map((column) => textAt(column, 'name')),
    ['Name', 'Rig'],
  );
  assert.deepEqual(
    listAt(body, 'rows').map((row) => at(row, 'cells')),
    [['a', 'sloop']],
  );
});

test('a definition that goes takes its objects and their watches with it', async (context) => {
  const api = await TestApi.start(context);
  await api.post(definitions, definition);
  await api.post(boats, boat({ name: 'ark' }));
  const watch = await api.watch(`${boats}?watch=true`, context);
  await api.delete(`${definitions}/boats.example.org`);
  await watch.untilEnded();
  assert.deepEqual(watch.told, ['ADDED a', 'DELETED a']);
  await until('the resource to be gone', () => api.server.openWatches === 0);
  assert.equal((await api.get(boats)).code, 404);
});
