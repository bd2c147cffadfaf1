import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ContainerView } from '../../../../src/controllers/workloads/container-view.ts';
import {
  afterUpdate,
  denied,
  rolloutOf,
  rolloutTold,
  type Verdict,
  withoutChoice,
} from '../../../../src/controllers/workloads/verdict.ts';
import {
  closeUpdate,
  emptyMemory,
  lastUpdateOf,
  type Memory,
} from '../../../../src/controllers/memory/memory.ts';
import type { Change } from '../../../../src/model/decision.ts';
import type { Reason } from '../../../../src/model/reasons.ts';
import type { HistoryEntry } from '../../../../src/model/tracked-image.ts';
import { type Workload, type WorkloadKind, workloadKinds } from '../../../../src/model/workload.ts';
import { aWorkload, containerOf } from '../../../support/deployments.ts';
import { digestOf } from '../../../support/fake-registry.ts';
import { policyOf } from '../../../support/policies.ts';
import { aTrackedImage } from '../../../support/tracked-images.ts';

const at = '2026-01-01T00:00:00.000Z';
const workload = aWorkload();
const container = containerOf(workload);
const entry: HistoryEntry = {
  from: 'app:1.2.2',
  to: 'app:1.2.3',
  digest: undefined,
  at,
  outcome: 'InProgress',
  generation: 1,
  seconds: undefined,
};
const step = { outcome: 'InProgress', message: '1 of 2', complete: false, after: 5 } as const;

function viewOf(parts: Partial<ContainerView> = {}): ContainerView {
  const memory = { ...emptyMemory, history: [], digest: undefined };
  const base = { container, policy: policyOf(), tracked: undefined, lookup: undefined, step: undefined };
  return { ...base, memory, ...parts };
}

function verdictOf(view: ContainerView): Verdict {
  const decision = withoutChoice(container, { reason: 'UpToDate', message: 'newest' }, undefined);
  return { view, decision, running: [] };
}

function unavailable(reason: string, parts: Partial<Workload['status']> = {}): Workload {
  const conditions = [{ type: 'Progressing', status: 'True', reason, message: '' }];
  return { ...workload, status: { ...workload.status, availableReplicas: 0, conditions, ...parts } };
}

test('a rollout of ours is told by its step', () => {
  assert.equal(rolloutOf(workload, [viewOf({ step })]), '1 of 2');
});

test('a complete workload has no rollout', () => {
  assert.equal(rolloutOf(workload, [viewOf()]), undefined);
});

test('a rollout of somebody else is one, unless the workload is paused', () => {
  const rolling = unavailable('ReplicaSetUpdated', { updatedReplicas: 1 });
  assert.match(rolloutOf(rolling, [viewOf()]) ?? '', /1 of 2 replicas updated/);
  assert.equal(rolloutOf({ ...rolling, paused: true }, [viewOf()]), undefined);
});

test('a rollout that nobody ever gives up says what a person can do', () => {
  const kindOf = (kind: WorkloadKind): Workload => ({
    ...unavailable('', { currentRevision: 'a', updateRevision: 'b' }),
    ref: { ...workload.ref, kind },
  });
  const texts = workloadKinds.map((kind) => rolloutOf({ ...kindOf(kind), generation: 2 }, [viewOf()]) ?? '');
  const [deployment, statefulSet, daemonSet] = texts;
  assert.doesNotMatch(deployment ?? '', /never becomes ready/);
  assert.match(
    statefulSet ?? '',
    /; where a pod never becomes ready, set an image that works and delete that pod$/,
  );
  assert.match(daemonSet ?? '', /; where a pod never becomes ready, set an image that works$/);
});

test('pods that fail after a rollout that ended well are none', () => {
  assert.equal(rolloutOf(unavailable('NewReplicaSetAvailable'), [viewOf()]), undefined);
  assert.notEqual(rolloutOf(unavailable('ReplicaSetUpdated'), [viewOf()]), undefined);
  const unobserved = { ...unavailable('NewReplicaSetAvailable'), generation: 2 };
  assert.notEqual(rolloutOf(unobserved, [viewOf()]), undefined);
  const surging = unavailable('NewReplicaSetAvailable', { replicas: 3 });
  assert.notEqual(rolloutOf(surging, [viewOf()]), undefined);
});

test('while a rollout is followed, or after it failed, that is told before the choice', () => {
  const memory = { ...emptyMemory, history: [entry], digest: undefined };
  assert.equal(rolloutTold(verdictOf(viewOf({ step, memory })))?.reason, 'RollingOut');
  const ended = { ...emptyMemory, history: [{ ...entry, outcome: 'Failed' as const }], digest: undefined };
  const failed = verdictOf(viewOf({ memory: ended }));
  assert.equal(rolloutTold(failed)?.reason, 'RolloutFailed');
  const better = { ...failed, decision: { ...failed.decision, candidate: '1.2.4' } };
  assert.equal(rolloutTold(better), undefined);
  const moved = { ...ended, history: [{ ...entry, outcome: 'Failed' as const, to: 'app:9' }] };
  assert.equal(rolloutTold(verdictOf(viewOf({ memory: moved }))), undefined);
});

