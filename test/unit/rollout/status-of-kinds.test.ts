import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Workload, WorkloadKind, WorkloadStatus } from '../../../src/model/workload.ts';
import { isSettled, rolloutStatus } from '../../../src/rollout/status.ts';
import { aWorkload } from '../../support/deployments.ts';

const complete: WorkloadStatus = {
  observedGeneration: 7,
  replicas: 3,
  updatedReplicas: 3,
  availableReplicas: 3,
  conditions: [],
  currentRevision: 'web-b',
  updateRevision: 'web-b',
  phase: 'Healthy',
};

function workload(
  kind: WorkloadKind,
  status: Partial<WorkloadStatus>,
  more: Partial<Workload> = {},
): Workload {
  const base = aWorkload({ replicas: 3 });
  const ref = { ...base.ref, kind };
  return { ...base, generation: 7, ref, status: { ...complete, ...status }, ...more };
}

describe('the rollout of a StatefulSet', () => {
  for (const [what, status, more, phase] of [
    ['is complete when its revisions are one', {}, {}, 'complete'],
    ['goes on while they differ', { currentRevision: 'web-a' }, {}, 'progressing'],
    ['goes on while pods are old', { updatedReplicas: 2 }, {}, 'progressing'],
    ['goes on while a pod is not available', { availableReplicas: 2 }, {}, 'progressing'],
    [
      'is complete down to its partition',
      { updatedReplicas: 1, currentRevision: 'web-a' },
      { partition: 2 },
      'complete',
    ],
    ['waits for pods above its partition', { updatedReplicas: 1 }, { partition: 1 }, 'progressing'],
    [
      'is complete when it is written, with OnDelete',
      { updatedReplicas: 0 },
      { replacement: 'onDelete' },
      'complete',
    ],
    [
      'is not believed before it is observed',
      { observedGeneration: 6 },
      { replacement: 'onDelete' },
      'progressing',
    ],
  ] as const) {
    it(what, () => assert.equal(rolloutStatus(workload('StatefulSet', status, more), 7).phase, phase));
  }
});

describe('the rollout of a DaemonSet', () => {
  for (const [what, status, phase] of [
    ['is complete when every node has an available new pod', {}, 'complete'],
    ['goes on while nodes are old', { updatedReplicas: 2 }, 'progressing'],
    ['goes on while a node lacks an available pod', { availableReplicas: 2 }, 'progressing'],
  ] as const) {
    it(what, () => assert.equal(rolloutStatus(workload('DaemonSet', status), 7).phase, phase));
  }
});

describe('the rollout of an Argo Rollout', () => {
  for (const [phase, expected, openEnded] of [
    ['Healthy', 'complete', undefined],
    ['Progressing', 'progressing', undefined],
    ['Paused', 'progressing', true],
    ['Degraded', 'failed', undefined],
    ['', 'progressing', undefined],
  ] as const) {
    it(`that is ${phase || 'silent'} is ${expected}`, () => {
      const status = rolloutStatus(workload('Rollout', { phase, message: 'why' }), 7);
      assert.deepEqual([status.phase, status.openEnded], [expected, openEnded]);
    });
  }
});

describe('an Argo Rollout at an analysis or an experiment', () => {
  for (const [phase, expected, openEnded] of [
    ['Progressing', 'progressing', true],
    ['', 'progressing', true],
    ['Degraded', 'failed', undefined],
    ['Healthy', 'complete', undefined],
  ] as const) {
    it(`that is ${phase || 'silent'} ${openEnded ? 'has no deadline' : `is ${expected} all the same`}`, () => {
      const status = rolloutStatus(workload('Rollout', { phase, isAnalysing: true }), 7);
      assert.deepEqual([status.phase, status.openEnded], [expected, openEnded]);
    });
  }
});

describe('what has no rollout', () => {
  it('is complete as soon as it is written', () => {
    const cronJob = workload('CronJob', { updatedReplicas: 0 }, { replacement: 'nextRun' });
    assert.equal(rolloutStatus(cronJob, 7).phase, 'complete');
  });
});

describe('pods that fail after a rollout has ended', () => {
  for (const [what, kind, status, settled] of [
    ['of a StatefulSet whose revisions are one', 'StatefulSet', { availableReplicas: 1 }, true],
    [
      'of a StatefulSet that is rolling',
      'StatefulSet',
      { availableReplicas: 1, currentRevision: 'web-a' },
      false,
    ],
    ['of a DaemonSet whose pods are all new', 'DaemonSet', { availableReplicas: 1 }, true],
    ['of a DaemonSet with old pods', 'DaemonSet', { updatedReplicas: 2 }, false],
    ['of a Rollout, which tells itself', 'Rollout', { phase: 'Progressing' }, false],
    ['of anything not observed', 'StatefulSet', { observedGeneration: 6 }, false],
  ] as const) {
    it(`${what} are ${settled ? 'no' : 'a'} rollout`, () => {
      assert.equal(isSettled(workload(kind, status)), settled);
    });
  }
});
