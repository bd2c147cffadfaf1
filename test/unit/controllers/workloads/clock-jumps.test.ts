import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { RegistryError } from '../../../../src/registry/errors.ts';
import {
  completeRollout,
  deploy,
  deploymentPatches,
  imageIn,
  killControllers,
  newWorld,
  nextLook,
  startController,
  statusIn,
  trackedPath,
  type World,
} from '../../../support/controller-harness.ts';
import { kubeError } from '../../../support/fake-kube-client.ts';
import { minor } from '../../../support/updates.ts';

const app = 'docker.io/library/app';
const lunch = { ...minor, 'plimsoll.dev/window': '12:00-13:00' };
const minute = 60_000;
const hour = 60 * minute;

afterEach(killControllers);

/** A workload at 1.2.3 for which 1.3.0 is there. The clock of a world begins at midnight. */
async function open(world: World, annotations: Readonly<Record<string, string>>) {
  world.registry.push(app, '1.2.3');
  world.registry.push(app, '1.3.0');
  deploy(world, { annotations });
  return startController(world);
}

const outcomes = (world: World) => statusIn(world).history.map(({ to, outcome }) => [to, outcome]);

test('a clock that is set into a window lets the update through within a minute', async () => {
  const world = newWorld();
  const controller = await open(world, lunch);
  assert.equal(statusIn(world).reason, 'OutsideWindow');
  world.clock.jump(12 * hour);
  await controller.advance(minute);
  assert.equal(imageIn(world), 'app:1.3.0');
});

test('a clock that is set past a window waits for the next one, and says so', async () => {
  const world = newWorld();
  const controller = await open(world, lunch);
  world.clock.jump(14 * hour);
  await controller.advance(2 * minute);
  assert.equal(imageIn(world), 'app:1.2.3');
  assert.equal(statusIn(world).opensAt, '2026-01-02T12:00:00.000Z');
});

test('a clock that is set back before a window has it waited for again', async () => {
  const world = newWorld();
  world.clock.jump(12 * hour);
  world.registry.push(app, '1.2.3');
  deploy(world, { annotations: lunch });
  const controller = await startController(world);
  world.clock.jump(-3 * hour);
  world.registry.push(app, '1.3.0');
  await controller.advance(nextLook);
  assert.deepEqual([imageIn(world), statusIn(world).opensAt], ['app:1.2.3', '2026-01-01T12:00:00.000Z']);
  await controller.advance(3 * hour);
  assert.equal(imageIn(world), 'app:1.3.0');
});

for (const jump of [5 * hour, -5 * hour]) {
  test(`a rollout whose window is left by a jump of ${jump / hour} hours is followed, and undone, all the same`, async () => {
    const world = newWorld();
    world.clock.jump(12 * hour);
    const controller = await open(world, lunch);
    assert.equal(imageIn(world), 'app:1.3.0');
    world.clock.jump(jump);
    await controller.advance(11 * minute);
    assert.deepEqual([imageIn(world), outcomes(world)], ['app:1.2.3', [['app:1.3.0', 'RolledBack']]]);
  });
}

const old = { 'plimsoll.dev/policy': 'minor', 'plimsoll.dev/min-age': '6h' };

test('a clock that is set back lets no candidate wait for longer than its min-age', async () => {
  const world = newWorld();
  const controller = await open(world, old);
  assert.equal(statusIn(world).reason, 'TooYoung');
  world.clock.jump(-300 * hour);
  // It is asked every ten minutes whether it is old enough.
  await controller.advance(6 * hour + 11 * minute);
  assert.equal(imageIn(world), 'app:1.3.0');
});

test('a candidate is as old as the clock says, be it by a jump', async () => {
  const world = newWorld();
  const controller = await open(world, old);
  world.clock.jump(5 * hour);
  await controller.advance(55 * minute);
  assert.equal(imageIn(world), 'app:1.2.3');
  await controller.advance(10 * minute);
  assert.equal(imageIn(world), 'app:1.3.0');
});

