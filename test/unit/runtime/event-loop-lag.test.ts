import assert from 'node:assert/strict';
import { test } from 'node:test';
import { watchEventLoop } from '../../../src/runtime/event-loop-lag.ts';
import { FakeClock } from '../../support/fake-clock.ts';

/** A clock whose timers come late by what is left of a list, then in time. */
class LateClock extends FakeClock {
  readonly #late: number[];

  constructor(late: readonly number[]) {
    super();
    this.#late = [...late];
  }

  override sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    return super.sleep(milliseconds + (this.#late.shift() ?? 0), signal);
  }
}

test('what is told is how late a timer came, not how long it was', async () => {
  const clock = new LateClock([0, 700, 0]);
  const lags: number[] = [];
  const stop = new AbortController();
  const metrics = { eventLoopLag: (seconds: number) => lags.push(seconds) };
  const watching = watchEventLoop({ clock, metrics }, stop.signal);
  await clock.advance(16_000);
  assert.deepEqual(lags, [0, 0.7, 0]);
  stop.abort();
  await watching;
  assert.equal(lags.length, 3);
  assert.equal(clock.waiting, 0);
});
