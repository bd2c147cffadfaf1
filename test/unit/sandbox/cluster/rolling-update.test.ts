import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { JsonObject } from '../../../../src/model/json.ts';
import { limitsOf, nextScalings } from '../../../../src/sandbox/cluster/rolling-update.ts';

function deployment(replicas: number, maxSurge: unknown, maxUnavailable: unknown): JsonObject {
  return {
    spec: { replicas, strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge, maxUnavailable } } },
  };
}

const limits: readonly (readonly [
  number,
  number | string,
  number | string,
  { surge: number; unavailable: number },
])[] = [
  [10, '25%', '25%', { surge: 3, unavailable: 2 }],
  [1, '25%', '25%', { surge: 1, unavailable: 0 }],
  [3, 1, 0, { surge: 1, unavailable: 0 }],
  [3, 0, 0, { surge: 0, unavailable: 1 }],
  [2, '100%', '100%', { surge: 2, unavailable: 2 }],
];

for (const [replicas, maxSurge, maxUnavailable, expected] of limits) {
  test(`${replicas} replicas with surge ${maxSurge} and unavailable ${maxUnavailable}`, () => {
    assert.deepEqual(limitsOf(deployment(replicas, maxSurge, maxUnavailable)), expected);
  });
}

interface Set {
  readonly desired: number;
  readonly available: number;
}

function replicaSet(name: string, { desired, available }: Set): JsonObject {
  const metadata = { name, creationTimestamp: `2026-01-01T00:00:0${name.length}Z` };
  return { metadata, spec: { replicas: desired }, status: { availableReplicas: available } };
}

function scalings(of: JsonObject, current: Set, old: Set): Readonly<Record<string, number>> {
  const names = { new: replicaSet('new', current), older: replicaSet('older', old) };
  const next = nextScalings(of, names.new, [names.older]);
  return Object.fromEntries(next.map((one) => [one.replicaSet === names.new ? 'new' : 'old', one.replicas]));
}

test('the new set grows by the surge first', () => {
  const steps = scalings(deployment(4, 1, 0), { desired: 0, available: 0 }, { desired: 4, available: 4 });
  assert.deepEqual(steps, { new: 1 });
});

test('the old set shrinks when a new pod is available', () => {
  const steps = scalings(deployment(4, 1, 0), { desired: 1, available: 1 }, { desired: 4, available: 4 });
  assert.deepEqual(steps, { old: 3 });
});

test('nothing happens while the new pod is not available', () => {
  const steps = scalings(deployment(4, 1, 0), { desired: 1, available: 0 }, { desired: 4, available: 4 });
  assert.deepEqual(steps, {});
});

test('old pods that do not run make room at once', () => {
  const steps = scalings(deployment(2, 1, 1), { desired: 1, available: 0 }, { desired: 2, available: 0 });
  assert.deepEqual(steps, { old: 1 });
});

test('a rollout keeps its limits at every step and comes to its end', () => {
  const size = fc.integer({ min: 1, max: 12 });
  fc.assert(
    fc.property(
      size,
      fc.integer({ min: 0, max: 4 }),
      fc.integer({ min: 0, max: 4 }),
      (replicas, maxSurge, maxUnavailable) => {
        const wanted = deployment(replicas, maxSurge, maxUnavailable);
        const { surge, unavailable } = limitsOf(wanted);
        let sets = { new: { desired: 0, available: 0 }, old: { desired: replicas, available: replicas } };
        for (let step = 0; step < 200 && sets.new.available < replicas; step++) {
          const next = scalings(wanted, sets.new, sets.old);
          const desired = { new: next['new'] ?? sets.new.desired, old: next['old'] ?? sets.old.desired };
          assert.ok(desired.new + desired.old <= replicas + surge);
          // Old pods go at once; every new one becomes available a step later.
          const old = { desired: desired.old, available: Math.min(sets.old.available, desired.old) };
          assert.ok(sets.new.available + old.available >= replicas - unavailable);
          sets = { new: { desired: desired.new, available: desired.new }, old };
        }
        assert.equal(sets.new.available, replicas);
      },
    ),
  );
});
