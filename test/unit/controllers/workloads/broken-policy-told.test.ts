import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import {
  deploy,
  deploymentPath,
  killControllers,
  newWorld,
  nextLook,
  startController,
  statusIn,
  trackedPath,
  type World,
} from '../../../support/controller-harness.ts';

afterEach(killControllers);

/** A workload with an init container. */
function open(annotations: Readonly<Record<string, string>>): World {
  const world = newWorld();
  world.registry.push('docker.io/library/app', '1.2.3');
  world.registry.push('docker.io/library/migrate', '1.0.0');
  deploy(world, { annotations, initContainers: { migrate: 'migrate:1.0.0' } });
  return world;
}

test('a broken policy is told on an init container that is followed, and its handles are answered', async () => {
  const world = open({ 'plimsoll.dev/policy.migrate': 'minor' });
  const controller = await startController(world);
  await controller.advance(nextLook);
  assert.equal(statusIn(world, 'migrate').reason, 'UpToDate');

  world.cluster.edit(deploymentPath(), [
    { op: 'add', path: '/metadata/annotations/plimsoll.dev~1widnow.migrate', value: 'x' },
  ]);
  await controller.settle();
  assert.equal(statusIn(world, 'migrate').reason, 'InvalidPolicy');
  assert.match(statusIn(world, 'migrate').message, /did you mean "window"/);
  assert.equal(statusIn(world, 'app').reason, 'InvalidPolicy');

  world.cluster.edit(trackedPath('migrate'), [{ op: 'add', path: '/spec/hold', value: true }]);
  await controller.settle();
  assert.equal(statusIn(world, 'migrate').observedGeneration, 2);
});

test('a broken policy is not told on an init container that nobody asked to follow', async () => {
  const world = open({ 'plimsoll.dev/policy': 'minor', 'plimsoll.dev/widnow': 'x' });
  await startController(world);
  assert.equal(statusIn(world, 'app').reason, 'InvalidPolicy');
  assert.equal(world.cluster.peek(trackedPath('migrate')), undefined);
});
