import assert from 'node:assert/strict';
import { afterEach, suite, test } from 'node:test';
import {
  completeRollout,
  deploy,
  deploymentPatches,
  deploymentPath,
  imageIn,
  killControllers,
  newWorld,
  nextLook,
  putNode,
  report,
  startController,
  statusIn,
  type World,
} from '../../../support/controller-harness.ts';
import { completeStatus } from '../../../support/deployments.ts';
import { digestOf } from '../../../support/fake-registry.ts';
import { putPod } from '../../../support/pods.ts';

const app = 'docker.io/library/app';
const amd64 = { os: 'linux', architecture: 'amd64' };
const arm64 = { os: 'linux', architecture: 'arm64' };
const hour = 3_600_000;
const [index1, index2, index3] = [digestOf('index1'), digestOf('index2'), digestOf('index3')];
const [amdChild, armChild, newChild] = [digestOf('amd'), digestOf('arm'), digestOf('new')];

afterEach(killControllers);

/** How often pods, and nodes, were listed. */
function lists({ cluster }: World, what: 'pods' | 'nodes'): number {
  return cluster.requests.filter(({ method, path }) => method === 'LIST' && path.endsWith(`/${what}`)).length;
}

/** Lets the first of two replicas be new. */
function progress({ cluster }: World): void {
  const object = cluster.peek(deploymentPath());
  const status = { ...completeStatus(2, 2), updatedReplicas: 1, conditions: [] };
  cluster.put(deploymentPath(), { ...object, status });
}

suite('platforms of the nodes', () => {
  const given = (policy = 'digest') => {
    const world = newWorld();
    putNode(world, 'node', amd64);
    world.registry.pushIndex(app, '1.5', index1, [amdChild, armChild], [amd64, arm64]);
    deploy(world, {
      annotations: { 'plimsoll.dev/policy': policy },
      containers: { app: ['app:1.5', 'Always'] },
    });
    report(world, { app: index1 }, { node: 'node' });
    return world;
  };

  test('an index of which only the image for another platform is new causes no rollout', async () => {
    const world = given();
    const controller = await startController(world);
    world.registry.pushIndex(app, '1.5', index2, [amdChild, newChild], [amd64, arm64]);
    await controller.advance(nextLook);
    const { reason, digest, platforms } = statusIn(world);
    assert.deepEqual([reason, digest, platforms], ['UpToDate', index2, ['linux/amd64']]);
    assert.deepEqual(deploymentPatches(world), []);
  });

  test('what was learnt of the nodes is remembered over a restart', async () => {
    const world = given();
    const controller = await startController(world);
    world.registry.pushIndex(app, '1.5', index2, [amdChild, newChild], [amd64, arm64]);
    await controller.advance(nextLook);
    await controller.stop();
    const before = [lists(world, 'pods'), lists(world, 'nodes')];
    const again = await startController(world);
    await again.advance(nextLook);
    assert.deepEqual([lists(world, 'pods'), lists(world, 'nodes')], before);
  });

  test('a node of the other platform makes it an update', async () => {
    const world = given();
    putNode(world, 'other', arm64);
    report(world, { app: index1 }, { node: 'other', pod: 'second' });
    const controller = await startController(world);
    world.registry.pushIndex(app, '1.5', index2, [amdChild, newChild], [amd64, arm64]);
    await controller.advance(nextLook);
    assert.equal(deploymentPatches(world).length, 1);
  });

  test('a node of another platform that joins later is seen with the next digest', async () => {
    const world = given();
    const controller = await startController(world);
    world.registry.pushIndex(app, '1.5', index2, [amdChild, armChild], [amd64, arm64]);
    await controller.advance(nextLook);
    assert.deepEqual(statusIn(world).platforms, ['linux/amd64']);
    putNode(world, 'other', arm64);
    report(world, { app: index2 }, { node: 'other', pod: 'second' });
    world.registry.pushIndex(app, '1.5', index3, [amdChild, newChild], [amd64, arm64]);
    await controller.advance(nextLook);
    assert.equal(deploymentPatches(world).length, 1);
  });

  test('a tag that does not run on a node that joined later is put back, and the next of that kind passed over', async () => {
    const world = given('minor');
    const controller = await startController(world);
    world.registry.pushIndex(app, '1.6', index2, [amdChild], [amd64]);
    await controller.advance(nextLook);
    completeRollout(world);
    await controller.advance(11_000);
    assert.deepEqual(statusIn(world).platforms, ['linux/amd64']);

    putNode(world, 'other', arm64);
    report(world, {}, { node: 'other', pod: 'second' });
    world.registry.pushIndex(app, '1.7', index3, [newChild], [amd64]);
    await controller.advance(nextLook);
    assert.equal(imageIn(world), 'app:1.7');
    const message = 'no match for platform in manifest: not found';
    putPod(world, { image: 'app:1.7', waiting: { reason: 'ErrImagePull', message } });
    await controller.advance(10_000);
    assert.equal(imageIn(world), 'app:1.6');
    completeRollout(world);
    world.registry.pushIndex(app, '1.8', digestOf('index4'), [newChild], [amd64]);
    await controller.advance(nextLook);
    assert.deepEqual([imageIn(world), statusIn(world).reason], ['app:1.6', 'PlatformMissing']);
  });

  test('where pods run is learnt anew when an update has rolled out', async () => {
    const world = given('minor');
    world.registry.pushIndex(app, '1.6', index3, [amdChild, armChild], [amd64, arm64]);
    const controller = await startController(world);
    assert.deepEqual(statusIn(world).platforms, ['linux/amd64']);
    putNode(world, 'other', arm64);
    report(world, { app: index3 }, { node: 'other' });
    await controller.advance(60_000);
    completeRollout(world);
    await controller.advance(11_000);
    assert.deepEqual([statusIn(world).reason, statusIn(world).platforms], ['UpToDate', ['linux/arm64']]);
  });

  test('a person who asks for a look has pods asked again', async () => {
    const world = given('minor');
    world.registry.pushIndex(app, '1.6', index3, [newChild], [arm64]);
    const controller = await startController(world);
    assert.equal(statusIn(world).reason, 'PlatformMissing');
    const asked = lists(world, 'pods');
    await controller.poke();
    assert.equal(lists(world, 'pods'), asked);

    putNode(world, 'other', arm64);
    report(world, { app: index1 }, { node: 'other' });
    await controller.advance(60_000);
    world.cluster.edit('/apis/plimsoll.dev/v1alpha1/namespaces/shop/trackedimages/deployment.web.app', [
      { op: 'add', path: '/spec/checkAt', value: '2026-01-01T00:00:00Z' },
    ]);
    await controller.settle();
    assert.equal(imageIn(world), 'app:1.6');
  });
});

