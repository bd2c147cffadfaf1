import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../../../src/runtime/clock.ts';
import { until } from '../../support/until.ts';

test('a sleep ends', async () => {
  await systemClock.sleep(1);
});

test('a sleep rejects with the reason of its signal', async () => {
  const stop = new AbortController();
  const sleeping = systemClock.sleep(60_000, stop.signal);
  const reason = new Error('enough');
  stop.abort(reason);
  await assert.rejects(sleeping, reason);
});

test('a sleep under a signal that is aborted already rejects at once', async () => {
  await assert.rejects(systemClock.sleep(60_000, AbortSignal.abort(new Error('too late'))), /too late/);
});

test('a scheduled call happens once, a cancelled one never', async () => {
  const calls: string[] = [];
  systemClock.schedule(1, () => calls.push('cancelled')).cancel();
  systemClock.schedule(1, () => calls.push('first'));
  systemClock.schedule(5, () => calls.push('last'));
  await until('both calls', () => calls.includes('last'));
  assert.deepEqual(calls, ['first', 'last']);
});

test('a delay that Node cannot hold does not fire at once', async () => {
  let fired = false;
  const scheduled = systemClock.schedule(2 ** 40, () => (fired = true));
  await systemClock.sleep(5);
  scheduled.cancel();
  assert.equal(fired, false);
});

test('measured time never falls', () => {
  const first = systemClock.monotonic();
  assert.ok(systemClock.monotonic() >= first);
});
