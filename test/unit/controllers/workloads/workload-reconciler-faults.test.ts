import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import {
  completeRollout,
  ControllerHarness,
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

const app = 'docker.io/library/app';
const minor = { 'plimsoll.dev/policy': 'minor' };

afterEach(killControllers);

test('a workload that somebody changed meanwhile is decided on anew', async () => {
  const world = newWorld();
  world.registry.push(app, '1.3.0');
  deploy(world, { annotations: minor });
  let edited = false;
  world.cluster.before = ({ method, path }) => {
    if (method !== 'PATCH' || path !== deploymentPath() || edited) return;
    edited = true;
    // The watch is late: what somebody wrote is not in the cache.
    const { changed } = world.cluster;
    world.cluster.changed = () => undefined;
    world.cluster.edit(path, [
      { op: 'add', path: '/metadata/annotations/plimsoll.dev~1suspend', value: 'true' },
    ]);
    world.cluster.changed = changed;
  };
  const controller = await startController(world);
  assert.equal(imageIn(world), 'app:1.2.3');
  assert.equal(controller.metrics.count('update shop conflict'), 1);
  await controller.advance(1_000);
  assert.equal(statusIn(world).reason, 'Suspended');
  assert.equal(deploymentPatches(world).length, 1);
});

test('a precondition that is lost again and again is not raced', async () => {
  const world = newWorld();
  world.registry.push(app, '1.3.0');
  deploy(world, { annotations: minor });
  let turn = 0;
  world.cluster.before = ({ method, path }) => {
    if (method !== 'PATCH' || path !== deploymentPath()) return;
    const image = `app:1.2.${turn++}`;
    world.cluster.edit(path, [
      { op: 'replace', path: '/spec/template/spec/containers/0/image', value: image },
    ]);
    completeRollout(world);
  };
  const { changed } = world.cluster;
  const controller = new ControllerHarness(world);
  world.cluster.changed = changed;
  await controller.advance(60_000);
  const tried = deploymentPatches(world).length;
  assert.ok(tried > 2 && tried < 15, `${tried} patches in a minute`);
});

test('a genuine refusal is told once and rests longer each time', async () => {
  const world = newWorld();
  world.registry.push(app, '1.3.0');
  deploy(world, { annotations: minor });
  refusePatches(world);
  const controller = await startController(world);
  await controller.advance(1);
  assert.equal(statusIn(world).reason, 'WriteDenied');
  assert.match(statusIn(world).message, /denied by policy/);
  assert.equal(statusIn(world).candidate, '1.3.0');

  await controller.advance(3_600_000);
  const tried = deploymentPatches(world).length;
  assert.ok(tried >= 7 && tried <= 16, `${tried} patches in an hour`);
  assert.deepEqual(controller.events.reasons, ['WriteDenied']);
  assert.deepEqual(controller.failures, []);
});

test('after a refusal another candidate is tried at once', async () => {
  const world = newWorld();
  world.registry.push(app, '1.3.0');
  deploy(world, { annotations: minor });
  refusePatches(world);
  const controller = await startController(world);
  await controller.advance(1_000_000);
  world.cluster.before = () => undefined;
  world.registry.push(app, '1.3.1');
  world.cluster.edit(trackedPath(), [{ op: 'add', path: '/spec/checkAt', value: '2026-01-02T00:00:00Z' }]);
  await controller.settle();
  assert.equal(imageIn(world), 'app:1.3.1');
});

test('a refused update that is no longer wanted leaves nothing to do', async () => {
  const world = newWorld();
  world.registry.push(app, '1.3.0');
  deploy(world, { annotations: minor });
  refusePatches(world);
  const controller = await startController(world);
  await controller.advance(1);
  world.cluster.edit(deploymentPath(), [
    { op: 'add', path: '/metadata/annotations/plimsoll.dev~1mode', value: 'notify' },
  ]);
  await controller.advance(120_000);
  const before = controller.metrics.count('queue workloads added');
  await controller.advance(3_600_000);
  assert.ok(controller.metrics.count('queue workloads added') - before < 30);
  assert.equal(statusIn(world).reason, 'NotifyOnly');
});

test('a controller that dies between patch and status repeats nothing, remembers, and has it told', async () => {
  const world = newWorld();
  const digest = world.registry.push(app, '1.3.0');
  deploy(world, { annotations: minor });
  const first = new ControllerHarness(world);
  world.cluster.after = async ({ path }) => {
    if (path !== deploymentPath()) return;
    world.cluster.after = () => undefined;
    world.cluster.before = () => {
      throw new Error('the controller is dead');
    };
  };
  await first.settle();
  await first.kill();
  assert.equal(imageIn(world), 'app:1.3.0');
  assert.equal(world.cluster.peek(trackedPath())?.['status'], undefined);

  world.cluster.before = () => undefined;
  const second = await startController(world);
  assert.equal(statusIn(world).reason, 'RollingOut');
  completeRollout(world);
  await second.advance(10_000);
  const { history, digest: known, reason } = statusIn(world);
  assert.deepEqual(
    history.map(({ from, to, outcome }) => [from, to, outcome]),
    [['app:1.2.3', 'app:1.3.0', 'Verified']],
  );
  assert.equal(known, digest);
  assert.equal(reason, 'UpToDate');
  assert.deepEqual([...first.events.reasons, ...second.events.reasons], ['UpdateApplied', 'RolloutVerified']);
  assert.equal(deploymentPatches(world).length, 1);
});

test('a patch whose answer is lost is not sent a second time', async () => {
  const world = newWorld();
  world.registry.push(app, '1.3.0');
  deploy(world, { annotations: minor });
  let lost = false;
  world.cluster.after = ({ path }) => {
    if (path !== deploymentPath() || lost) return;
    lost = true;
    throw new Error('the connection broke');
  };
  const controller = await startController(world);
  await controller.advance(2_000);
  assert.equal(statusIn(world).reason, 'RollingOut');
  assert.equal(statusIn(world).history.length, 1);
  assert.equal(deploymentPatches(world).length, 1);
  assert.equal(controller.metrics.count('update shop failed'), 1);
});

test('an undo by kubectl, which brings the old annotation back, is not taken for an update of ours', async () => {
  const world = newWorld();
  world.registry.push(app, '1.3.0');
  deploy(world, { annotations: { ...minor, 'plimsoll.dev/mode': 'auto' } });
  const controller = await startController(world);
  completeRollout(world);
  await controller.advance(10_000);
  const written = world.cluster.peek(deploymentPath());
  world.registry.push(app, '1.4.0');
  await controller.advance(nextLook);
  completeRollout(world);
  await controller.advance(10_000);
  assert.equal(imageIn(world), 'app:1.4.0');

  assert.ok(written);
  world.cluster.edit(trackedPath(), [{ op: 'add', path: '/spec/hold', value: true }]);
  await controller.settle();
  world.cluster.put(deploymentPath(), written);
  completeRollout(world);
  await controller.settle();
  const { history, image } = statusIn(world);
  assert.equal(image, 'app:1.3.0');
  assert.deepEqual(
    history.map(({ to, outcome }) => [to, outcome]),
    [
      ['app:1.4.0', 'Verified'],
      ['app:1.3.0', 'Verified'],
    ],
  );
});

test('an undo by a person is not overruled', async () => {
  const world = newWorld();
  world.registry.push(app, '1.3.0');
  deploy(world, { annotations: minor });
  const before = world.cluster.peek(deploymentPath());
  const controller = await startController(world);
  completeRollout(world);
  await controller.advance(10_000);
  assert.equal(imageIn(world), 'app:1.3.0');
  assert.ok(before);
  world.cluster.put(deploymentPath(), before);
  completeRollout(world);
  await controller.advance(600_000);
  assert.equal(imageIn(world), 'app:1.2.3');
});

test('a container that vanished meanwhile is not brought back', async () => {
  const world = newWorld();
  world.registry.push(app, '1.3.0');
  deploy(world, { annotations: minor, containers: { side: 'side:1.0.0', app: 'app:1.2.3' } });
  world.registry.push('docker.io/library/side', '1.0.0');
  let done = false;
  world.cluster.before = ({ method, path }) => {
    if (method !== 'PATCH' || path !== deploymentPath() || done) return;
    done = true;
    world.cluster.edit(path, [{ op: 'remove', path: '/spec/template/spec/containers/1' }]);
    completeRollout(world);
  };
  const controller = await startController(world);
  await controller.advance(1_000);
  assert.equal(imageIn(world), undefined);
  assert.equal(imageIn(world, 'side'), 'side:1.0.0');
  assert.equal(deploymentPatches(world).length, 1);
});

test('a workload whose memory cannot be written is not patched', async () => {
  const world = newWorld();
  world.registry.push(app, '1.3.0');
  deploy(world, { annotations: minor });
  world.cluster.before = ({ path }) => {
    if (path.includes('/trackedimages')) throw new Error('the custom resources are not installed');
  };
  const controller = await startController(world);
  await controller.advance(60_000);
  assert.equal(imageIn(world), 'app:1.2.3');
  assert.deepEqual(deploymentPatches(world), []);
  assert.ok(controller.failures.length > 1);
});

/** Lets every patch of the Deployment be refused as an admission policy does. */
function refusePatches(world: World): void {
  world.cluster.before = ({ method, path }) => {
    if (method !== 'PATCH' || path !== deploymentPath()) return;
    throw kubeError('Invalid', 'denied by policy "images"');
  };
}
