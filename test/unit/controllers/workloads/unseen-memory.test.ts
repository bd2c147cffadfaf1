import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import {
  completeRollout,
  deploy,
  deploymentPatches,
  imageIn,
  killControllers,
  newWorld,
  startController,
  statusIn,
  trackedPath,
  type World,
} from '../../../support/controller-harness.ts';
import { putPod } from '../../../support/pods.ts';
import { deadline, minor } from '../../../support/updates.ts';

afterEach(killControllers);

/** A workload that was just updated to 1.3.0, while the watch brings no memory until it is told to. */
async function updatedUnseen(world: World) {
  for (const tag of ['1.2.3', '1.3.0']) world.registry.push('docker.io/library/app', tag);
  const controller = await startController(world);
  const bring = world.cluster.changed;
  world.cluster.changed = (object, gone) => {
    if (object['kind'] !== 'TrackedImage') bring(object, gone);
  };
  deploy(world, { annotations: minor });
  await controller.settle();
  assert.equal(imageIn(world), 'app:1.3.0');
  const catchUp = async () => {
    world.cluster.changed = bring;
    const memory = world.cluster.peek(trackedPath());
    assert.ok(memory);
    bring(memory, false);
    await controller.settle();
  };
  return { controller, catchUp };
}

test('what is followed stays followed while the watch has not brought its memory', async () => {
  const world = newWorld();
  const { controller, catchUp } = await updatedUnseen(world);
  for (const _look of [1, 2, 3, 4]) {
    await controller.advance(5_000);
    await controller.poke();
    const { history, reason } = statusIn(world);
    assert.deepEqual([history.map(({ outcome }) => outcome), reason], [['InProgress'], 'RollingOut']);
  }
  await catchUp();
  await controller.advance(deadline);
  assert.equal(imageIn(world), 'app:1.2.3', 'its deadline counts as ever');
  assert.equal(statusIn(world).history[0]?.outcome, 'RolledBack');
  assert.equal(statusIn(world).rejected.length, 1);
});

test('an image that was rejected is not applied again while the watch has not brought that', async () => {
  const world = newWorld();
  const { controller, catchUp } = await updatedUnseen(world);
  putPod(world, { image: 'app:1.3.0', waiting: { reason: 'InvalidImageName', message: 'no name' } });
  await controller.advance(4_000);
  assert.equal(imageIn(world), 'app:1.2.3');
  world.cluster.remove('/api/v1/namespaces/shop/pods/web-new');
  completeRollout(world);
  await controller.settle();
  for (const _look of [1, 2, 3, 4]) {
    await controller.advance(6_500);
    await controller.poke();
    assert.equal(statusIn(world).rejected.length, 1);
  }
  await catchUp();
  await controller.advance(20_000);
  assert.equal(deploymentPatches(world).length, 2, 'the update and its undo');
  assert.deepEqual([imageIn(world), statusIn(world).reason], ['app:1.2.3', 'RolledBack']);
});
