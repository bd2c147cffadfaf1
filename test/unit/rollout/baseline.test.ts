import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Workload } from '../../../src/model/workload.ts';
import { baselineOf, sparedReplicas, wasIll } from '../../../src/rollout/baseline.ts';
import { readUpdateRecords } from '../../../src/rollout/update-record.ts';
import { aWorkload } from '../../support/deployments.ts';
import { digestOf } from '../../support/fake-registry.ts';

function having(availableReplicas: number, replicas: number): Workload {
  const workload = aWorkload({ replicas });
  return { ...workload, status: { ...workload.status, availableReplicas } };
}

test('what was unavailable before an update is counted, and nothing is said where nothing was', () => {
  assert.deepEqual(baselineOf(having(4, 5)), { unavailableBefore: 1 });
  assert.deepEqual(baselineOf(having(0, 5)), { unavailableBefore: 5, unhealthyBefore: true });
  assert.deepEqual(baselineOf(having(5, 5)), {});
  assert.deepEqual(baselineOf(having(0, 0)), {});
  assert.deepEqual(baselineOf(having(6, 5)), {});
});

test('as many replicas are spared as were unavailable, but for one that has to serve', () => {
  assert.equal(sparedReplicas(having(4, 5), {}), 0);
  assert.equal(sparedReplicas(having(4, 5), { unavailableBefore: 1 }), 1);
  assert.equal(sparedReplicas(having(2, 2), { unavailableBefore: 3 }), 1);
  assert.equal(sparedReplicas(having(0, 0), { unavailableBefore: 3 }), 0);
});

test('nothing is spared where nothing was available: such an update is not judged by health at all', () => {
  assert.equal(sparedReplicas(having(0, 5), { unavailableBefore: 5, unhealthyBefore: true }), 0);
});

/** The record of an update in the annotation, with what is said there of the workload before. */
function read(before: object) {
  const record = { container: 'app', from: 'app:1', to: 'app:2', digest: digestOf('new'), policy: 'minor' };
  const [found] = readUpdateRecords(JSON.stringify({ ...record, at: '2026-01-01T00:00:00Z', ...before }));
  assert.ok(found);
  return found;
}

test('the yes or no of an earlier version is read as it was meant', () => {
  const found = read({ unhealthyBefore: true });
  assert.deepEqual([found.unhealthyBefore, found.unavailableBefore], [true, undefined]);
  assert.deepEqual([wasIll(found), sparedReplicas(having(0, 5), found)], [true, 0]);
  assert.equal(wasIll(read({})), false);
});

test('a count that is none spares nothing', () => {
  assert.equal(read({ unavailableBefore: 2 }).unavailableBefore, 2);
  for (const none of [0, -1, 1.5, 1e300, '2', null, true]) {
    assert.equal(read({ unavailableBefore: none }).unavailableBefore, undefined);
  }
});