test('why a rollout failed is told by what was said of that, or by its rejection, and by nothing else', () => {
  const digest = digestOf('failed');
  const history = [{ ...entry, digest, outcome: 'Failed' as const }];
  const rejected = [
    { digest, tag: '1.2.3', reason: 'RolloutFailed' as const, message: 'no pod started', at },
  ];
  const toldAfter = (reason: Reason, message: string, memory: Partial<Memory> = {}) => {
    const tracked = aTrackedImage(reason, { message });
    return rolloutTold(verdictOf(viewOf({ tracked, memory: { ...emptyMemory, history, ...memory } })))
      ?.message;
  };
  const said = 'app:1.2.3: 1 of 2 replicas available';
  assert.equal(toldAfter('RolloutFailed', said, { rejected }), said);
  assert.equal(toldAfter('RolloutFailed', `${said}; not put back: it is paused`), said);
  assert.equal(toldAfter('InvalidPolicy', 'minro is no policy', { rejected }), 'app:1.2.3: no pod started');
  assert.equal(toldAfter('InvalidPolicy', 'minro is no policy'), 'app:1.2.3: see the events of its pods');
});

test('an update that no pod runs yet is told as pending, and no longer when the pods are new', () => {
  const history = [{ ...entry, outcome: 'AppliedPendingRestart' as const }];
  const memory = { ...emptyMemory, history, digest: undefined };
  const pending = verdictOf(viewOf({ memory, pendingRestart: 'its update strategy is OnDelete' }));
  assert.equal(rolloutTold(pending)?.reason, 'AppliedPendingRestart');
  assert.equal(rolloutTold(verdictOf(viewOf({ memory }))), undefined);
});

test('an update that ended keeps the seconds it took', () => {
  const memory = { ...emptyMemory, history: [entry, { ...entry, to: 'old' }], digest: 'd' };
  const closed = closeUpdate(memory, 'Verified', Date.parse(at) + 12_400);
  assert.deepEqual([closed.history[0]?.outcome, closed.history[0]?.seconds], ['Verified', 12]);
  assert.deepEqual([closed.history[1]?.to, closed.digest], ['old', 'd']);
});

test('the last update of a workload is the newest of its containers, however the others stand', () => {
  const memoryOf = (...at: readonly string[]) => ({
    ...emptyMemory,
    history: at.map((each) => ({ ...entry, at: each })),
  });
  const [old, newer, newest] = ['2026-01-01T00:00:00Z', '2026-01-01T00:00:00.500Z', '2026-01-01T00:00:01Z'];
  const memories = [memoryOf(newer, old), memoryOf(), memoryOf(newest, newer), memoryOf(old)];
  assert.equal(lastUpdateOf(memories)?.at, newest);
  assert.equal(lastUpdateOf([emptyMemory]), undefined);
});

test('after the write, the baseline is what the answer holds', () => {
  const digest = digestOf('new');
  const change: Change = { container, to: 'app:1.3.0', how: 'image', digest, policy: 'minor' };
  const written = { ...aWorkload({ containers: { app: 'mirror/app:1.3.0' } }), generation: 2 };
  const update = { workload: written, at, baseline: {}, templateHash: 'abc' };
  const verdict = afterUpdate(verdictOf(viewOf()), [change], update);
  const [first] = verdict.view.memory.history;
  assert.deepEqual(
    [first?.from, first?.to, first?.digest, first?.generation, first?.outcome, first?.templateHash],
    ['app:1.2.3', 'mirror/app:1.3.0', digest, 2, 'InProgress', 'abc'],
  );
  assert.deepEqual([verdict.decision.digest, verdict.decision.change], [digest, undefined]);
  assert.equal(rolloutTold(verdict)?.reason, 'RollingOut');
});

test('a container without a change keeps its verdict after the write', () => {
  const verdict = verdictOf(viewOf());
  assert.equal(afterUpdate(verdict, [], { workload, at, baseline: {}, templateHash: 'abc' }), verdict);
});

test('a refusal is told where there was an update, with how long it rests', () => {
  const quiet = verdictOf(viewOf());
  assert.equal(denied(quiet, { message: 'no', wait: 7 }), quiet);
  const change: Change = { container, to: 'app:1.3.0', how: 'image', digest: 'd', policy: 'minor' };
  const refused = denied({ ...quiet, decision: { ...quiet.decision, change } }, { message: 'no', wait: 7 });
  assert.deepEqual(
    [refused.decision.reason, refused.decision.change, refused.rest],
    ['WriteDenied', undefined, 7],
  );
});
