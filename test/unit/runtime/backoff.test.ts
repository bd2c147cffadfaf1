import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Backoff } from '../../../src/runtime/backoff.ts';

test('each failure doubles the wait, up to the longest', () => {
  const backoff = new Backoff({ initial: 1_000, longest: 5_000, random: () => 1 });
  assert.deepEqual(
    [1, 2, 3, 4, 5].map(() => backoff.fail()),
    [1_000, 2_000, 4_000, 5_000, 5_000],
  );
  assert.equal(backoff.failures, 5);
});

test('a success begins again', () => {
  const backoff = new Backoff({ initial: 1_000, longest: 5_000, random: () => 1 });
  backoff.fail();
  backoff.fail();
  backoff.reset();
  assert.equal(backoff.failures, 0);
  assert.equal(backoff.fail(), 1_000);
});

test('a wait lies between half of the step and the whole of it, after any number of failures', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 2_000 }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (count, dice) => {
        const backoff = new Backoff({ initial: 100, longest: 60_000, random: () => dice });
        for (let index = 0; index < count; index++) backoff.fail();
        const wait = backoff.fail();
        const step = Math.min(60_000, 100 * 2 ** Math.min(count, 30));
        assert.ok(wait >= step / 2 && wait <= step);
      },
    ),
  );
});
