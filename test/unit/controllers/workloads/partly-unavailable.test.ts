import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { isJsonObject, type JsonObject, textAt } from '../../../../src/model/json.ts';
import { readUpdateRecords } from '../../../../src/rollout/update-record.ts';
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
  type World,
} from '../../../support/controller-harness.ts';
import { completeStatus } from '../../../support/deployments.ts';
import { putPod } from '../../../support/pods.ts';
import { deadline, minor } from '../../../support/updates.ts';

const app = 'docker.io/library/app';
const verification = 10_000;

afterEach(killControllers);

/** A workload of five replicas, one of which finds no node, and a controller that has just updated it to 1.3.0. */
async function updated(): Promise<{ world: World; controller: ControllerHarness }> {
  const world = newWorld();
  world.registry.push(app, '1.2.3');
  world.registry.push(app, '1.3.0');
  deploy(world, { annotations: minor, replicas: 5 });
  tell(world, { availableReplicas: 4 });
  const controller = await startController(world);
  assert.equal(imageIn(world), 'app:1.3.0');
  return { world, controller };
}

/** Lets the deployment controller say how the present generation stands; what is left out is as after a complete rollout. */
function tell({ cluster }: World, status: JsonObject): void {
  const object = cluster.peek(deploymentPath());
  const metadata = object?.['metadata'];
  assert.ok(object && isJsonObject(metadata));
  const generation = Number(metadata['generation']);
  cluster.put(deploymentPath(), { ...object, status: { ...completeStatus(generation, 5), ...status } });
}

/** A pod of the new image that finds no node. */
function putUnscheduled({ cluster }: World): void {
  const message = '0/4 nodes are available: 4 node(s) did not match pod anti-affinity rules.';
  const condition = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message };
  cluster.put('/api/v1/namespaces/shop/pods/web-pending', {
    kind: 'Pod',
    metadata: { namespace: 'shop', name: 'web-pending', labels: { app: 'web' } },
    spec: { containers: [{ name: 'app', image: 'app:1.3.0' }] },
    status: { phase: 'Pending', conditions: [condition] },
  });
}

const outcomeIn = (world: World) => statusIn(world).history[0]?.outcome;

test('how many were unavailable is remembered where the update is, and in its annotation', async () => {
  const { world } = await updated();
  assert.equal(statusIn(world).history[0]?.unavailableBefore, 1);
  const annotation = textAt(
    world.cluster.peek(deploymentPath()),
    'metadata',
    'annotations',
    'plimsoll.dev/last-update',
  );
  assert.equal(readUpdateRecords(annotation)[0]?.unavailableBefore, 1);
});

test('an update after which no more replicas are missing than before is verified, and holds no later one', async () => {
  const { world, controller } = await updated();
  tell(world, { availableReplicas: 4 });
  putUnscheduled(world);
  await controller.advance(6_000);
  assert.match(statusIn(world).message, /4 of 5 replicas available; 1 was unavailable .*, being verified$/);
  await controller.advance(verification);
  assert.deepEqual([imageIn(world), outcomeIn(world)], ['app:1.3.0', 'Verified']);
  world.registry.push(app, '1.4.0');
  await controller.advance(nextLook);
  assert.equal(imageIn(world), 'app:1.4.0');
});

test('a controller that takes over judges by what was missing before the update', async () => {
  const { world, controller } = await updated();
  tell(world, { availableReplicas: 4 });
  await controller.kill();
  const next = await startController(world);
  await next.advance(4_000 + verification);
  assert.equal(outcomeIn(world), 'Verified');
});

test('a replica that comes up badly while it is verified makes the verification begin again', async () => {
  const { world, controller } = await updated();
  tell(world, { availableReplicas: 4 });
  await controller.advance(6_000);
  putPod(world, { image: 'app:1.3.0', waiting: { reason: 'CrashLoopBackOff', message: '' }, restarts: 1 });
  await controller.advance(verification);
  assert.equal(outcomeIn(world), 'InProgress');
  putPod(world, { image: 'app:1.3.0', ready: true });
  await controller.advance(6_000);
  assert.equal(outcomeIn(world), 'InProgress');
  await controller.advance(verification);
  assert.equal(outcomeIn(world), 'Verified');
});

