import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { HistoryEntry } from '../../../src/model/tracked-image.ts';
import type { Workload, WorkloadStatus } from '../../../src/model/workload.ts';
import { type FollowInput, followRollout } from '../../../src/rollout/follow.ts';
import type { PodTrouble } from '../../../src/rollout/pod-trouble.ts';
import { aWorkload } from '../../support/deployments.ts';

const entry: HistoryEntry = {
  from: 'app:1.2.3',
  to: 'app:1.3.0',
  digest: undefined,
  at: '2026-01-01T00:00:00.000Z',
  outcome: 'InProgress',
  generation: 2,
  seconds: undefined,
  unavailableBefore: 1,
};
/** Of ten replicas one was unavailable before; all that could take the update have. */
const asBefore = having({ availableReplicas: 9 });
/** Nothing could take it, because of what is missing. */
const hanging = having({ updatedReplicas: 0, availableReplicas: 9 });
const over = 660_000;

function having(status: Partial<WorkloadStatus>, more: Partial<Workload> = {}): Workload {
  const base = aWorkload({ containers: { app: 'app:1.3.0' }, replicas: 10 });
  const { ref } = base;
  return {
    ...base,
    ref: { ...ref, kind: 'DaemonSet' },
    status: { ...base.status, observedGeneration: 2, ...status },
    ...more,
  };
}

function follow(input: Partial<FollowInput>) {
  const policy = { rolloutDeadline: undefined, verifyFor: undefined };
  const base = { workload: asBefore, container: 'app', entry, policy, age: 0, completeFor: undefined };
  return followRollout({ ...base, ...input });
}

function troubled(kind: PodTrouble['kind']): Pick<FollowInput, 'ailing' | 'trouble'> {
  return {
    ailing: true,
    trouble: { kind, container: 'app', message: 'pod web-1: app ends again and again' },
  };
}

describe('an update that left as many replicas unavailable as were before', () => {
  it('is complete when its pods were looked at and none of them ails, and is verified then', () => {
    assert.equal(follow({}).complete, false);
    const step = follow({ ailing: false });
    assert.deepEqual([step.outcome, step.complete, step.after], ['InProgress', true, 10_000]);
    const done = follow({ ailing: false, completeFor: 10_000 });
    assert.deepEqual([done.outcome, done.complete], ['Verified', true]);
    assert.equal(done.message, 'available on 9 of 10 nodes; 1 was unavailable before the update as well');
  });

  it('waits until its deadline for a pod that is not well where it was tried', () => {
    const step = follow({ ...troubled('passing'), age: over - 1 });
    assert.deepEqual([step.outcome, step.complete], ['InProgress', false]);
  });

  it('is left as it is at its deadline, and says what was missing and what is wrong', () => {
    const step = follow({ ...troubled('passing'), age: over });
    assert.equal(step.outcome, 'Unverified');
    assert.equal(
      step.message,
      'not complete within its deadline: available on 9 of 10 nodes; 1 was unavailable before the update as well; pod web-1: app ends again and again',
    );
  });

  it('fails early by what waiting cannot cure, as any other', () => {
    assert.equal(follow(troubled('crash')).outcome, 'Failed');
    assert.equal(follow(troubled('image')).outcome, 'Failed');
  });

  it('has failed where nobody could look at its pods until its deadline', () => {
    assert.equal(follow({ age: over }).outcome, 'Failed');
  });
});

describe('an update that hangs because of what was unavailable before', () => {
  it('is left as it is at its deadline where no node has tried the image in vain', () => {
    const step = follow({ workload: hanging, ailing: false, age: over });
    assert.equal(step.outcome, 'Unverified');
    assert.match(step.message, /0 of 10 nodes updated; 1 was unavailable before the update as well$/);
  });

  it('is put back where a node has', () => {
    assert.equal(follow({ workload: hanging, ailing: true, age: over }).outcome, 'Failed');
    assert.equal(follow({ workload: hanging, ...troubled('passing'), age: over }).outcome, 'Failed');
  });

  it('is put back where its controller has not even seen it', () => {
    const unseen = having({ updatedReplicas: 0, availableReplicas: 9, observedGeneration: 1 });
    assert.equal(follow({ workload: unseen, ailing: false, age: over }).outcome, 'Failed');
  });

  it('is put back where an analysis gave it up, and not where only its time was over', () => {
    const { ref } = hanging;
    const degraded = (reason: string) => {
      const condition = { type: 'Progressing', status: 'False', reason, message: '' };
      const status = { updatedReplicas: 3, availableReplicas: 9, phase: 'Degraded', conditions: [condition] };
      return follow({
        workload: having(status, { ref: { ...ref, kind: 'Rollout' } }),
        ailing: false,
        age: over,
      });
    };
    assert.equal(degraded('RolloutAborted').outcome, 'Failed');
    assert.equal(degraded('ProgressDeadlineExceeded').outcome, 'Unverified');
  });
});

describe('a Deployment that has missed the progress deadline of an earlier rollout', () => {
  const condition = {
    type: 'Progressing',
    status: 'False',
    reason: 'ProgressDeadlineExceeded',
    message: 'timed out',
  };
  const { ref } = aWorkload();
  const stale = having({ updatedReplicas: 0, availableReplicas: 9, conditions: [condition] }, { ref });

  it('goes on: its ReplicaSet was there already, and has made no progress yet', () => {
    assert.equal(follow({ workload: stale, age: 1_000 }).outcome, 'InProgress');
    assert.equal(follow({ workload: stale, age: 597_000, ailing: false }).outcome, 'InProgress');
  });

  it('has missed its own when so much time has passed', () => {
    assert.equal(follow({ workload: stale, age: 600_000 }).outcome, 'Failed');
    assert.equal(follow({ workload: stale, age: 600_000, ailing: false }).outcome, 'Unverified');
  });
});

describe('what was unavailable before hides nothing', () => {
  it('an update that left one more unavailable has failed at its deadline', () => {
    const worse = having({ availableReplicas: 8 });
    assert.equal(follow({ workload: worse, ailing: false }).complete, false);
    assert.equal(follow({ workload: worse, ailing: false, age: over }).outcome, 'Failed');
  });

  it('an update after which nothing serves has failed, however many were unavailable before', () => {
    const nothing = having({ availableReplicas: 0 });
    const before = { ...entry, unavailableBefore: 12 };
    assert.equal(follow({ workload: nothing, entry: before, ailing: false, age: over }).outcome, 'Failed');
  });

  it('an image that is not there has failed, also where nothing was available before', () => {
    const nothing = having({ updatedReplicas: 1, availableReplicas: 0 });
    const before = { ...entry, unavailableBefore: 10, unhealthyBefore: true };
    assert.equal(follow({ workload: nothing, entry: before, ...troubled('image') }).outcome, 'Failed');
    const later = follow({ workload: nothing, entry: before, ailing: false, age: over });
    assert.equal(later.outcome, 'Unverified');
    assert.match(later.message, /nothing of it was available before the update either$/);
  });

  it('an update before which everything was available has to leave it so', () => {
    const before = { ...entry, unavailableBefore: undefined };
    assert.equal(follow({ entry: before, ailing: false }).complete, false);
    assert.equal(follow({ entry: before, ailing: false, age: over }).outcome, 'Failed');
  });
});
