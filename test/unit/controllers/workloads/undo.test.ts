import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import {
  completeRollout,
  deploy,
  deploymentPatches,
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
import { kubeError } from '../../../support/fake-kube-client.ts';
import { digestOf } from '../../../support/fake-registry.ts';
import { putPod } from '../../../support/pods.ts';
import { beginUpdate, deadline, minor } from '../../../support/updates.ts';

const app = 'docker.io/library/app';

afterEach(killControllers);

function edit(world: World, field: string, value: unknown): void {
  world.cluster.edit(trackedPath(), [{ op: 'add', path: `/spec/${field}`, value }]);
}

test('a rollout that misses its deadline is put back and not tried again', async () => {
  const world = newWorld();
  const controller = await beginUpdate(world);
  await controller.advance(deadline);
  assert.equal(imageIn(world), 'app:1.2.3');
  const status = statusIn(world);
  assert.deepEqual([status.state, status.reason], ['RolledBack', 'RolledBack']);
  assert.match(status.message, /app:1\.3\.0 was put back to app:1\.2\.3: not complete within its deadline/);
  assert.deepEqual(
    status.history.map(({ from, to, outcome }) => [from, to, outcome]),
    [['app:1.2.3', 'app:1.3.0', 'RolledBack']],
  );
  assert.deepEqual(controller.events.reasons, ['UpdateApplied', 'RolloutFailed', 'RolledBack']);
  assert.equal(controller.metrics.count('rollback shop applied'), 1);

  completeRollout(world);
  await controller.advance(3_600_000);
  assert.equal(imageIn(world), 'app:1.2.3');
  assert.equal(deploymentPatches(world).length, 2);
  assert.equal(statusIn(world).state, 'RolledBack');
  assert.deepEqual([...controller.reconciler.troubled], ['Deployment/shop/web']);
});

test('something newer than what failed still comes', async () => {
  const world = newWorld();
  const controller = await beginUpdate(world);
  await controller.advance(deadline);
  completeRollout(world);
  world.registry.push(app, '1.3.1');
  await controller.advance(nextLook);
  assert.equal(imageIn(world), 'app:1.3.1');
});

test('the next best tag is taken once what was put back runs again', async () => {
  const world = newWorld();
  world.registry.push(app, '1.2.9');
  const controller = await beginUpdate(world);
  await controller.advance(deadline);
  assert.equal(imageIn(world), 'app:1.2.3');
  completeRollout(world);
  await controller.advance(5_000);
  assert.equal(imageIn(world), 'app:1.2.9');
});

test('a tag that failed comes back when it means something else', async () => {
  const world = newWorld();
  const controller = await beginUpdate(world);
  await controller.advance(deadline);
  completeRollout(world);
  world.registry.push(app, '1.3.0', digestOf('mended'));
  await controller.advance(nextLook);
  assert.equal(imageIn(world), 'app:1.3.0');
});

test('a tag that failed comes back when a person says retry', async () => {
  const world = newWorld();
  const controller = await beginUpdate(world);
  await controller.advance(deadline);
  completeRollout(world);
  edit(world, 'retry', '2026-01-01T01:00:00Z');
  await controller.settle();
  assert.equal(imageIn(world), 'app:1.3.0');
  assert.deepEqual(statusIn(world).rejected, []);
});

test('a skipped tag is passed over', async () => {
  const world = newWorld();
  world.registry.push(app, '1.2.3');
  deploy(world, { annotations: minor });
  const controller = await startController(world);
  edit(world, 'skip', ['1.3.0']);
  world.registry.push(app, '1.3.0');
  await controller.advance(nextLook);
  assert.deepEqual([imageIn(world), statusIn(world).reason], ['app:1.2.3', 'Skipped']);
  world.registry.push(app, '1.2.4');
  await controller.advance(nextLook);
  assert.equal(imageIn(world), 'app:1.2.4');
});

test('the rejection is remembered before the undo is written', async () => {
  const world = newWorld();
  const controller = await beginUpdate(world);
  const seen: string[] = [];
  world.cluster.before = ({ method, path }) => {
    if (method === 'PATCH' && path === deploymentPath())
      seen.push(...statusIn(world).rejected.map(({ tag }) => tag));
  };
  await controller.advance(deadline);
  assert.deepEqual(seen, ['1.3.0']);
});

test('a controller that dies between the rejection and the undo goes on with the undo', async () => {
  const world = newWorld();
  const first = await beginUpdate(world);
  world.cluster.before = ({ method, path }) => {
    if (method === 'PATCH' && path === deploymentPath()) throw kubeError('Unavailable', 'no answer');
  };
  await first.advance(deadline);
  await first.kill();
  assert.deepEqual([imageIn(world), statusIn(world).history[0]?.outcome], ['app:1.3.0', 'Failed']);

  world.cluster.before = () => undefined;
  await startController(world);
  assert.deepEqual([imageIn(world), statusIn(world).reason], ['app:1.2.3', 'RolledBack']);
});

test('a controller that dies between the undo and its status knows that it was its own', async () => {
  const world = newWorld();
  const first = await beginUpdate(world);
  let undone = false;
  world.cluster.after = ({ path }) => {
    undone ||= path === deploymentPath();
    if (undone) throw kubeError('Aborted', 'the controller is dead');
  };
  world.cluster.before = ({ path }) => {
    if (undone && path.includes('trackedimages')) throw kubeError('Aborted', 'the controller is dead');
  };
  await first.advance(deadline);
  await first.kill();
  world.cluster.before = () => undefined;
  world.cluster.after = () => undefined;
  assert.deepEqual([imageIn(world), statusIn(world).history[0]?.outcome], ['app:1.2.3', 'Failed']);

  const second = await startController(world);
  assert.deepEqual(
    [statusIn(world).reason, statusIn(world).history[0]?.outcome],
    ['RolledBack', 'RolledBack'],
  );
  completeRollout(world);
  await second.advance(3_600_000);
  assert.equal(imageIn(world), 'app:1.2.3');
});

test('an undo never goes over what somebody else wrote', async () => {
  const world = newWorld();
  const controller = await beginUpdate(world);
  world.cluster.before = ({ method, path }) => {
    if (method !== 'PATCH' || path !== deploymentPath()) return;
    world.cluster.before = () => undefined;
    world.cluster.edit(path, [
      { op: 'replace', path: '/spec/template/spec/containers/0/image', value: 'app:1.9.0' },
    ]);
  };
  await controller.advance(deadline);
  assert.equal(imageIn(world), 'app:1.9.0');
  assert.equal(controller.metrics.count('rollback shop conflict'), 1);
});

for (const [what, hold] of [
  ['a suspended workload', { op: 'add', path: '/metadata/annotations/plimsoll.dev~1suspend', value: 'true' }],
  ['a paused workload', { op: 'add', path: '/spec/paused', value: true }],
] as const) {
  test(`${what} is not put back until it is let go, and says so`, async () => {
    const world = newWorld();
    const controller = await beginUpdate(world);
    world.cluster.edit(deploymentPath(), [hold]);
    putPod(world, { image: 'app:1.3.0', waiting: { reason: 'InvalidImageName', message: 'no name' } });
    await controller.advance(5_000);
    assert.equal(imageIn(world), 'app:1.3.0');
    assert.equal(statusIn(world).reason, 'RolloutFailed');
    assert.match(statusIn(world).message, /not put back: /);
    world.cluster.edit(deploymentPath(), [{ op: 'remove', path: hold.path }]);
    await controller.settle();
    assert.equal(imageIn(world), 'app:1.2.3');
  });
}

test('a failure that was to stand is rejected when somebody asks for its undo after all', async () => {
  const world = newWorld();
  const controller = await beginUpdate(world, { annotations: { 'plimsoll.dev/rollback': 'never' } });
  await controller.advance(deadline);
  assert.deepEqual([imageIn(world), statusIn(world).rejected], ['app:1.3.0', []]);
  world.cluster.edit(deploymentPath(), [
    { op: 'remove', path: '/metadata/annotations/plimsoll.dev~1rollback' },
  ]);
  await controller.settle();
  assert.equal(imageIn(world), 'app:1.2.3');
  completeRollout(world);
  await controller.advance(3_600_000);
  assert.equal(imageIn(world), 'app:1.2.3');
  assert.equal(deploymentPatches(world).length, 2);
});

test('a refused undo is told, and rests before it is tried again', async () => {
  const world = newWorld();
  const controller = await beginUpdate(world);
  world.cluster.before = ({ method, path }) => {
    if (method === 'PATCH' && path === deploymentPath()) throw kubeError('Invalid', 'denied by policy');
  };
  await controller.advance(deadline + 10);
  assert.match(statusIn(world).message, /not put back: denied by policy/);
  const tried = deploymentPatches(world).length;
  await controller.advance(20_000);
  assert.equal(deploymentPatches(world).length, tried);
  world.cluster.before = () => undefined;
  await controller.advance(120_000);
  assert.equal(imageIn(world), 'app:1.2.3');
});

test('after the undo of a restart the old digest is pinned', async () => {
  const world = newWorld();
  const old = world.registry.push(app, 'latest');
  const annotations = { 'plimsoll.dev/policy': 'digest', 'plimsoll.dev/rollout-deadline': '10m' };
  deploy(world, { annotations, containers: { app: ['app', 'Always'] } }, { app: old });
  const controller = await startController(world);
  world.registry.push(app, 'latest', digestOf('bad'));
  await controller.advance(nextLook);
  assert.equal(deploymentPatches(world).length, 1);
  await controller.advance(deadline);
  assert.equal(imageIn(world), `app:latest@${old}`);
  assert.equal(statusIn(world).reason, 'RolledBack');
  completeRollout(world);
  await controller.advance(3_600_000);
  assert.equal(deploymentPatches(world).length, 2);
  world.registry.push(app, 'latest', digestOf('mended'));
  await controller.advance(nextLook);
  assert.equal(imageIn(world), `app:latest@${digestOf('mended')}`);
});
