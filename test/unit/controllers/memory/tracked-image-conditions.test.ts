import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyMemory } from '../../../../src/controllers/memory/memory.ts';
import { conditionsOf } from '../../../../src/controllers/memory/tracked-image-conditions.ts';
import { type State, states } from '../../../../src/model/reasons.ts';
import type { TrackedImageStatus } from '../../../../src/model/tracked-image.ts';

const before = '2026-01-01T00:00:00.000Z';
const now = '2026-01-02T00:00:00.000Z';

function status(state: State): TrackedImageStatus {
  const nothing = { running: [], latest: undefined, candidate: undefined, digest: undefined };
  const said = { state, reason: 'UpToDate', message: 'so it is' } as const;
  return {
    ...nothing,
    ...said,
    image: 'app:1',
    observedGeneration: 1,
    checkedAt: undefined,
    ...emptyMemory,
    platforms: undefined,
  };
}

const wanted: Readonly<Record<State, readonly string[]>> = {
  UpToDate: ['Ready'],
  UpdateAvailable: ['Reconciling'],
  Held: ['Ready'],
  Updating: ['Reconciling'],
  RolledBack: ['Ready'],
  Deferred: [],
  Error: ['Stalled'],
};

for (const state of states) {
  test(`${state} is ${wanted[state].join() || 'none of the three'}`, () => {
    const conditions = conditionsOf(status(state), [], 4, now);
    assert.deepEqual(
      conditions.map(({ type }) => type),
      ['Ready', 'Reconciling', 'Stalled'],
    );
    const held = conditions.filter((each) => each.status === 'True').map(({ type }) => type);
    assert.deepEqual(held, wanted[state]);
    assert.ok(conditions.every(({ observedGeneration }) => observedGeneration === 4));
  });
}

test('the time of a transition changes only with the status', () => {
  const last = conditionsOf(status('UpToDate'), [], 1, before);
  const same = conditionsOf(status('Held'), last, 1, now);
  assert.ok(same.every(({ lastTransitionTime }) => lastTransitionTime === before));
  const other = conditionsOf(status('Error'), last, 1, now);
  assert.deepEqual(
    other.map(({ lastTransitionTime }) => lastTransitionTime),
    [now, before, now],
  );
});
