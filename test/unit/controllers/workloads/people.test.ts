import assert from 'node:assert/strict';
import { afterEach, suite, test } from 'node:test';
import {
  deploy,
  deploymentPatches,
  deploymentPath,
  imageIn,
  killControllers,
  newWorld,
  nextLook,
  report,
  startController,
  statusIn,
  trackedPath,
  type World,
} from '../../../support/controller-harness.ts';
import { digestOf } from '../../../support/fake-registry.ts';
import { beginUpdate, finishRollout, minor, writeImage } from '../../../support/updates.ts';

const app = 'docker.io/library/app';

afterEach(killControllers);

/** A workload that was updated from 1.2.3 to 1.3.0. */
async function updated(world: World) {
  const controller = await beginUpdate(world);
  await finishRollout(world, controller);
  return controller;
}

test('what a person left is not proposed again, and it is told once', async () => {
  const world = newWorld();
  const controller = await updated(world);
  writeImage(world, 'app:1.2.3', 'kubectl-set');
  await controller.advance(3_600_000);
  assert.equal(imageIn(world), 'app:1.2.3');
  assert.equal(statusIn(world).reason, 'ForeignChange');
  assert.match(statusIn(world).message, /^kubectl-set put app:1\.2\.3 in place of app:1\.3\.0/);
  assert.equal(controller.events.reasons.filter((reason) => reason === 'ForeignChange').length, 1);

  world.registry.push(app, '1.3.1');
  await controller.advance(nextLook);
  assert.equal(imageIn(world), 'app:1.3.1');
});

test('what is older than what a person left is not proposed either', async () => {
  const world = newWorld();
  world.registry.push(app, '1.2.9');
  const controller = await updated(world);
  writeImage(world, 'app:1.2.3', 'kubectl');
  await controller.advance(600_000);
  assert.deepEqual([imageIn(world), statusIn(world).reason], ['app:1.2.3', 'ForeignChange']);
  world.registry.push(app, '1.3.1');
  await controller.advance(nextLook);
  assert.equal(imageIn(world), 'app:1.3.1');
});

test('a person who goes back in the middle of a rollout is respected as well', async () => {
  const world = newWorld();
  world.registry.push(app, '1.2.3');
  world.registry.push(app, '1.3.0');
  deploy(world, { annotations: minor });
  const controller = await startController(world);
  assert.equal(statusIn(world).reason, 'RollingOut');
  writeImage(world, 'app:1.2.3', 'kubectl');
  await controller.advance(600_000);
  assert.deepEqual([imageIn(world), statusIn(world).reason], ['app:1.2.3', 'ForeignChange']);
  assert.equal(statusIn(world).history[0]?.outcome, 'Superseded');
});

test('who wrote is asked once, and only when our image is gone', async () => {
  const world = newWorld();
  const controller = await updated(world);
  const reads = () =>
    world.cluster.requests.filter(({ method, path }) => method === 'GET' && path === deploymentPath()).length;
  await controller.poke();
  assert.equal(reads(), 0);
  writeImage(world, 'app:1.2.3', 'kubectl-edit');
  await controller.advance(600_000);
  assert.equal(reads(), 1);
});

test('something newer is the new baseline', async () => {
  const world = newWorld();
  const controller = await updated(world);
  world.registry.push(app, '1.5.0');
  writeImage(world, 'app:1.5.0', 'helm');
  await controller.advance(nextLook);
  assert.deepEqual([imageIn(world), statusIn(world).reason], ['app:1.5.0', 'UpToDate']);
  assert.deepEqual(statusIn(world).rejected, []);
});

test('what a tool puts back is applied again once, and held when it comes again within the hour', async () => {
  const world = newWorld();
  const controller = await updated(world);
  writeImage(world, 'app:1.2.3', 'kubectl-client-side-apply');
  await controller.settle();
  assert.equal(imageIn(world), 'app:1.3.0');
  await finishRollout(world, controller);
  writeImage(world, 'app:1.2.3', 'kubectl-client-side-apply');
  await controller.advance(7_200_000);
  assert.deepEqual([imageIn(world), statusIn(world).reason], ['app:1.2.3', 'Reverted']);
  assert.equal(statusIn(world).candidate, '1.3.0');
  assert.match(statusIn(world).message, /kubectl-client-side-apply put app:1\.2\.3 back/);
  assert.equal(deploymentPatches(world).length, 2);
});