suite('a full version that is pushed again', () => {
  const given = (annotations: Readonly<Record<string, string>> = {}) => {
    const world = newWorld();
    world.registry.pushIndex(app, '1.2.3', index1, [amdChild]);
    deploy(
      world,
      { annotations: { 'plimsoll.dev/policy': 'minor', ...annotations }, containers: { app: 'app:1.2.3' } },
      { app: index1 },
    );
    return world;
  };
  const heads = ({ registry }: World) => registry.asked.filter((one) => one === `digest ${app}:1.2.3`).length;

  test('is held and told once, whatever else happens', async () => {
    const world = given();
    const controller = await startController(world);
    await controller.advance(hour);
    assert.deepEqual([statusIn(world).reason, statusIn(world).digest], ['UpToDate', index1]);

    world.registry.pushIndex(app, '1.2.3', index3, [newChild]);
    await controller.advance(hour);
    const { reason, candidate } = statusIn(world);
    assert.deepEqual([reason, candidate], ['Retagged', `1.2.3@${index3}`]);
    await controller.advance(5 * hour);
    assert.deepEqual(deploymentPatches(world), []);
    assert.deepEqual(controller.events.reasons, ['UpdateHeld']);
  });

  test('costs one look an hour after the first, and the pods are asked once', async () => {
    const world = given();
    const controller = await startController(world);
    await controller.advance(24 * hour);
    assert.equal(heads(world), 1 + 24);
    assert.equal(lists(world, 'pods'), 1);
  });

  test('is followed where digest: follow says so, also after it was held', async () => {
    const world = given();
    const controller = await startController(world);
    await controller.advance(hour);
    world.registry.pushIndex(app, '1.2.3', index3, [newChild]);
    await controller.advance(hour);
    assert.equal(statusIn(world).reason, 'Retagged');
    world.cluster.edit('/apis/apps/v1/namespaces/shop/deployments/web', [
      { op: 'add', path: '/metadata/annotations/plimsoll.dev~1digest', value: 'follow' },
    ]);
    await controller.settle();
    assert.equal(imageIn(world), `app:1.2.3@${index3}`);
  });

  test('is not looked at again by a restart, because what it meant is remembered', async () => {
    const world = given();
    const controller = await startController(world);
    await controller.stop();
    for (let starts = 0; starts < 3; starts++) await (await startController(world)).stop();
    assert.deepEqual([heads(world), lists(world, 'pods')], [1, 1]);
  });

  test('is not even looked at where digest: ignore says so', async () => {
    const world = given({ 'plimsoll.dev/digest': 'ignore' });
    const controller = await startController(world);
    world.registry.pushIndex(app, '1.2.3', index3, [newChild]);
    await controller.advance(3 * hour);
    assert.deepEqual([heads(world), statusIn(world).reason], [0, 'UpToDate']);
  });

  test('with the same image behind it is the new baseline', async () => {
    const world = given();
    const controller = await startController(world);
    await controller.advance(hour);
    world.registry.pushIndex(app, '1.2.3', index2, [amdChild]);
    await controller.advance(hour);
    assert.deepEqual([statusIn(world).reason, statusIn(world).digest], ['UpToDate', index2]);
  });
});

