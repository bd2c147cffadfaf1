import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { pendingLimit } from '../../../../src/model/tracked-image.ts';
import {
  completeRollout,
  deploy,
  imageIn,
  killControllers,
  newWorld,
  nextLook,
  startController,
  statusIn,
  trackedPath,
  type World,
} from '../../../support/controller-harness.ts';
import { digestOf } from '../../../support/fake-registry.ts';

const app = 'docker.io/library/app';
const hour = 3_600_000;
const annotations = { 'plimsoll.dev/policy': 'minor', 'plimsoll.dev/min-age': '6h' };

afterEach(killControllers);

function open(): World {
  const world = newWorld();
  world.registry.push(app, '1.0.0');
  deploy(world, { containers: { app: 'app:1.0.0' }, annotations });
  return world;
}

function statusWrites({ cluster }: World): number {
  return cluster.writes.filter(({ path }) => path.startsWith(trackedPath())).length;
}

test('a candidate is applied when it is old enough, without anything else happening', async () => {
  const world = open();
  const controller = await startController(world);
  world.registry.push(app, '1.1.0');
  await controller.advance(nextLook);
  const { reason, pending = [], opensAt } = statusIn(world);
  assert.equal(reason, 'TooYoung');
  assert.deepEqual(
    pending.map(({ tag }) => tag),
    ['1.1.0'],
  );
  assert.equal(Date.parse(opensAt ?? ''), Date.parse(pending[0]?.firstSeen ?? '') + 6 * hour);

  await controller.advance(Date.parse(opensAt ?? '') - 1 - world.clock.now());
  assert.equal(imageIn(world), 'app:1.0.0');
  await controller.advance(1);
  assert.equal(imageIn(world), 'app:1.1.0');
  completeRollout(world);
  await controller.advance(11_000);
  assert.equal(statusIn(world).pending, undefined);
});

test('nothing is written only because time passes', async () => {
  const world = open();
  world.registry.push(app, '1.1.0');
  const controller = await startController(world);
  // By then what the present tag means is known as well.
  await controller.advance(2 * hour);
  const writes = statusWrites(world);
  await controller.advance(3 * hour);
  assert.equal(statusIn(world).reason, 'TooYoung');
  assert.equal(statusWrites(world), writes);
});

test('a restart forgets no age', async () => {
  const world = open();
  world.registry.push(app, '1.1.0');
  await (await startController(world)).kill();
  await world.clock.advance(4 * hour);
  const controller = await startController(world);
  assert.equal(imageIn(world), 'app:1.0.0');
  await controller.advance(2 * hour);
  assert.equal(imageIn(world), 'app:1.1.0');
});

test('a tag that is pushed again waits anew, and one that vanishes is forgotten', async () => {
  const world = open();
  world.registry.push(app, '1.1.0');
  world.registry.push(app, '1.2.0');
  const controller = await startController(world);
  await controller.advance(5 * hour);
  const moved = world.clock.now();
  const digest = world.registry.push(app, '1.2.0', digestOf('another image'));
  world.registry.untag(app, '1.1.0');
  await controller.advance(hour);
  const { pending = [] } = statusIn(world);
  assert.deepEqual(
    pending.map(({ tag }) => tag),
    ['1.2.0'],
  );
  assert.equal(imageIn(world), 'app:1.0.0');
  await controller.advance(6 * hour);
  const [update] = statusIn(world).history;
  assert.equal(update?.to, 'app:1.2.0');
  assert.equal(update.digest, digest);
  assert.ok(Date.parse(update.at) >= moved + 6 * hour);
});

test('a policy that is broken for a while costs no age', async () => {
  const world = open();
  world.registry.push(app, '1.1.0');
  const controller = await startController(world);
  const before = statusIn(world).pending;
  deploy(world, {
    containers: { app: 'app:1.0.0' },
    annotations: { ...annotations, 'plimsoll.dev/widnow': 'x' },
  });
  await controller.settle();
  assert.equal(statusIn(world).reason, 'InvalidPolicy');
  assert.deepEqual(statusIn(world).pending, before);
});

test('behind a closed gate the newest of the old enough is the candidate, however many there have been', async () => {
  const world = newWorld();
  world.registry.push(app, '1.0.0');
  deploy(world, {
    containers: { app: 'app:1.0.0' },
    annotations: { ...annotations, 'plimsoll.dev/mode': 'notify', 'plimsoll.dev/interval': '1h' },
  });
  const controller = await startController(world);
  const newest = pendingLimit + 2;
  for (let minor = 1; minor <= newest; minor++) {
    world.registry.push(app, `1.${minor}.0`);
    await controller.advance(9 * hour);
  }
  assert.deepEqual([statusIn(world).reason, statusIn(world).candidate], ['NotifyOnly', `1.${newest}.0`]);
  assert.equal(imageIn(world), 'app:1.0.0');
});
