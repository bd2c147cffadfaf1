import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { RegistryError } from '../../../../src/registry/errors.ts';
import {
  completeRollout,
  deploy,
  deploymentPatches,
  deploymentPath,
  imageIn,
  killControllers,
  newWorld,
  startController,
  statusIn,
  type World,
} from '../../../support/controller-harness.ts';
import { digestOf } from '../../../support/fake-registry.ts';
import { beginUpdate, minor } from '../../../support/updates.ts';

const app = 'docker.io/library/app';
const minute = 60_000;
const hours = 60 * minute;

afterEach(killControllers);

const outcomeIn = (world: World) => statusIn(world).history[0]?.outcome;

test('a rollout that a person pauses has no deadline meanwhile, and what was left of it when it goes on', async () => {
  const world = newWorld();
  const controller = await beginUpdate(world);
  await controller.advance(6 * minute);
  world.cluster.edit(deploymentPath(), [{ op: 'add', path: '/spec/paused', value: true }]);
  await controller.advance(5 * hours);
  assert.equal(outcomeIn(world), 'InProgress');
  assert.match(statusIn(world).message, /the workload is paused/);

  world.cluster.edit(deploymentPath(), [{ op: 'remove', path: '/spec/paused' }]);
  await controller.advance(3 * minute);
  assert.equal(outcomeIn(world), 'InProgress');
  await controller.advance(2 * minute);
  assert.deepEqual([imageIn(world), outcomeIn(world)], ['app:1.2.3', 'RolledBack']);
});

test('the pods of a rollout that stands still for long are listed ever more seldom', async () => {
  const world = newWorld();
  const controller = await beginUpdate(world);
  world.cluster.edit(deploymentPath(), [{ op: 'add', path: '/spec/paused', value: true }]);
  const lists = async (time: number) => {
    const count = () => world.cluster.requests.filter(({ path }) => path.endsWith('/pods')).length;
    const before = count();
    await controller.advance(time);
    return count() - before;
  };
  assert.ok((await lists(minute)) >= 10, 'at first every few seconds');
  await lists(hours);
  assert.ok((await lists(hours)) <= 61, 'in the end once a minute');
});

for (const [what, jump] of [
  ['forward', 5 * hours],
  ['back', -5 * hours],
] as const) {
  test(`a clock that is set ${what} by hours neither ends a rollout nor keeps it from its deadline`, async () => {
    const world = newWorld();
    const controller = await beginUpdate(world);
    await controller.advance(minute);
    world.clock.jump(jump);
    await controller.poke();
    await controller.advance(5 * minute);
    assert.equal(outcomeIn(world), 'InProgress');
    await controller.advance(5 * minute);
    assert.deepEqual([imageIn(world), outcomeIn(world)], ['app:1.2.3', 'RolledBack']);
  });

  test(`a clock that is set ${what} by hours neither shortens the verification nor prolongs it`, async () => {
    const world = newWorld();
    const controller = await beginUpdate(world);
    completeRollout(world);
    await controller.advance(5_000);
    world.clock.jump(jump);
    await controller.poke();
    assert.equal(outcomeIn(world), 'InProgress');
    await controller.advance(6_000);
    assert.equal(outcomeIn(world), 'Verified');
  });
}

/** Takes replicas of the rolled-out workload away, as an autoscaler that adds some or a drained node does. */
function lose(world: World, available: number): void {
  world.cluster.edit(deploymentPath(), [
    { op: 'replace', path: '/status/availableReplicas', value: available },
  ]);
}

test('the time for which a rollout is complete counts against no deadline, however long it is verified', async () => {
  const world = newWorld();
  const controller = await beginUpdate(world, { annotations: { 'plimsoll.dev/verify-for': '1h' } });
  await controller.advance(6 * minute);
  completeRollout(world);
  await controller.advance(20 * minute);
  lose(world, 1);
  await controller.advance(3 * minute);
  assert.deepEqual([imageIn(world), outcomeIn(world)], ['app:1.3.0', 'InProgress']);
  await controller.advance(2 * minute);
  assert.deepEqual([imageIn(world), outcomeIn(world)], ['app:1.2.3', 'RolledBack']);
});

test('a rollout that was complete while no controller ran is not put back for a replica that is away', async () => {
  const world = newWorld();
  const controller = await beginUpdate(world);
  await controller.kill();
  completeRollout(world);
  await world.clock.advance(5 * hours);
  lose(world, 1);
  const next = await startController(world);
  await next.advance(minute);
  assert.deepEqual([imageIn(world), outcomeIn(world)], ['app:1.3.0', 'InProgress']);
  lose(world, 2);
  await next.advance(minute);
  assert.equal(outcomeIn(world), 'Verified');
});

test('what nobody could see is verified anew when the API server is back', async () => {
  const world = newWorld();
  const controller = await beginUpdate(world);
  completeRollout(world);
  await controller.advance(5_000);
  world.seen = false;
  await controller.advance(5 * minute);
  assert.equal(outcomeIn(world), 'InProgress');
  world.seen = true;
  await controller.advance(9_000);
  assert.equal(outcomeIn(world), 'InProgress');
  await controller.advance(11_000);
  assert.equal(outcomeIn(world), 'Verified');
});

