import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { RolloutPlaces } from '../../../../src/controllers/rollouts/rollout-places.ts';
import type { WorkloadKey } from '../../../../src/model/workload.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name): WorkloadKey => `Deployment/shop/${name}`) as [
  WorkloadKey,
  WorkloadKey,
  WorkloadKey,
  WorkloadKey,
];
let clock: FakeClock;
let places: RolloutPlaces;
let woken: WorkloadKey[];

beforeEach(() => {
  clock = new FakeClock();
  places = new RolloutPlaces(2, clock);
  woken = [];
  places.onFree = (key) => woken.push(key);
});

test('as many rollouts as allowed have a place, and who has one may always go on', () => {
  places.hold(a, 'writing');
  assert.ok(places.free(b));
  places.hold(b, 'writing');
  assert.ok(!places.free(c));
  assert.ok(places.free(a));
  assert.equal(places.taken, 2);
});

test('who waits is woken when a place becomes free, in the order of asking', () => {
  places.hold(a, 'writing');
  places.hold(b, 'writing');
  places.free(c);
  places.free(d);
  places.release(a);
  assert.deepEqual(woken, [c]);
  places.hold(c, 'writing');
  places.release(b);
  assert.deepEqual(woken, [c, d]);
});

test('who is woken and has no use for the place lets the next one in', () => {
  places.hold(a, 'writing');
  places.hold(b, 'writing');
  places.free(c);
  places.free(d);
  places.release(a);
  places.release(c);
  assert.deepEqual(woken, [c, d]);
});

test('nobody is woken while there is no place', () => {
  places.hold(a, 'writing');
  places.hold(b, 'writing');
  places.free(c);
  places.release(d);
  assert.deepEqual(woken, []);
});

test('a rollout without progress for a minute gives its place up, and who waits is told', async () => {
  places.hold(a, '0 of 2');
  await clock.advance(30_000);
  places.hold(b, '0 of 2');
  places.free(c);
  await clock.advance(29_999);
  assert.deepEqual(woken, []);
  await clock.advance(1);
  assert.deepEqual(woken, [c]);
  assert.ok(places.free(c));
  assert.equal(places.taken, 2);
});

test('a stuck rollout does not take its place back by saying the same again', async () => {
  places.hold(a, '0 of 2');
  places.hold(b, '0 of 2');
  await clock.advance(60_000);
  places.hold(c, 'writing');
  places.hold(a, '0 of 2');
  assert.ok(places.free(d));
});

test('progress keeps a place', async () => {
  places.hold(a, '0 of 2');
  places.hold(b, '0 of 2');
  places.free(c);
  await clock.advance(50_000);
  places.hold(a, '1 of 2');
  places.hold(b, '1 of 2');
  await clock.advance(50_000);
  assert.deepEqual(woken, []);
  assert.ok(!places.free(c));
  await clock.advance(10_000);
  assert.deepEqual(woken, [c]);
});

test('what goes forth and back makes no progress', async () => {
  for (const place of [a, b]) for (const text of ['0 of 2', '1 of 2']) places.hold(place, text);
  places.free(c);
  for (const text of ['0 of 2', '1 of 2', '0 of 2', '1 of 2']) {
    await clock.advance(15_000);
    places.hold(a, text);
    places.hold(b, text);
  }
  assert.deepEqual(woken, [c]);
});

test('a rollout that was complete and falls back to where it was takes no place again', () => {
  for (const place of [a, b]) places.hold(place, '0 of 1');
  places.free(c);
  places.rest(a);
  assert.deepEqual(woken, [c]);
  assert.equal(places.taken, 1);
  places.hold(a, '0 of 1');
  assert.equal(places.taken, 2);
  assert.ok(places.free(c), 'who falls back keeps nobody out');
});

test('the next rollout of a workload takes a place of its own', () => {
  places.hold(a, 'writing');
  places.rest(a);
  places.take(a);
  places.take(b);
  assert.ok(!places.free(c));
});

test('who is woken while it is being verified wakes the next', () => {
  places.hold(a, '0 of 1');
  places.hold(b, '0 of 1');
  places.free(c);
  places.free(d);
  places.release(a);
  places.rest(c);
  assert.deepEqual(woken, [c, d]);
});
