import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Workload, WorkloadKind, WorkloadStatus } from '../../../src/model/workload.ts';
import { rolloutStatus } from '../../../src/rollout/status.ts';
import { aWorkload } from '../../support/deployments.ts';

const timedOut = [
  { type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded', message: 'timed out' },
];

/** How a workload of ten replicas stands where one of them is spared; complete but for what is said. */
function standing(
  kind: WorkloadKind,
  status: Partial<WorkloadStatus>,
  more: Partial<Workload> = {},
  spared = 1,
) {
  const base = aWorkload({ replicas: 10 });
  const complete = {
    observedGeneration: 7,
    replicas: 10,
    updatedReplicas: 10,
    availableReplicas: 10,
    conditions: [],
  };
  const workload = {
    ...base,
    generation: 7,
    ref: { ...base.ref, kind },
    status: { ...complete, ...status },
    ...more,
  };
  return rolloutStatus(workload, 7, spared);
}

describe('a Deployment of which one replica was missing before', () => {
  for (const [what, status, phase] of [
    ['is complete without it', { availableReplicas: 9 }, 'complete'],
    [
      'is complete although its controller has given up on it',
      { availableReplicas: 9, conditions: timedOut },
      'complete',
    ],
    ['waits for another one', { availableReplicas: 8 }, 'progressing'],
    ['waits until every replica is of the new template', { updatedReplicas: 9 }, 'progressing'],
    ['waits for old replicas to go', { replicas: 11, availableReplicas: 9 }, 'progressing'],
    [
      'has failed as ever where replicas are still old',
      { updatedReplicas: 9, conditions: timedOut },
      'failed',
    ],
  ] as const) {
    it(what, () => assert.equal(standing('Deployment', status).phase, phase));
  }

  it('has failed by time alone, which is no verdict on the image', () => {
    const status = { availableReplicas: 9, conditions: timedOut };
    assert.deepEqual(standing('Deployment', status, {}, 0), {
      phase: 'failed',
      message: 'timed out',
      timedOut: true,
    });
  });
});

describe('a StatefulSet of which one replica was missing before', () => {
  const revisions = { currentRevision: 'web-a', updateRevision: 'web-b' };
  for (const [what, status, more, phase] of [
    [
      'is complete without it, as far as its controller came',
      { availableReplicas: 9, ...revisions },
      {},
      'complete',
    ],
    ['waits for its controller where none is missing', revisions, {}, 'progressing'],
    [
      'is not complete where the missing one keeps it from going on',
      { updatedReplicas: 4, availableReplicas: 9, ...revisions },
      {},
      'progressing',
    ],
    [
      'is complete down to its partition',
      { updatedReplicas: 4, availableReplicas: 9, ...revisions },
      { partition: 6 },
      'complete',
    ],
    ['waits for another one', { availableReplicas: 8 }, {}, 'progressing'],
  ] as const) {
    it(what, () => assert.equal(standing('StatefulSet', status, more).phase, phase));
  }
});

describe('a DaemonSet of which one node was dead before', () => {
  for (const [what, status, phase] of [
    ['is complete without the pod of that node', { updatedReplicas: 9, availableReplicas: 9 }, 'complete'],
    ['is complete where that pod is new and does not run', { availableReplicas: 9 }, 'complete'],
    [
      'is not complete while a pod that could be replaced is old',
      { updatedReplicas: 9, availableReplicas: 10 },
      'progressing',
    ],
    ['waits for another node', { updatedReplicas: 8, availableReplicas: 8 }, 'progressing'],
  ] as const) {
    it(what, () => assert.equal(standing('DaemonSet', status).phase, phase));
  }
});

describe('an Argo Rollout of which one replica was missing before', () => {
  it('says itself when it is complete', () => {
    const status = { phase: 'Progressing', availableReplicas: 9 };
    assert.equal(standing('Rollout', status).phase, 'progressing');
  });

  it('may be degraded by time alone, or by an analysis', () => {
    const conditions = [
      { type: 'Progressing', status: 'False', reason: 'RolloutAborted', message: 'metric failed' },
    ];
    assert.equal(standing('Rollout', { phase: 'Degraded', conditions: timedOut }).timedOut, true);
    assert.equal(standing('Rollout', { phase: 'Degraded', conditions }).timedOut, false);
  });
});
