import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HistoryEntry } from '../../../src/model/tracked-image.ts';
import type { Workload } from '../../../src/model/workload.ts';
import { type FollowInput, followRollout } from '../../../src/rollout/follow.ts';
import { aWorkload } from '../../support/deployments.ts';

const at = '2026-01-01T00:00:00.000Z';
const entry: HistoryEntry = {
  from: 'app:1.2.3',
  to: 'app:1.3.0',
  digest: undefined,
  at,
  outcome: 'InProgress',
  generation: 2,
  seconds: undefined,
};
const updated = withStatus(aWorkload({ containers: { app: 'app:1.3.0' } }), 2);
const waiting = withStatus(updated, 1);

function withStatus(workload: Workload, observedGeneration: number): Workload {
  return { ...workload, status: { ...workload.status, observedGeneration } };
}

function follow(input: Partial<FollowInput>): ReturnType<typeof followRollout> {
  const policy = { rolloutDeadline: undefined, verifyFor: undefined };
  const base = { workload: updated, container: 'app', entry, policy, age: 0, completeFor: undefined };
  return followRollout({ ...base, ...input });
}

test('an unfinished rollout is followed until its deadline', () => {
  const step = follow({ workload: waiting, age: 60_000 });
  assert.deepEqual([step.outcome, step.complete, step.after], ['InProgress', false, 600_000]);
  assert.equal(follow({ workload: waiting, age: 659_999 }).outcome, 'InProgress');
  assert.equal(follow({ workload: waiting, age: 660_000 }).outcome, 'Failed');
});

test('the deadline is the policy’s, else the workload’s and a minute, else a quarter of an hour', () => {
  const own = { rolloutDeadline: 5_000, verifyFor: undefined };
  assert.equal(follow({ workload: waiting, policy: own, age: 5_000 }).outcome, 'Failed');
  const without = { ...waiting, progressDeadlineSeconds: undefined };
  assert.equal(follow({ workload: without }).after, 900_000);
});

test('a rollout that goes on has its whole time with each pod, unless a policy says how long all of it may take', () => {
  const going = { workload: waiting, age: 5_000_000, stillFor: 60_000 };
  assert.deepEqual([follow(going).outcome, follow(going).after], ['InProgress', 600_000]);
  assert.equal(follow({ ...going, stillFor: 660_000 }).outcome, 'Failed');
  const own = { rolloutDeadline: 300_000, verifyFor: undefined };
  assert.equal(follow({ ...going, policy: own }).outcome, 'Failed');
});

test('a paused rollout has no deadline', () => {
  const step = follow({ workload: { ...waiting, paused: true }, age: 5_000_000 });
  assert.deepEqual([step.outcome, step.after], ['InProgress', undefined]);
  assert.match(step.message, /the workload is paused$/);
});

test('an Argo Rollout at an analysis has no deadline, however long it takes', () => {
  const status = { ...updated.status, phase: 'Progressing', isAnalysing: true };
  const canary: Workload = { ...updated, ref: { ...updated.ref, kind: 'Rollout' }, status };
  const step = follow({ workload: canary, age: 5_000_000, stillFor: 5_000_000 });
  assert.deepEqual([step.outcome, step.complete, step.after], ['InProgress', false, undefined]);
});

test('a complete rollout is verified for a while', () => {
  const first = follow({ age: 5_000 });
  assert.deepEqual([first.outcome, first.complete, first.after], ['InProgress', true, 10_000]);
  const later = follow({ age: 12_000, completeFor: 7_000 });
  assert.deepEqual([later.outcome, later.after], ['InProgress', 3_000]);
  const done = follow({ age: 15_000, completeFor: 10_000 });
  assert.deepEqual([done.outcome, done.complete], ['Verified', true]);
});

test('the verification lasts as long as the workload or its policy asks', () => {
  assert.equal(follow({ workload: { ...updated, minReadySeconds: 30 } }).after, 30_000);
  assert.equal(follow({ policy: { rolloutDeadline: undefined, verifyFor: 120_000 } }).after, 120_000);
  assert.equal(follow({ policy: { rolloutDeadline: undefined, verifyFor: 0 } }).outcome, 'Verified');
});

test('a rollout that is complete is verified although its deadline has passed', () => {
  assert.equal(follow({ age: 5_000_000 }).outcome, 'InProgress');
});

test('another image, or a container that is gone, ends it as superseded', () => {
  const other = withStatus(aWorkload({ containers: { app: 'app:9' } }), 2);
  assert.equal(follow({ workload: other }).outcome, 'Superseded');
  assert.equal(follow({ container: 'gone' }).outcome, 'Superseded');
});

test('a generation that an autoscaler raised does not end it', () => {
  const scaled = { ...withStatus(updated, 5), generation: 5 };
  assert.equal(follow({ workload: scaled }).outcome, 'InProgress');
});

test('a restart is known by its time', () => {
  const restart = { ...entry, from: 'app:1.3.0' };
  assert.equal(follow({ entry: restart, workload: { ...updated, restartedAt: at } }).outcome, 'InProgress');
  const other = { ...updated, restartedAt: '2026-01-01T00:00:01.000Z' };
  assert.equal(follow({ entry: restart, workload: other }).outcome, 'Superseded');
  assert.equal(follow({ entry: restart }).outcome, 'Superseded');
});

test('a workload without replicas is done and unverified', () => {
  assert.equal(follow({ workload: { ...updated, replicas: 0 } }).outcome, 'Unverified');
});

test('a quota that lets no pod be made is told, in the same words for each pod, and waited for', () => {
  const refused = (pod: string) => {
    const message = `pods "${pod}" is forbidden: exceeded quota: small, requested: pods=1`;
    const condition = { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message };
    const { status } = waiting;
    const workload = { ...waiting, status: { ...status, conditions: [...status.conditions, condition] } };
    return follow({ workload, age: 60_000 });
  };
  assert.equal(refused('web-1-a').outcome, 'InProgress');
  assert.equal(refused('web-1-a').trouble, 'no pod can be made: exceeded quota: small, requested: pods=1');
  assert.deepEqual(refused('web-1-b'), refused('web-1-a'));
});
