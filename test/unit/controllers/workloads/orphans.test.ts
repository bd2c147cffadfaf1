import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import {
  type ControllerHarness,
  deploy,
  deploymentPath,
  imageIn,
  killControllers,
  newWorld,
  nextLook,
  startController,
  statusIn,
  trackedPath,
  type World,
} from '../../../support/controller-harness.ts';
import { beginUpdate, finishRollout, minor } from '../../../support/updates.ts';

const app = 'docker.io/library/app';

afterEach(killControllers);

/** Deletes the workload, and leaves its TrackedImage behind, as `kubectl delete --cascade=orphan` does. */
async function orphan(world: World, controller: ControllerHarness): Promise<void> {
  world.cluster.remove(deploymentPath());
  world.cluster.edit(trackedPath(), [{ op: 'remove', path: '/metadata/ownerReferences' }]);
  await controller.settle();
}

test('a way back that a deleted workload had gone does not stop the updates of its successor', async () => {
  const world = newWorld();
  const controller = await beginUpdate(world, { uid: 'first' });
  await finishRollout(world, controller);
  await controller.advance(7_200_000);
  world.cluster.edit(trackedPath(), [{ op: 'add', path: '/spec/rollbackTo', value: '1.2.3' }]);
  await controller.settle();
  assert.equal(statusIn(world).rolledBackTo, '1.2.3');
  await finishRollout(world, controller);

  await orphan(world, controller);
  deploy(world, { uid: 'second', containers: { app: 'app:1.3.0' }, annotations: minor });
  await controller.advance(nextLook);
  assert.equal(statusIn(world).reason, 'UpToDate');
  world.registry.push(app, '1.4.0');
  await controller.advance(nextLook);
  assert.equal(imageIn(world), 'app:1.4.0');
});

for (const [known, others] of [
  ['has to be looked at first', []],
  ['is known already', ['api']],
] as const) {
  test(`a hold outlives its workload, where the repository ${known}`, async () => {
    const world = newWorld();
    for (const tag of ['1.2.3', '1.3.0']) world.registry.push(app, tag);
    for (const name of others)
      deploy(world, { name, annotations: { ...minor, 'plimsoll.dev/mode': 'notify' } });
    const controller = await startController(world);
    await controller.advance(nextLook);
    deploy(world, { uid: 'first', annotations: { ...minor, 'plimsoll.dev/suspend': 'true' } });
    await controller.settle();
    world.cluster.edit(trackedPath(), [{ op: 'add', path: '/spec/hold', value: true }]);
    await controller.settle();

    await orphan(world, controller);
    deploy(world, { uid: 'second', annotations: minor });
    await controller.advance(nextLook);
    assert.deepEqual([imageIn(world), statusIn(world).reason], ['app:1.2.3', 'PersonalHold']);
  });
}