suite('an image ID that names no manifest', () => {
  for (const imageID of [`sha256:${'a'.repeat(64)}`, `docker://sha256:${'a'.repeat(64)}`, 'app:1.5', '']) {
    test(`such as ${JSON.stringify(imageID)} is observed, and never called outdated`, async () => {
      const world = newWorld();
      world.registry.push(app, '1.5', index1);
      deploy(world, { annotations: { 'plimsoll.dev/policy': 'digest' }, containers: { app: 'app:1.5' } });
      world.cluster.put('/api/v1/namespaces/shop/pods/web-first', {
        kind: 'Pod',
        metadata: { namespace: 'shop', name: 'web-first', labels: { app: 'web' } },
        status: { phase: 'Running', containerStatuses: [{ name: 'app', imageID }] },
      });
      const controller = await startController(world);
      assert.deepEqual([statusIn(world).reason, statusIn(world).digest], ['UpToDate', index1]);

      world.registry.push(app, '1.5', index3);
      await controller.advance(nextLook);
      assert.equal(
        deploymentPatches(world).length,
        1,
        'what was seen first is the baseline of what comes then',
      );
    });
  }
});

suite('what runs while an update is rolled out', () => {
  test('is told with every digest that its pods report, and with the new one at the end', async () => {
    const world = newWorld();
    const old = world.registry.push(app, '1.2.3');
    deploy(world, { annotations: { 'plimsoll.dev/policy': 'minor' } }, { app: old });
    const controller = await startController(world);
    const now = world.registry.push(app, '1.3.0');
    await controller.advance(nextLook);
    report(world, { app: now }, { pod: 'second' });
    progress(world);
    await controller.advance(2_000);
    assert.deepEqual(statusIn(world).running, [old, now]);

    world.cluster.remove('/api/v1/namespaces/shop/pods/web-first');
    completeRollout(world);
    await controller.advance(11_000);
    assert.deepEqual(
      statusIn(world).history.map(({ outcome }) => outcome),
      ['Verified'],
    );
    assert.deepEqual(statusIn(world).running, [now]);
  });

  test('is not asked again while nothing moves, nor when all is done', async () => {
    const world = newWorld();
    world.registry.push(app, '1.2.3');
    deploy(world, { annotations: { 'plimsoll.dev/policy': 'minor' } }, { app: digestOf('x') });
    const controller = await startController(world);
    world.registry.push(app, '1.3.0');
    await controller.advance(nextLook);
    completeRollout(world);
    await controller.advance(11_000);
    const asked = lists(world, 'pods');
    for (let round = 0; round < 5; round++) await controller.poke();
    assert.equal(lists(world, 'pods'), asked);
  });
});
