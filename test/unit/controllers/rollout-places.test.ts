import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { RolloutPlaces } from '../../../src/controllers/rollout-places.ts';
import type { WorkloadKey } from '../../../src/model/workload.ts';
import { FakeClock } from '../../support/fake-clock.ts';

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
