import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ShopClock, windowFrom } from '../../../../src/commands/demo/shop-clock.ts';
import { nextOpening, parseWindows } from '../../../../src/policy/window.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

test('the window of the shop opens at the time that the demo counts on, also before midnight', () => {
  for (const start of ['2026-03-02T09:30:15Z', '2026-03-02T23:58:40Z']) {
    const clock = new ShopClock(new FakeClock(Date.parse(start)));
    const opening = clock.openingTime();
    assert.ok(opening - clock.now() >= 60_000, 'the shop has time to open before');
    const windows = parseWindows(windowFrom(opening));
    assert.ok(windows.ok);
    assert.equal(nextOpening(windows.value, clock.now()), opening);
  }
});

test('time is put forward, and never back', () => {
  const base = new FakeClock();
  const clock = new ShopClock(base);
  clock.putForward(base.now() + 5_000);
  assert.equal(clock.now(), base.now() + 5_000);
  clock.putForward(base.now());
  assert.equal(clock.now(), base.now() + 5_000);
  assert.equal(clock.monotonic(), base.monotonic());
});