test('the time for which the API server is away counts against no deadline', async () => {
  const world = newWorld();
  const controller = await beginUpdate(world);
  await controller.advance(9 * minute);
  world.seen = false;
  await controller.poke();
  await controller.advance(hours);
  world.seen = true;
  await controller.poke();
  assert.deepEqual([imageIn(world), outcomeIn(world)], ['app:1.3.0', 'InProgress']);
  await controller.advance(2 * minute);
  assert.deepEqual([imageIn(world), outcomeIn(world)], ['app:1.2.3', 'RolledBack']);
});

test('a workload that is scaled to zero in the middle is unverified, and nothing is put back', async () => {
  const world = newWorld();
  const controller = await beginUpdate(world);
  world.cluster.edit(deploymentPath(), [{ op: 'replace', path: '/spec/replicas', value: 0 }]);
  await controller.advance(hours);
  assert.deepEqual([imageIn(world), outcomeIn(world)], ['app:1.3.0', 'Unverified']);
  assert.equal(deploymentPatches(world).length, 1);
});

test('a registry that is away keeps nobody from an undo', async () => {
  const world = newWorld();
  const controller = await beginUpdate(world);
  world.registry.failure = new RegistryError('Unavailable', 'no answer');
  await controller.advance(11 * minute);
  assert.deepEqual([imageIn(world), outcomeIn(world)], ['app:1.2.3', 'RolledBack']);
});

test('a copy of a workload, with the annotation of the update, is not taken back to where the original came from', async () => {
  const original = newWorld();
  await beginUpdate(original);
  const annotations = { ...minor, ...lastUpdateOf(original) };
  const world = newWorld();
  world.registry.push(app, '1.3.0');
  await world.clock.advance(2 * hours);
  const createdAt = new Date(world.clock.now()).toISOString();
  deploy(world, { annotations, containers: { app: 'app:1.3.0' }, createdAt });
  // Its first rollout has not ended, as if its nodes were slow.
  world.cluster.edit(deploymentPath(), [{ op: 'replace', path: '/status/availableReplicas', value: 0 }]);
  const controller = await startController(world);
  await controller.advance(hours);
  assert.equal(imageIn(world), 'app:1.3.0');
  assert.deepEqual(statusIn(world).history, []);
});

test('a workload that is deleted and made again in the middle of a rollout begins anew', async () => {
  const world = newWorld();
  const controller = await beginUpdate(world);
  const annotations = { ...minor, ...lastUpdateOf(world) };
  world.cluster.remove(deploymentPath());
  await controller.advance(minute);
  const createdAt = new Date(world.clock.now()).toISOString();
  deploy(world, { annotations, containers: { app: 'app:1.3.0' }, uid: 'uid-second', createdAt });
  // The garbage collector is not there yet.
  await controller.advance(5_000);
  world.cluster.remove('/apis/plimsoll.dev/v1alpha1/namespaces/shop/trackedimages/deployment.web.app');
  await controller.advance(hours);
  assert.equal(imageIn(world), 'app:1.3.0');
  assert.deepEqual(statusIn(world).history, []);
  assert.equal(deploymentPatches(world).length, 1);
});

test('a hundred rollouts that never become ready give their places up to the healthy one behind them', async () => {
  const world = newWorld();
  world.registry.push(app, '1.2.3');
  world.registry.push(app, '1.3.0');
  const annotations = { ...minor, 'plimsoll.dev/rollout-deadline': '10h' };
  for (let index = 0; index < 100; index++) deploy(world, { name: `stuck-${index}`, annotations });
  const controller = await startController(world, { maxRollouts: 50 });
  world.registry.push('docker.io/library/well', '1.0.0');
  world.registry.push('docker.io/library/well', '1.1.0');
  deploy(world, { name: 'well', annotations, containers: { app: 'well:1.0.0' } });
  await controller.settle();
  assert.equal(deploymentPatches(world).length, 50, 'no more than --max-rollouts at once');
  assert.equal(imageIn(world, 'app', 'well'), 'well:1.0.0');

  // Two turns of those that are stuck, a minute each.
  await controller.advance(2 * minute + 10_000);
  assert.equal(imageIn(world, 'app', 'well'), 'well:1.1.0');
  assert.equal(deploymentPatches(world).length, 101);
});

/** What a person takes along who copies the manifest of a workload. */
function lastUpdateOf(world: World): Readonly<Record<string, string>> {
  const record = {
    container: 'app',
    from: 'app:1.2.3',
    to: 'app:1.3.0',
    digest: digestOf('app:1.3.0'),
    at: statusIn(world).history[0]?.at ?? '',
    policy: 'minor',
  };
  return { 'plimsoll.dev/last-update': JSON.stringify(record) };
}
