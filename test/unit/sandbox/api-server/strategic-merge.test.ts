import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listAt, textAt } from '../../../../src/model/json.ts';
import { applyStrategicMerge } from '../../../../src/sandbox/api-server/strategic-merge.ts';

const pod = {
  containers: [
    { name: 'web', image: 'nginx:1.25', env: [{ name: 'A', value: '1' }] },
    { name: 'log', image: 'fluent:1' },
  ],
  tolerations: [{ key: 'a' }],
};

test('containers merge by name and keep what the patch does not mention', () => {
  const patched = applyStrategicMerge(pod, { containers: [{ name: 'web', image: 'nginx:1.26' }] });
  assert.deepEqual(patched['containers'], [
    { name: 'web', image: 'nginx:1.26', env: [{ name: 'A', value: '1' }] },
    { name: 'log', image: 'fluent:1' },
  ]);
});

test('a container that vanished comes back as a ghost, which is why we never patch this way', () => {
  const patched = applyStrategicMerge(
    { containers: [] },
    { containers: [{ name: 'web', image: 'nginx:1.26' }] },
  );
  assert.deepEqual(patched['containers'], [{ name: 'web', image: 'nginx:1.26' }]);
});

test('a delete directive takes one item away', () => {
  const patched = applyStrategicMerge(pod, { containers: [{ name: 'log', $patch: 'delete' }] });
  assert.deepEqual(patched['containers'], pod.containers.slice(0, 1));
});

test('a replace directive replaces the map it stands in', () => {
  const target = { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } } };
  const patched = applyStrategicMerge(target, { strategy: { $patch: 'replace', type: 'Recreate' } });
  assert.deepEqual(patched, { strategy: { type: 'Recreate' } });
});

test('retained keys drop the others of a union', () => {
  const target = { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } } };
  const patched = applyStrategicMerge(target, { strategy: { $retainKeys: ['type'], type: 'Recreate' } });
  assert.deepEqual(patched, { strategy: { type: 'Recreate' } });
});

test('a list without a merge key is replaced', () => {
  assert.deepEqual(applyStrategicMerge(pod, { tolerations: [{ key: 'b' }] })['tolerations'], [{ key: 'b' }]);
});

test('new items come first, unless the patch asks for another order', () => {
  const added = { name: 'new', image: 'new:1' };
  const names = (patched: unknown) =>
    listAt(patched, 'containers').map((container) => textAt(container, 'name'));
  assert.deepEqual(names(applyStrategicMerge(pod, { containers: [added] })), ['new', 'web', 'log']);
  const order = [{ name: 'web' }, { name: 'new' }, { name: 'log' }];
  const ordered = applyStrategicMerge(pod, { '$setElementOrder/containers': order, containers: [added] });
  assert.deepEqual(names(ordered), ['web', 'new', 'log']);
});

test('null removes a field', () => {
  assert.deepEqual(applyStrategicMerge({ a: 1, b: 2 }, { a: null }), { b: 2 });
});

test('finalizers merge as a set and leave one by one', () => {
  const merged = applyStrategicMerge({ finalizers: ['a'] }, { finalizers: ['b'] });
  assert.deepEqual(merged, { finalizers: ['a', 'b'] });
  const rest = applyStrategicMerge(merged, { '$deleteFromPrimitiveList/finalizers': ['a'] });
  assert.deepEqual(rest, { finalizers: ['b'] });
});
