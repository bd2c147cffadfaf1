import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parse } from 'yaml';
import { readImagePolicy } from '../../../src/kube/image-policies.ts';
import { readNamespace } from '../../../src/kube/namespace-projection.ts';
import { at, isJsonObject, listAt } from '../../../src/model/json.ts';
import { fields } from '../../../src/policy/fields.ts';
import { fieldName, selectableKinds } from '../../../src/policy/image-policy.ts';
import { anImagePolicy } from '../../support/image-policies.ts';

test('settings are kept in the words of the annotations that mean the same', () => {
  const { settings } = anImagePolicy('base', {
    policy: 'minor',
    allowTags: ['glob:1.*', 'glob:2.*'],
    platforms: ['linux/amd64', 'linux/arm64'],
    strictZero: true,
    minAge: '3d',
  });
  assert.deepEqual(settings, {
    policy: 'minor',
    'allow-tags': 'glob:1.*\nglob:2.*',
    platforms: 'linux/amd64,linux/arm64',
    'strict-zero': 'true',
    'min-age': '3d',
  });
});

test('what says which workloads it speaks of is no setting', () => {
  const policy = anImagePolicy('base', {
    priority: 7,
    selector: { matchExpressions: [{ key: 'a', operator: 'Exists' }] },
    kinds: ['Deployment'],
    images: ['nginx'],
    containers: ['app'],
  });
  assert.deepEqual(policy.settings, {});
  assert.deepEqual(
    [policy.priority, policy.kinds, policy.images, policy.containers],
    [7, ['Deployment'], ['nginx'], ['app']],
  );
  assert.deepEqual(policy.selector.matchExpressions, [{ key: 'a', operator: 'Exists', values: [] }]);
});

test('what is unknown or of a wrong type is kept, so that it can be told', () => {
  assert.deepEqual(anImagePolicy('base', { polcy: 'minor', pin: 'yes', interval: 5 }).settings, {
    polcy: 'minor',
    pin: 'yes',
    interval: '5',
  });
});

test('its status is read back', () => {
  const counts = { observedGeneration: 3, workloads: 2, containers: 3, upToDate: 1, held: 1, failing: 1 };
  assert.deepEqual(anImagePolicy('base', {}, { status: counts }).status, counts);
  assert.equal(anImagePolicy('base', {}).status, undefined);
});

test('an object without a name is none', () => {
  assert.equal(readImagePolicy({ metadata: {} }), undefined);
});

test('of a namespace only settings are kept, and of one without any nothing', () => {
  const annotations = { 'plimsoll.dev/policy': 'minor', 'kubernetes.io/metadata.name': 'x' };
  assert.deepEqual(readNamespace({ metadata: { name: 'shop', annotations } }), {
    name: 'shop',
    annotations: { 'plimsoll.dev/policy': 'minor' },
    terminating: false,
  });
  assert.equal(readNamespace({ metadata: { name: 'shop', annotations: { other: 'x' } } }), undefined);
});

test('of a namespace that is being deleted that is kept, whatever it carries', () => {
  const metadata = { name: 'shop', deletionTimestamp: '2026-01-01T00:00:00Z' };
  assert.deepEqual(readNamespace({ metadata }), { name: 'shop', annotations: {}, terminating: true });
});

test('the schema of the custom resource has a field for every annotation, and for every kind', () => {
  const file = new URL('../../../crds/plimsoll.dev_imagepolicies.yaml', import.meta.url);
  const definition: unknown = parse(readFileSync(file, 'utf8'));
  const [version] = listAt(definition, 'spec', 'versions');
  const spec = at(version, 'schema', 'openAPIV3Schema', 'properties', 'spec', 'properties');
  assert.ok(isJsonObject(spec));
  const scope = ['priority', 'selector', 'kinds', 'images', 'containers'];
  const expected = [...scope, ...Object.keys(fields).map(fieldName)];
  assert.deepEqual(Object.keys(spec).toSorted(), expected.toSorted());
  assert.deepEqual(at(spec, 'kinds', 'items', 'enum'), [...selectableKinds]);
});
