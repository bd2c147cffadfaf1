import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import {
  ControllerHarness,
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
import { kubeError } from '../../../support/fake-kube-client.ts';

const app = 'docker.io/library/app';
const minor = { 'plimsoll.dev/policy': 'minor' };

afterEach(killControllers);

/** Lets every list of pods fail. */
function hidePods(world: World): void {
  world.cluster.before = ({ path }) => {
    if (path.endsWith('/pods')) throw kubeError('Forbidden', 'pods may not be listed');
  };
}

function isTold(world: World, container = 'app', name = 'web'): boolean {
  return world.cluster.peek(trackedPath(container, name))?.['status'] !== undefined;
}

test('what can be said is told although pods cannot be asked', async () => {
  const world = newWorld();
  const digest = world.registry.push(app, '1.2.3');
  world.registry.push('docker.io/library/side', '1.0.0');
  const containers = { app: 'app:1.2.3', side: 'side:1.0.0' };
  deploy(world, { annotations: minor, containers }, { app: digest });
  hidePods(world);
  const controller = await startController(world);
  await controller.advance(6_000);
  for (const container of ['app', 'side']) assert.equal(statusIn(world, container).reason, 'UpToDate');
  await controller.advance(60_000);
  assert.match(controller.failures.join(), /pods may not be listed/, 'and what is wrong stays visible');
});

test('a container that is new beside one whose rollout is followed is told although pods cannot be asked', async () => {
  const world = newWorld();
  world.registry.push(app, '1.2.3');
  world.registry.push(app, '1.3.0');
  const digest = world.registry.push('docker.io/library/side', '1.0.0');
  const policies = { 'plimsoll.dev/policy.app': 'minor', 'plimsoll.dev/policy.side': 'none' };
  const containers = { app: 'app:1.2.3', side: 'side:1.0.0' };
  deploy(world, { annotations: policies, containers }, { side: digest });
  const controller = await startController(world);
  assert.equal(imageIn(world), 'app:1.3.0');
  hidePods(world);
  const { signal } = new AbortController();
  const annotations = { ...policies, 'plimsoll.dev/policy.side': 'minor' };
  const status = { observedGeneration: 2, updatedReplicas: 1, replicas: 3 };
  await world.cluster.patch(
    deploymentPath(),
    { metadata: { annotations }, status },
    { type: 'merge', signal },
  );
  await controller.advance(20_000);
  assert.equal(isTold(world, 'side'), true);
});

test('nobody waits for a registry that takes long', async () => {
  const world = newWorld();
  world.registry.push(app, '1.2.3');
  world.registry.before = async (asked) => {
    if (asked.startsWith('digest')) await world.clock.sleep(60_000);
  };
  deploy(world, { annotations: minor });
  const controller = new ControllerHarness(world);
  await world.clock.advance(4_000);
  assert.equal(isTold(world), false, 'it may still be quick');
  await world.clock.advance(2_000);
  assert.equal(statusIn(world).reason, 'UpToDate');
  world.registry.before = () => undefined;
  await controller.advance(60_000);
  assert.notEqual(statusIn(world).digest, undefined);
});

const newest = { 'plimsoll.dev/policy': 'newest', 'plimsoll.dev/allow-tags': 'glob:build-*' };

test('images whose time of making has to be looked up are looked up at once', async () => {
  const world = newWorld();
  for (const tag of ['build-1', 'build-2']) world.registry.push('ghcr.io/shop/app', tag);
  deploy(world, { annotations: newest, containers: { app: 'ghcr.io/shop/app:build-1' } });
  const controller = await startController(world);
  await controller.advance(10_000);
  assert.equal(statusIn(world).reason, 'NoTimes', 'these images say nothing of time');
});

test('that a registry lists no times is learnt also where its list was known before', async () => {
  const world = newWorld();
  for (const tag of ['build-1', 'build-2', '1.2.3']) world.registry.push(app, tag);
  deploy(world, { name: 'one', annotations: minor, containers: { app: 'app:1.2.3' } });
  const controller = await startController(world);
  deploy(world, { name: 'two', annotations: newest, containers: { app: 'app:build-1' } });
  await controller.settle();
  await controller.advance(10_000);
  assert.equal(statusIn(world, 'app', 'two').reason, 'NoTimes');
});
