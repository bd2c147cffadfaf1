import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { type OrderlyStop, orderlyStop } from '../../../src/runtime/orderly-stop.ts';
import { FakeClock } from '../../support/fake-clock.ts';

let clock: FakeClock;
let leading: AbortController;
let order: AbortController;
let stop: OrderlyStop;

beforeEach(() => {
  clock = new FakeClock();
  leading = new AbortController();
  order = new AbortController();
  stop = orderlyStop({ clock, leading: leading.signal, order: order.signal, grace: 5_000 });
});

const aborted = () => [stop.intake.aborted, stop.work.aborted];

test('nothing ends by itself', async () => {
  await clock.advance(60_000);
  assert.deepEqual(aborted(), [false, false]);
});

test('an order to end stops what would begin, and drops what is under way when its grace is over', async () => {
  order.abort();
  leading.abort();
  assert.deepEqual(aborted(), [true, false]);
  await clock.advance(4_999);
  assert.deepEqual(aborted(), [true, false]);
  await clock.advance(1);
  assert.deepEqual(aborted(), [true, true]);
});

test('a leadership that is lost drops everything at once', () => {
  leading.abort();
  assert.deepEqual(aborted(), [true, true]);
});

test('who has done everything begins nothing more, and finishes what is under way', () => {
  stop.finish();
  assert.deepEqual(aborted(), [true, false]);
});

test('a leadership that had ended before it began leaves nothing to do', () => {
  leading.abort();
  stop = orderlyStop({ clock, leading: leading.signal, order: order.signal, grace: 5_000 });
  assert.deepEqual(aborted(), [true, true]);
});