test('an update that hangs because of what was missing is left, and keeps no newer image from its place', async () => {
  const { world, controller } = await updated();
  tell(world, { updatedReplicas: 2, replicas: 6, availableReplicas: 4, conditions: [] });
  putUnscheduled(world);
  await controller.advance(deadline);
  assert.deepEqual([imageIn(world), outcomeIn(world)], ['app:1.3.0', 'Unverified']);
  const { rejected, reason, message } = statusIn(world);
  assert.deepEqual([rejected, reason], [[], 'BaselineUnhealthy']);
  assert.equal(message, 'app:1.3.0: 2 of 5 replicas updated; 1 was unavailable before the update as well');
  const told = controller.events.events.at(-1);
  assert.equal(told?.reason, 'RolloutUnverified');
  assert.match(told.note, /2 of 5 replicas updated; 1 was unavailable .*; pod web-pending: Unschedulable/);

  world.registry.push(app, '1.3.1');
  await controller.advance(nextLook);
  assert.equal(imageIn(world), 'app:1.3.1');
});

test('an update of all that can be updated, of which a pod is not well, is left and not told as hanging', async () => {
  const { world, controller } = await updated();
  tell(world, { availableReplicas: 4 });
  putPod(world, { image: 'app:1.3.0' });
  await controller.advance(deadline);
  assert.deepEqual([outcomeIn(world), statusIn(world).reason], ['Unverified', 'UpToDate']);
});

test('an update that hung and gets through later is verified', async () => {
  const { world, controller } = await updated();
  tell(world, { updatedReplicas: 2, replicas: 6, availableReplicas: 4 });
  await controller.advance(deadline);
  assert.equal(outcomeIn(world), 'Unverified');
  tell(world, {});
  await controller.advance(verification);
  assert.deepEqual([outcomeIn(world), statusIn(world).reason], ['Verified', 'UpToDate']);
});

test('an update that hung and crashes when it goes on is put back after all', async () => {
  const { world, controller } = await updated();
  tell(world, { updatedReplicas: 2, replicas: 6, availableReplicas: 4 });
  await controller.advance(deadline);
  assert.equal(outcomeIn(world), 'Unverified');
  tell(world, { updatedReplicas: 3, replicas: 5, availableReplicas: 3 });
  putPod(world, { image: 'app:1.3.0', waiting: { reason: 'CrashLoopBackOff', message: '' }, restarts: 3 });
  await controller.advance(60_000);
  assert.deepEqual([imageIn(world), outcomeIn(world)], ['app:1.2.3', 'RolledBack']);
  assert.deepEqual(
    statusIn(world).rejected.map(({ tag }) => tag),
    ['1.3.0'],
  );
});

test('an update whose pods run and are not ready is put back, although no more are missing than before', async () => {
  const { world, controller } = await updated();
  tell(world, { updatedReplicas: 2, replicas: 6, availableReplicas: 4 });
  putPod(world, { image: 'app:1.3.0' });
  await controller.advance(deadline);
  assert.deepEqual([imageIn(world), outcomeIn(world)], ['app:1.2.3', 'RolledBack']);
});

test('an update that left one more replica missing is put back', async () => {
  const { world, controller } = await updated();
  tell(world, { availableReplicas: 3 });
  await controller.advance(deadline);
  assert.deepEqual([imageIn(world), outcomeIn(world)], ['app:1.2.3', 'RolledBack']);
});

test('an image that crashes fails early, although a replica was missing before', async () => {
  const { world, controller } = await updated();
  tell(world, { updatedReplicas: 2, replicas: 6, availableReplicas: 4 });
  putPod(world, { image: 'app:1.3.0', waiting: { reason: 'CrashLoopBackOff', message: '' }, restarts: 3 });
  await controller.advance(5_000);
  assert.deepEqual([imageIn(world), outcomeIn(world)], ['app:1.2.3', 'RolledBack']);
});