test('the hold ends with a retry, and with another image in the manifest', async () => {
  for (const release of ['retry', 'manifest'] as const) {
    const world = newWorld();
    world.registry.push(app, '1.2.4');
    const controller = await updated(world);
    for (const _turn of [1, 2]) {
      writeImage(world, 'app:1.2.3', 'helm');
      await controller.settle();
      await finishRollout(world, controller);
    }
    assert.equal(statusIn(world).reason, 'Reverted');
    if (release === 'manifest') writeImage(world, 'app:1.2.4', 'helm');
    else
      world.cluster.edit(trackedPath(), [{ op: 'add', path: '/spec/retry', value: '2026-01-01T01:00:00Z' }]);
    await controller.advance(nextLook);
    assert.equal(imageIn(world), 'app:1.3.0', release);
  }
});

test('a tool that comes again after more than an hour is put right each time', async () => {
  const world = newWorld();
  const controller = await updated(world);
  for (const _turn of [1, 2, 3]) {
    await controller.advance(4_000_000);
    writeImage(world, 'app:1.2.3', 'helm');
    await controller.settle();
    assert.equal(imageIn(world), 'app:1.3.0');
    await finishRollout(world, controller);
  }
});

test('a workload that another tool owns is held, and the mark is named', async () => {
  const world = newWorld();
  world.registry.push(app, '1.3.0');
  deploy(world, { annotations: minor, labels: { 'kapp.k14s.io/app': '1' } });
  const controller = await startController(world);
  assert.equal(statusIn(world).reason, 'ManagedElsewhere');
  assert.match(statusIn(world).message, /kapp owns the workload \(label kapp\.k14s\.io\/app\)/);
  world.cluster.edit(deploymentPath(), [
    { op: 'add', path: '/metadata/annotations/plimsoll.dev~1managed-elsewhere', value: 'allow' },
  ]);
  await controller.settle();
  assert.equal(imageIn(world), 'app:1.3.0');
});

suite('a restart for a new image of the same tag', () => {
  const mark = '/spec/template/metadata/annotations/kubectl.kubernetes.io~1restartedAt';
  const [first, second, third] = [digestOf('first'), digestOf('second'), digestOf('third')];

  /** A workload that was restarted from the first image of its tag to the second. */
  async function restarted(world: World) {
    world.registry.push(app, '1.5', first);
    deploy(
      world,
      { annotations: { 'plimsoll.dev/policy': 'digest' }, containers: { app: ['app:1.5', 'Always'] } },
      { app: first },
    );
    const controller = await startController(world);
    world.registry.push(app, '1.5', second);
    await controller.advance(nextLook);
    report(world, { app: second });
    await finishRollout(world, controller);
    assert.equal(statusIn(world).history[0]?.outcome, 'Verified');
    return controller;
  }

  test('that a person takes back is told once and not fought, although its pods run the new image', async () => {
    const world = newWorld();
    const controller = await restarted(world);
    world.cluster.edit(deploymentPath(), [{ op: 'remove', path: mark }]);
    await finishRollout(world, controller);
    await controller.advance(nextLook);
    const told = controller.events.events.filter(({ reason }) => reason === 'ForeignChange');
    assert.equal(told.length, 1);
    assert.match(
      told[0]?.note ?? '',
      /somebody took the restart for sha256:\S+ back; its pods run that image/,
    );
    assert.equal(deploymentPatches(world).length, 1);
    assert.equal(statusIn(world).reason, 'UpToDate');
  });

  test('that a person takes back does not come again once its tag has meant something else', async () => {
    const world = newWorld();
    const controller = await restarted(world);
    world.cluster.edit(deploymentPath(), [{ op: 'remove', path: mark }]);
    await finishRollout(world, controller);
    world.registry.push(app, '1.5', third);
    await controller.advance(nextLook);
    report(world, { app: third });
    await finishRollout(world, controller);
    assert.equal(statusIn(world).history[0]?.digest, third);
    world.registry.push(app, '1.5', second);
    await controller.advance(nextLook);
    assert.equal(statusIn(world).reason, 'ForeignChange');
    assert.equal(deploymentPatches(world).length, 2);
  });

  test('that is followed by another restart is no change by somebody else', async () => {
    const world = newWorld();
    const controller = await restarted(world);
    const later = new Date(world.clock.now() + 60_000).toISOString();
    world.cluster.edit(deploymentPath(), [{ op: 'replace', path: mark, value: later }]);
    await finishRollout(world, controller);
    await controller.advance(nextLook);
    assert.ok(!controller.events.reasons.includes('ForeignChange'));
  });
});
