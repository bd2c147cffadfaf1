import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import {
  completeRollout,
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
import { completeStatus } from '../../../support/deployments.ts';
import { putPod } from '../../../support/pods.ts';
import { beginUpdate, deadline, minor } from '../../../support/updates.ts';

const app = 'docker.io/library/app';

afterEach(killControllers);

test('an image that is not there fails at once, and the pod is named', async () => {
  const world = newWorld();
  const controller = await beginUpdate(world);
  putPod(world, {
    image: 'app:1.3.0',
    waiting: {
      reason: 'ErrImagePull',
      message: 'failed to resolve reference "app:1.3.0": app:1.3.0: not found',
    },
  });
  await controller.advance(5_000);
  assert.equal(imageIn(world), 'app:1.2.3');
  assert.match(statusIn(world).message, /pod web-new: app cannot be pulled: .*not found/);
});

test('a registry that is away for the node is waited for, and the pod is named', async () => {
  const world = newWorld();
  const controller = await beginUpdate(world);
  const message = 'unexpected status from HEAD request: 503 Service Unavailable';
  putPod(world, { image: 'app:1.3.0', waiting: { reason: 'ErrImagePull', message } });
  await controller.advance(10_000);
  assert.equal(imageIn(world), 'app:1.3.0');
  assert.equal(statusIn(world).reason, 'RollingOut');
  assert.match(statusIn(world).message, /pod web-new: app cannot be pulled: .*503/);
});

test('pods of the old image that crash are not held against the new one', async () => {
  const world = newWorld();
  const controller = await beginUpdate(world);
  putPod(world, { image: 'app:1.2.3', waiting: { reason: 'CrashLoopBackOff', message: '' }, restarts: 9 });
  await controller.advance(60_000);
  assert.equal(imageIn(world), 'app:1.3.0');
});

/** What the Deployment says of its replicas while pods come and go. */
function available(world: World, replicas: number): void {
  world.cluster.edit(deploymentPath(), [
    { op: 'replace', path: '/status/availableReplicas', value: replicas },
  ]);
}

test('a container that is ready as long as it runs is caught when it is down, be it for a moment', async () => {
  const world = newWorld();
  const controller = await beginUpdate(world);
  completeRollout(world);
  await controller.advance(5_000);
  putPod(world, { image: 'app:1.3.0', waiting: { reason: 'CrashLoopBackOff', message: '' }, restarts: 3 });
  available(world, 0);
  await controller.advance(200);
  assert.equal(imageIn(world), 'app:1.2.3');
});

test('a container that ends for the fourth time only after minutes is seen to do so within seconds', async () => {
  const world = newWorld();
  const controller = await beginUpdate(world);
  await controller.advance(8 * 60_000);
  putPod(world, { image: 'app:1.3.0', waiting: { reason: 'CrashLoopBackOff', message: '' }, restarts: 3 });
  await controller.advance(5_000);
  assert.equal(imageIn(world), 'app:1.2.3');
});

test('pods that come and go all the time, so that no progress lasts, put no look off for long', async () => {
  const world = newWorld();
  const controller = await beginUpdate(world);
  completeRollout(world);
  putPod(world, { image: 'app:1.3.0', waiting: { reason: 'CrashLoopBackOff', message: '' }, restarts: 3 });
  for (let step = 0; step < 8; step++) {
    available(world, step % 2);
    await controller.advance(500);
  }
  assert.equal(imageIn(world), 'app:1.2.3');
});

test('a pod whose image was rewritten for a mirror is known by its tag', async () => {
  const world = newWorld();
  const controller = await beginUpdate(world);
  const waiting = { reason: 'CrashLoopBackOff', message: '' };
  putPod(world, { image: 'mirror.local:5000/hub/app:1.3.0', waiting, restarts: 3 });
  await controller.advance(5_000);
  assert.equal(imageIn(world), 'app:1.2.3');
});

test('of two containers only the one that fails is rejected, and both are put back', async () => {
  const world = newWorld();
  world.registry.push(app, '1.2.3');
  world.registry.push('docker.io/library/side', '1.0.0');
  const annotations = { ...minor, 'plimsoll.dev/mode': 'notify' };
  deploy(world, { annotations, containers: { app: 'app:1.2.3', side: 'side:1.0.0' } });
  const controller = await startController(world);
  world.registry.push(app, '1.3.0');
  world.registry.push('docker.io/library/side', '1.1.0');
  await controller.advance(nextLook);
  world.cluster.edit(deploymentPath(), [{ op: 'remove', path: '/metadata/annotations/plimsoll.dev~1mode' }]);
  await controller.settle();
  assert.equal(imageIn(world, 'side'), 'side:1.1.0');
  putPod(world, {
    image: 'side:1.1.0',
    container: 'side',
    waiting: { reason: 'CrashLoopBackOff', message: '' },
    restarts: 3,
  });
  await controller.advance(5_000);
  assert.deepEqual([imageIn(world), imageIn(world, 'side')], ['app:1.2.3', 'side:1.0.0']);
  assert.deepEqual([statusIn(world).rejected.length, statusIn(world, 'side').rejected.length], [0, 1]);
  completeRollout(world);
  await controller.advance(5_000);
  assert.deepEqual([imageIn(world), imageIn(world, 'side')], ['app:1.3.0', 'side:1.0.0']);
});

test('what was unhealthy before is told and not judged', async () => {
  const world = newWorld();
  world.registry.push(app, '1.2.3');
  deploy(world, { annotations: minor });
  const object = world.cluster.peek(deploymentPath());
  assert.ok(object);
  const status = { ...completeStatus(1, 2), availableReplicas: 0 };
  world.cluster.put(deploymentPath(), { ...object, status });
  const controller = await startController(world);
  world.registry.push(app, '1.3.0');
  await controller.advance(nextLook);
  assert.equal(statusIn(world).reason, 'BaselineUnhealthy');
  await controller.advance(deadline);
  assert.equal(imageIn(world), 'app:1.3.0');
  assert.equal(statusIn(world).history[0]?.outcome, 'Unverified');
});

test('three undos within a day close the gate of the namespace, and one retry opens it', async () => {
  const world = newWorld();
  const names = ['one', 'two', 'three'];
  for (const name of names) deploy(world, { name, annotations: minor });
  deploy(world, { name: 'four', annotations: minor, containers: { app: 'other:1.0.0' } });
  world.registry.push(app, '1.3.0');
  const other = 'docker.io/library/other';
  world.registry.push(other, '1.0.0');
  const controller = await startController(world);
  await controller.advance(deadline);
  for (const name of names) assert.equal(statusIn(world, 'app', name).reason, 'RolledBack');
  world.registry.push(other, '1.1.0');
  await controller.advance(nextLook);
  const held = statusIn(world, 'app', 'four');
  assert.deepEqual([held.reason, held.candidate], ['TooManyRollbacks', '1.1.0']);
  assert.match(held.message, /opens at 2026-01-02T/);

  world.cluster.edit(trackedPath('app', 'two'), [
    { op: 'add', path: '/spec/retry', value: '2026-01-01T02:00:00Z' },
  ]);
  await controller.advance(60_000);
  assert.equal(imageIn(world, 'app', 'four'), 'other:1.1.0');
});
