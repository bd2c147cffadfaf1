import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import {
  completeRollout,
  deploy,
  deploymentPath,
  imageIn,
  killControllers,
  newWorld,
  startController,
  statusIn,
  trackedPath,
  type World,
} from '../../../support/controller-harness.ts';
import { beginUpdate, deadline, minor } from '../../../support/updates.ts';

const app = 'docker.io/library/app';
const verification = 10_000;

afterEach(killControllers);

/** A workload whose update to 1.3.0 has missed its deadline and was left as it is. */
async function failed() {
  const world = newWorld();
  const controller = await beginUpdate(world, { annotations: { 'plimsoll.dev/rollback': 'never' } });
  await controller.advance(deadline);
  assert.deepEqual([imageIn(world), statusIn(world).reason], ['app:1.3.0', 'RolloutFailed']);
  return { world, controller };
}

const outcomeIn = (world: World) => statusIn(world).history[0]?.outcome;

test('an update that missed its deadline and works later is verified, and told so once', async () => {
  const { world, controller } = await failed();
  completeRollout(world);
  await controller.advance(verification - 1);
  assert.equal(outcomeIn(world), 'Failed');
  await controller.advance(1);
  assert.deepEqual([outcomeIn(world), statusIn(world).reason], ['Verified', 'UpToDate']);
  await controller.advance(3_600_000);
  assert.deepEqual(controller.events.reasons, ['UpdateApplied', 'RolloutFailed', 'RolloutVerified']);
  assert.match(controller.events.events.at(-1)?.note ?? '', /2 of 2 replicas available; it works after all$/);
  assert.deepEqual([...controller.reconciler.troubled], []);
});

test('one that falls back before it has been healthy for long enough has failed still, for the same cause', async () => {
  const { world, controller } = await failed();
  const before = statusIn(world).message;
  completeRollout(world);
  await controller.advance(verification - 1);
  world.cluster.edit(deploymentPath(), [{ op: 'replace', path: '/status/availableReplicas', value: 1 }]);
  await controller.advance(60_000);
  assert.deepEqual([outcomeIn(world), statusIn(world).message], ['Failed', before]);
});

test('what works after all is not rejected any more, and does not count against its namespace', async () => {
  const world = newWorld();
  const controller = await beginUpdate(world);
  world.cluster.edit(trackedPath(), [{ op: 'add', path: '/spec/hold', value: true }]);
  await controller.advance(deadline);
  assert.deepEqual(
    [imageIn(world), statusIn(world).rejected.map(({ tag }) => tag)],
    ['app:1.3.0', ['1.3.0']],
  );
  completeRollout(world);
  await controller.advance(verification);
  assert.deepEqual([outcomeIn(world), statusIn(world).rejected], ['Verified', []]);
  world.cluster.edit(trackedPath(), [{ op: 'remove', path: '/spec/hold' }]);
  await controller.advance(60_000);
  assert.equal(imageIn(world), 'app:1.3.0');
});

test('a workload that was ill before its update and becomes healthy later is verified', async () => {
  const world = newWorld();
  world.registry.push(app, '1.2.3');
  deploy(world, { annotations: minor });
  world.cluster.edit(deploymentPath(), [{ op: 'replace', path: '/status/availableReplicas', value: 0 }]);
  world.registry.push(app, '1.3.0');
  const controller = await startController(world);
  await controller.advance(deadline);
  assert.equal(outcomeIn(world), 'Unverified');
  completeRollout(world);
  await controller.advance(verification);
  assert.equal(outcomeIn(world), 'Verified');
});

test('a workload that is scaled to zero has not recovered', async () => {
  const { world, controller } = await failed();
  world.cluster.edit(deploymentPath(), [{ op: 'replace', path: '/spec/replicas', value: 0 }]);
  completeRollout(world);
  await controller.advance(60_000);
  assert.equal(outcomeIn(world), 'Failed');
});
