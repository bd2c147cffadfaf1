import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { WorkloadStatus } from '../../../src/model/workload.ts';
import { rolloutStatus } from '../../../src/rollout/status.ts';
import { aWorkload } from '../../support/deployments.ts';

const complete: WorkloadStatus = {
  observedGeneration: 7,
  replicas: 3,
  updatedReplicas: 3,
  availableReplicas: 3,
  conditions: [],
};
const missed = {
  type: 'Progressing',
  status: 'False',
  reason: 'ProgressDeadlineExceeded',
  message: 'timed out',
};

for (const [what, status, phase] of [
  ['everything updated and available', {}, 'complete'],
  ['a later generation observed', { observedGeneration: 9 }, 'complete'],
  ['the generation not observed yet', { observedGeneration: 6 }, 'progressing'],
  [
    'a missed deadline of the generation before',
    { observedGeneration: 6, conditions: [missed] },
    'progressing',
  ],
  ['a missed deadline', { conditions: [missed] }, 'failed'],
  ['too few updated', { updatedReplicas: 2 }, 'progressing'],
  ['old replicas that still end', { replicas: 4 }, 'progressing'],
  ['too few available', { availableReplicas: 2 }, 'progressing'],
  ['nothing reported', { replicas: 0, updatedReplicas: 0, availableReplicas: 0 }, 'progressing'],
] as const) {
  test(`${what}: ${phase}`, () => {
    const workload = { ...aWorkload({ replicas: 3 }), status: { ...complete, ...status } };
    const found = rolloutStatus(workload, 7);
    assert.equal(found.phase, phase);
    assert.notEqual(found.message, '');
  });
}

test('a workload that is scaled to zero is complete', () => {
  const status = { ...complete, replicas: 0, updatedReplicas: 0, availableReplicas: 0 };
  assert.equal(rolloutStatus({ ...aWorkload({ replicas: 0 }), status }, 7).phase, 'complete');
});
