import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { TokenBucket } from '../../../src/runtime/token-bucket.ts';
import { FakeClock } from '../../support/fake-clock.ts';

suite('a token bucket', () => {
  test('lets a burst through at once and then one turn at a time', () => {
    const bucket = new TokenBucket(new FakeClock(), { perSecond: 5, burst: 3 });
    assert.deepEqual(
      [1, 2, 3, 4, 5].map(() => bucket.take()),
      [0, 0, 0, 200, 400],
    );
  });

  test('fills up again while nobody takes, and not beyond the burst', async () => {
    const clock = new FakeClock();
    const bucket = new TokenBucket(clock, { perSecond: 5, burst: 3 });
    for (let turn = 0; turn < 3; turn++) bucket.take();
    await clock.advance(60_000);
    assert.deepEqual(
      [1, 2, 3, 4].map(() => bucket.take()),
      [0, 0, 0, 200],
    );
  });

  test('is free as long as the next turn would come at once', async () => {
    const clock = new FakeClock();
    const bucket = new TokenBucket(clock, { perSecond: 5, burst: 2 });
    const seen = [bucket.isFree];
    for (let turn = 0; turn < 2; turn++) {
      bucket.take();
      seen.push(bucket.isFree);
    }
    await clock.advance(200);
    assert.deepEqual([...seen, bucket.isFree], [true, true, false, true]);
  });

  test('never makes anybody wait where there is no limit', () => {
    const bucket = new TokenBucket(new FakeClock(), { perSecond: Number.POSITIVE_INFINITY, burst: 1 });
    assert.ok(Array.from({ length: 1_000 }, () => bucket.take()).every((wait) => wait === 0));
  });

  test('takes rates below one a second', () => {
    const bucket = new TokenBucket(new FakeClock(), { perSecond: 0.1, burst: 1 });
    assert.deepEqual(
      [1, 2].map(() => bucket.take()),
      [0, 10_000],
    );
  });
});