test('a clock that is set back keeps nothing new from being seen', async () => {
  const world = newWorld();
  const controller = await open(world, { ...minor, 'plimsoll.dev/mode': 'notify' });
  assert.equal(statusIn(world).latest, '1.3.0');
  world.clock.jump(-5 * hour);
  world.registry.push(app, '1.4.0');
  await controller.advance(nextLook);
  assert.equal(statusIn(world).latest, '1.4.0');
});

test('nor does it prolong the rest after a failed look', async () => {
  const world = newWorld();
  world.registry.failure = new RegistryError('Unavailable', 'no answer');
  const controller = await open(world, minor);
  world.clock.jump(-5 * hour);
  world.registry.failure = undefined;
  await controller.advance(minute);
  assert.equal(imageIn(world), 'app:1.3.0');
});

/** Has the status of a write get lost, with the controller that would have told it. */
async function dieBeforeTelling(
  world: World,
  outcome: string,
  write: () => Promise<{ kill(): Promise<void> }>,
): Promise<void> {
  world.cluster.before = ({ method, path, body, dryRun }) => {
    if (dryRun || method !== 'PATCH' || !path.startsWith(trackedPath())) return;
    if (JSON.stringify(body).includes(`"outcome":"${outcome}"`)) throw kubeError('Unavailable', 'no answer');
  };
  const controller = await write();
  await controller.kill();
  world.cluster.before = () => undefined;
}

test('an update that is written after the clock was set back is known for the last one by the next controller', async () => {
  const world = newWorld();
  const controller = await open(world, minor);
  completeRollout(world);
  await controller.advance(11_000);
  assert.deepEqual(outcomes(world), [['app:1.3.0', 'Verified']]);
  world.clock.jump(-5 * hour);
  world.registry.push(app, '1.4.0');
  await dieBeforeTelling(world, 'InProgress', async () => {
    await controller.advance(nextLook);
    return controller;
  });
  assert.equal(imageIn(world), 'app:1.4.0');
  const next = await startController(world);
  completeRollout(world);
  await next.advance(11_000);
  assert.deepEqual(outcomes(world), [
    ['app:1.4.0', 'Verified'],
    ['app:1.3.0', 'Verified'],
  ]);
  assert.equal(deploymentPatches(world).length, 2);
});

test('an undo that is written after the clock was set back is known as one by the next controller', async () => {
  const world = newWorld();
  const controller = await open(world, minor);
  world.clock.jump(-5 * hour);
  await dieBeforeTelling(world, 'RolledBack', async () => {
    await controller.advance(11 * minute);
    return controller;
  });
  assert.deepEqual([imageIn(world), outcomes(world)], ['app:1.2.3', [['app:1.3.0', 'Failed']]]);
  const next = await startController(world);
  completeRollout(world);
  await next.advance(hour);
  assert.deepEqual(outcomes(world), [['app:1.3.0', 'RolledBack']]);
  assert.equal(statusIn(world).reason, 'RolledBack');
  assert.equal(deploymentPatches(world).length, 2);
});

test('an update of a workload that was made by a clock ahead of ours is followed by the next controller', async () => {
  const world = newWorld();
  world.registry.push(app, '1.3.0');
  deploy(world, { annotations: minor, createdAt: new Date(world.clock.now() + hour).toISOString() });
  await dieBeforeTelling(world, 'InProgress', () => startController(world));
  assert.equal(imageIn(world), 'app:1.3.0');
  await startController(world);
  assert.deepEqual(outcomes(world), [['app:1.3.0', 'InProgress']]);
});

test('a namespace whose gate failures closed by a clock far ahead is open when that is put right', async () => {
  const world = newWorld();
  world.clock.jump(1_000 * hour);
  world.registry.push(app, '1.3.0');
  const names = ['one', 'two', 'three'];
  for (const name of names) deploy(world, { name, annotations: minor });
  const controller = await startController(world);
  await controller.advance(11 * minute);
  for (const name of names) assert.equal(imageIn(world, 'app', name), 'app:1.2.3');
  world.clock.jump(-1_000 * hour);
  for (const name of names) completeRollout(world, name);
  world.registry.push(app, '1.3.1');
  await controller.advance(nextLook);
  assert.equal(imageIn(world, 'app', 'one'), 'app:1.3.1');
});
