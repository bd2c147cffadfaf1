import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Workload, WorkloadKind } from '../../../src/model/workload.ts';
import { notRolledOut, pendingRestart } from '../../../src/rollout/not-rolled-out.ts';
import { aWorkload } from '../../support/deployments.ts';

function workload(kind: WorkloadKind, more: Partial<Workload>, updatedReplicas = 0): Workload {
  const base = aWorkload({ replicas: 2 });
  return { ...base, ref: { ...base.ref, kind }, status: { ...base.status, updatedReplicas }, ...more };
}

for (const [what, kind, more, outcome] of [
  ['a Deployment that runs is rolled out', 'Deployment', {}, undefined],
  ['a workload without replicas shows nothing', 'StatefulSet', { replicas: 0 }, 'Unverified'],
  ['a DaemonSet that no node wants shows nothing', 'DaemonSet', { replicas: 0 }, 'Unverified'],
  ['a CronJob is taken by its next run', 'CronJob', { replacement: 'nextRun', replicas: 0 }, 'Unverified'],
  [
    'pods under OnDelete wait for a person',
    'DaemonSet',
    { replacement: 'onDelete' },
    'AppliedPendingRestart',
  ],
  ['a partition may keep some pods', 'StatefulSet', { partition: 1 }, undefined],
  ['a partition may keep every pod', 'StatefulSet', { partition: 2 }, 'AppliedPendingRestart'],
] as const) {
  test(what, () => assert.equal(notRolledOut(workload(kind, more), 1)?.outcome, outcome));
}

test('how many nodes want a DaemonSet is not believed before its controller has seen the update', () => {
  assert.equal(notRolledOut(workload('DaemonSet', { replicas: 0 }), 2), undefined);
});

test('pods are pending until every one of them is new', () => {
  const onDelete = { replacement: 'onDelete' } as const;
  assert.match(pendingRestart(workload('StatefulSet', onDelete, 1)) ?? '', /OnDelete/);
  assert.equal(pendingRestart(workload('StatefulSet', onDelete, 2)), undefined);
  assert.equal(pendingRestart(workload('StatefulSet', {}, 0)), undefined);
  assert.match(pendingRestart(workload('StatefulSet', { ...onDelete, generation: 2 }, 2)) ?? '', /OnDelete/);
});
