import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { compileImagePolicy } from '../../../../src/policy/image-policy.ts';
import {
  deploy,
  imageIn,
  killControllers,
  newWorld,
  startController,
  statusIn,
  type World,
} from '../../../support/controller-harness.ts';
import { anImagePolicy } from '../../../support/image-policies.ts';
import { putPod } from '../../../support/pods.ts';
import { deadline } from '../../../support/updates.ts';

afterEach(killControllers);

/** Two containers that were just updated together; what fails of `app` is to stand, what fails of `side` is not. */
async function updatedTogether(world: World) {
  const common = { selector: {}, policy: 'minor', rolloutDeadline: '10m' };
  const imagePolicies = [
    anImagePolicy('stands', { ...common, containers: ['app'], rollback: 'never' }),
    anImagePolicy('goes-back', { ...common, containers: ['side'] }),
  ].map(compileImagePolicy);
  for (const name of ['app', 'side'])
    for (const tag of ['1.2.3', '1.3.0']) world.registry.push(`docker.io/library/${name}`, tag);
  deploy(world, { containers: { app: 'app:1.2.3', side: 'side:1.2.3' } });
  const around = () => ({ namespaceAnnotations: {}, imagePolicies });
  const controller = await startController(world, { around });
  assert.deepEqual([imageIn(world), imageIn(world, 'side')], ['app:1.3.0', 'side:1.3.0']);
  return controller;
}

test('a container that nothing is known against stays with the one that failed and is to stand', async () => {
  const world = newWorld();
  const controller = await updatedTogether(world);
  putPod(world, { image: 'app:1.3.0', waiting: { reason: 'InvalidImageName', message: 'no name' } });
  await controller.advance(10_000);
  assert.deepEqual([imageIn(world), imageIn(world, 'side')], ['app:1.3.0', 'side:1.3.0']);
  for (const name of ['app', 'side']) {
    assert.equal(statusIn(world, name).reason, 'RolloutFailed');
    assert.deepEqual(statusIn(world, name).rejected, []);
  }
});

test('the undo of one container is not taken for a change that ended the rollout of the other', async () => {
  const world = newWorld();
  const controller = await updatedTogether(world);
  await controller.advance(deadline);
  await controller.advance(60_000);
  assert.deepEqual([imageIn(world), imageIn(world, 'side')], ['app:1.3.0', 'side:1.2.3']);
  assert.equal(statusIn(world).history[0]?.outcome, 'Failed');
  assert.equal(statusIn(world).reason, 'RolloutFailed');
  assert.equal(statusIn(world, 'side').history[0]?.outcome, 'RolledBack');
  assert.ok(!controller.events.reasons.includes('RolloutSuperseded'));
});
