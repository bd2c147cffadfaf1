import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { RolloutStopwatch } from '../../../../src/controllers/rollouts/rollout-stopwatch.ts';
import { type Workload, workloadKey, type WorkloadStatus } from '../../../../src/model/workload.ts';
import { aWorkload } from '../../../support/deployments.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

const minute = 60_000;

let clock: FakeClock;
let stopwatch: RolloutStopwatch;
let entry: { readonly at: string; readonly generation: number };

beforeEach(() => {
  clock = new FakeClock();
  stopwatch = new RolloutStopwatch(clock);
  entry = { at: new Date(clock.now()).toISOString(), generation: 1 };
});

function rolling(status: Partial<WorkloadStatus>, parts: Partial<Workload> = {}): Workload {
  const workload = aWorkload({ replicas: 9 });
  return { ...workload, ...parts, status: { ...workload.status, updatedReplicas: 0, ...status } };
}

/** What is read after some minutes, each in minutes. */
async function readAfter(minutes: number, workload: Workload, seen = true): Promise<readonly number[]> {
  await clock.advance(minutes * minute);
  const { age, stillFor } = stopwatch.read(workload, entry, seen);
  return [age / minute, stillFor / minute];
}

test('each pod more is progress, and one that is lost and comes back is none', async () => {
  assert.deepEqual(await readAfter(0, rolling({ updatedReplicas: 0 })), [0, 0]);
  assert.deepEqual(await readAfter(5, rolling({ updatedReplicas: 1 })), [5, 0]);
  assert.deepEqual(await readAfter(5, rolling({ updatedReplicas: 0 })), [10, 5]);
  assert.deepEqual(await readAfter(5, rolling({ updatedReplicas: 1 })), [15, 10]);
  assert.deepEqual(await readAfter(5, rolling({ updatedReplicas: 2 })), [20, 0]);
});

test('when all pods are new, each that can be used is progress', async () => {
  const started = (availableReplicas: number) => rolling({ updatedReplicas: 9, availableReplicas });
  await readAfter(0, rolling({ updatedReplicas: 8, availableReplicas: 8 }));
  assert.deepEqual(await readAfter(5, started(0)), [5, 0]);
  assert.deepEqual(await readAfter(5, started(1)), [10, 0]);
  assert.deepEqual(await readAfter(5, started(0)), [15, 5]);
  assert.deepEqual(await readAfter(5, started(1)), [20, 10]);
});

test('the pods of the update before are no progress of this one', async () => {
  entry = { ...entry, generation: 2 };
  const before = { observedGeneration: 1, updatedReplicas: 9 };
  assert.deepEqual(await readAfter(0, rolling(before)), [0, 0]);
  assert.deepEqual(await readAfter(5, rolling({ observedGeneration: 2, updatedReplicas: 1 })), [5, 0]);
});

test('no time passes while a Rollout of Argo Rollouts is paused between its steps', async () => {
  const rollout = (phase: string) => {
    const parts = rolling({ phase, message: '' });
    return { ...parts, ref: { ...parts.ref, kind: 'Rollout' } } as const;
  };
  await readAfter(0, rollout('Progressing'));
  assert.deepEqual(await readAfter(2, rollout('Paused')), [2, 2]);
  assert.deepEqual(await readAfter(9_000, rollout('Progressing')), [2, 2]);
  assert.deepEqual(await readAfter(1, rollout('Progressing')), [3, 3]);
});

test('no time passes while nobody knows how the workload stands', async () => {
  await readAfter(0, rolling({}));
  assert.deepEqual(await readAfter(30, rolling({}), false), [0, 0]);
  assert.deepEqual(await readAfter(1, rolling({})), [1, 1]);
});

test('two updates of one workload are measured apart, and forgotten when they are not under way any more', async () => {
  const key = workloadKey(rolling({}).ref);
  const [one, other] = [entry.at, new Date(clock.now() + minute).toISOString()];
  const read = (at: string) => stopwatch.read(rolling({}), { at, generation: 1 }, true);
  for (const at of [one, other]) {
    read(at);
    stopwatch.note(key, at, true);
  }
  await clock.advance(minute);
  assert.deepEqual(
    [one, other].map((at) => stopwatch.completeFor(key, at)),
    [minute, minute],
  );
  stopwatch.keep(key, [other]);
  assert.deepEqual(
    [one, other].map((at) => stopwatch.completeFor(key, at)),
    [undefined, minute],
  );
});

test('a restart knows when the update was written, and nothing of its progress', async () => {
  await clock.advance(30 * minute);
  assert.deepEqual(await readAfter(0, rolling({ updatedReplicas: 3 })), [30, 0]);
});
