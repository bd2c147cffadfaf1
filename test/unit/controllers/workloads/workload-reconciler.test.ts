import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { RegistryError } from '../../../../src/registry/errors.ts';
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
} from '../../../support/controller-harness.ts';
import { completeStatus } from '../../../support/deployments.ts';
import { digestOf } from '../../../support/fake-registry.ts';
import { until } from '../../../support/until.ts';

const app = 'docker.io/library/app';
const minor = { 'plimsoll.dev/policy': 'minor' };

afterEach(killControllers);

test('a new tag is written, followed and verified', async () => {
  const world = newWorld();
  world.registry.push(app, '1.2.3');
  deploy(world, { annotations: minor });
  const controller = await startController(world);
  assert.equal(statusIn(world).reason, 'UpToDate');

  const digest = world.registry.push(app, '1.3.0');
  await controller.advance(nextLook);
  assert.equal(imageIn(world), 'app:1.3.0');
  assert.equal(statusIn(world).reason, 'RollingOut');
  assert.deepEqual([...controller.reconciler.following], ['Deployment/shop/web']);

  completeRollout(world);
  await controller.settle();
  assert.equal(statusIn(world).reason, 'RollingOut', 'a complete rollout is verified first');
  await controller.advance(10_000);
  const status = statusIn(world);
  assert.equal(status.reason, 'UpToDate');
  assert.equal(status.digest, digest);
  const [entry] = status.history;
  assert.deepEqual(
    [entry?.from, entry?.to, entry?.digest, entry?.outcome],
    ['app:1.2.3', 'app:1.3.0', digest, 'Verified'],
  );
  assert.deepEqual(controller.events.reasons, ['UpdateApplied', 'RolloutVerified']);
  assert.equal(controller.metrics.count('rollout shop Verified'), 1);
  assert.equal(controller.reconciler.following.size, 0);
  assert.deepEqual(controller.failures, []);
});

test('a replica that fails while it is verified makes the verification begin again', async () => {
  const world = newWorld();
  world.registry.push(app, '1.3.0');
  deploy(world, { annotations: minor });
  const controller = await startController(world);
  completeRollout(world);
  await controller.advance(6_000);

  const path = deploymentPath();
  const complete = world.cluster.peek(path);
  assert.ok(complete);
  const status = { ...completeStatus(2, 2), availableReplicas: 1 };
  world.cluster.put(path, { ...complete, status });
  await controller.advance(1_000);
  world.cluster.put(path, complete);
  await controller.advance(6_000);
  assert.equal(statusIn(world).reason, 'RollingOut');
  await controller.advance(4_000);
  assert.equal(statusIn(world).reason, 'UpToDate');
});

test('a rollout that misses its deadline is told as failed, and stands where it must not be put back', async () => {
  const world = newWorld();
  world.registry.push(app, '1.3.0');
  const annotations = {
    ...minor,
    'plimsoll.dev/rollout-deadline': '2m',
    'plimsoll.dev/rollback': 'never',
  };
  deploy(world, { annotations });
  const controller = await startController(world);
  await controller.advance(119_000);
  assert.equal(statusIn(world).reason, 'RollingOut');
  await controller.advance(1_000);
  assert.equal(statusIn(world).reason, 'RolloutFailed');
  assert.equal(statusIn(world).history[0]?.outcome, 'Failed');
  assert.deepEqual(controller.events.reasons, ['UpdateApplied', 'RolloutFailed']);
  assert.deepEqual([...controller.reconciler.troubled], ['Deployment/shop/web']);
});

test('a new digest restarts where the kubelet pulls again, once', async () => {
  const world = newWorld();
  const old = world.registry.push(app, 'latest');
  deploy(
    world,
    { annotations: { 'plimsoll.dev/policy': 'digest' }, containers: { app: ['app', 'Always'] } },
    { app: old },
  );
  const controller = await startController(world);
  assert.equal(statusIn(world).digest, old);
  assert.deepEqual(deploymentPatches(world), []);

  const renewed = world.registry.push(app, 'latest', digestOf('renewed'));
  await controller.advance(nextLook);
  assert.equal(imageIn(world), 'app');
  assert.equal(deploymentPatches(world).length, 1);
  completeRollout(world);
  await controller.advance(10_000);
  assert.equal(statusIn(world).digest, renewed);

  // The pod still reports another name of the image, as nodes do.
  await controller.advance(3_600_000);
  assert.equal(deploymentPatches(world).length, 1);
});

test('a new digest is pinned where a restart would keep the old image', async () => {
  const world = newWorld();
  const old = world.registry.push(app, '1.5-alpine');
  deploy(world, { annotations: minor, containers: { app: 'app:1.5-alpine' } }, { app: old });
  const controller = await startController(world);
  const renewed = world.registry.push(app, '1.5-alpine', digestOf('renewed'));
  await controller.advance(nextLook);
  assert.equal(imageIn(world), `app:1.5-alpine@${renewed}`);
  assert.equal(statusIn(world).history[0]?.from, 'app:1.5-alpine');
});

test('a registry that fails moves nothing and is told, and the others go on', async () => {
  const world = newWorld();
  world.registry.push(app, '1.3.0');
  world.registry.push('docker.io/library/other', '2.1.0');
  deploy(world, { annotations: minor });
  deploy(world, { name: 'other', annotations: minor, containers: { app: 'other:2.0.0' } });
  world.registry.before = (asked) => {
    if (asked.includes('/app')) throw new RegistryError('Unavailable', 'docker.io/library/app: no answer');
  };
  const controller = await startController(world);
  assert.equal(imageIn(world), 'app:1.2.3');
  assert.deepEqual([statusIn(world).state, statusIn(world).reason], ['Error', 'Unavailable']);
  assert.equal(imageIn(world, 'app', 'other'), 'other:2.1.0');
  const { reasons } = controller.events;
  assert.equal(reasons.filter((reason) => reason === 'Unavailable').length, 1);

  world.registry.before = () => undefined;
  await controller.advance(nextLook);
  assert.equal(imageIn(world), 'app:1.3.0');
});

test('a workload in a namespace that is being deleted is left alone', async () => {
  const world = newWorld();
  world.registry.push(app, '1.3.0');
  deploy(world, { annotations: minor });
  await startController(world, { terminating: ['shop'] });
  assert.deepEqual(world.registry.asked, []);
  assert.deepEqual(world.cluster.writes, []);
});

test('a tag above the range stays, and an event says so', async () => {
  const world = newWorld();
  for (const tag of ['1.9.0', '3.0.0']) world.registry.push(app, tag);
  const annotations = { 'plimsoll.dev/policy': 'semver:<2' };
  deploy(world, { containers: { app: 'app:3.0.0' }, annotations });
  const controller = await startController(world);
  assert.equal(statusIn(world).reason, 'OutsidePolicy');
  assert.deepEqual(controller.events.reasons, ['OutsidePolicy']);
  assert.deepEqual(deploymentPatches(world), []);
});

test('a range that cannot be read stops the workload, its other containers too, and names the annotation', async () => {
  const world = newWorld();
  world.registry.push(app, '1.3.0');
  deploy(world, {
    containers: { app: 'app:1.2.0', side: 'app:1.2.0' },
    annotations: { ...minor, 'plimsoll.dev/policy.side': 'semver:latest' },
  });
  await startController(world);
  assert.match(
    statusIn(world).message,
    /^annotation plimsoll\.dev\/policy\.side: semver:latest: .*character 1/,
  );
  assert.deepEqual(world.registry.asked, []);
});

test('a broken annotation is told on the containers and stops everything', async () => {
  const world = newWorld();
  world.registry.push(app, '1.3.0');
  deploy(world, { annotations: { ...minor, 'plimsoll.dev/polcy': 'major' } });
  const controller = await startController(world);
  assert.equal(statusIn(world).reason, 'InvalidPolicy');
  assert.match(statusIn(world).message, /did you mean "policy"/);
  assert.deepEqual(world.registry.asked, []);
  assert.deepEqual([...controller.reconciler.troubled], ['Deployment/shop/web']);

  world.cluster.edit(deploymentPath(), [{ op: 'remove', path: '/metadata/annotations/plimsoll.dev~1polcy' }]);
  await controller.settle();
  assert.equal(imageIn(world), 'app:1.3.0');
  assert.equal(controller.reconciler.troubled.size, 0);
});

test('an image that cannot be read is told and hides no other container', async () => {
  const world = newWorld();
  world.registry.push(app, '1.3.0');
  deploy(world, { annotations: minor, containers: { app: 'app:1.2.3', odd: 'BAD::x' } });
  await startController(world);
  assert.equal(statusIn(world, 'odd').reason, 'InvalidImage');
  assert.equal(imageIn(world), 'app:1.3.0');
});

test('the memory of a container that is gone from the template says so', async () => {
  const world = newWorld();
  world.registry.push(app, '1.2.3');
  world.registry.push('docker.io/library/side', '1.0.0');
  deploy(world, { annotations: minor, containers: { app: 'app:1.2.3', side: 'side:1.0.0' } });
  const controller = await startController(world);
  assert.equal(statusIn(world, 'side').reason, 'UpToDate');
  world.cluster.edit(deploymentPath(), [{ op: 'remove', path: '/spec/template/spec/containers/1' }]);
  completeRollout(world);
  await controller.settle();
  assert.equal(statusIn(world, 'side').reason, 'NotTracked');
});

test('a container that is tracked again does not go on saying that it is not while its registry is asked', async () => {
  const world = newWorld();
  world.registry.push(app, '1.2.3');
  deploy(world, { annotations: minor });
  const controller = await startController(world);
  const policy = '/metadata/annotations/plimsoll.dev~1policy';
  world.cluster.edit(deploymentPath(), [{ op: 'remove', path: policy }]);
  await controller.settle();
  assert.equal(statusIn(world).reason, 'NotTracked');

  const asked = Promise.withResolvers<void>();
  world.registry.before = () => asked.promise;
  world.cluster.edit(deploymentPath(), [{ op: 'add', path: policy, value: 'minor' }]);
  try {
    await until('another word', () => statusIn(world).reason !== 'NotTracked', 2_000);
  } finally {
    asked.resolve();
  }
  await controller.settle();
  assert.equal(statusIn(world).reason, 'UpToDate');
});

test('several containers are restarted and moved by one patch', async () => {
  const world = newWorld();
  const oldOne = world.registry.push(app, '1.5');
  const oldTwo = world.registry.push('docker.io/library/side', 'stable');
  const containers = {
    app: ['app:1.5', 'Always'],
    side: ['side:stable', 'Always'],
    tool: 'tool:1.0.0',
  } as const;
  const annotations = { ...minor, 'plimsoll.dev/policy.side': 'digest' };
  world.registry.push('docker.io/library/tool', '1.0.0');
  deploy(world, { annotations, containers }, { app: oldOne, side: oldTwo });
  const controller = await startController(world);

  world.registry.push(app, '1.5', digestOf('one'));
  world.registry.push('docker.io/library/side', 'stable', digestOf('two'));
  world.registry.push('docker.io/library/tool', '1.1.0');
  await controller.advance(nextLook);
  for (let round = 0; round < 3; round++) {
    completeRollout(world);
    await controller.advance(10_000);
  }
  assert.equal(imageIn(world, 'tool'), 'tool:1.1.0');
  assert.equal(statusIn(world, 'app').digest, digestOf('one'));
  assert.equal(statusIn(world, 'side').digest, digestOf('two'));
  for (const name of ['app', 'side', 'tool'])
    assert.equal(statusIn(world, name).history[0]?.outcome, 'Verified');
});

test('two containers that are due together are changed by one patch', async () => {
  const world = newWorld();
  const side = 'docker.io/library/side';
  world.registry.push(app, '1.2.3');
  world.registry.push(side, '1.0.0');
  deploy(world, {
    annotations: { ...minor, 'plimsoll.dev/mode': 'notify' },
    containers: { app: 'app:1.2.3', side: 'side:1.0.0' },
  });
  const controller = await startController(world);
  world.registry.push(app, '1.3.0');
  world.registry.push(side, '1.1.0');
  await controller.advance(nextLook);
  assert.equal(statusIn(world).reason, 'NotifyOnly');
  world.cluster.edit(deploymentPath(), [{ op: 'remove', path: '/metadata/annotations/plimsoll.dev~1mode' }]);
  await controller.settle();
  assert.deepEqual([imageIn(world), imageIn(world, 'side')], ['app:1.3.0', 'side:1.1.0']);
  assert.equal(deploymentPatches(world).length, 1);
  completeRollout(world);
  await controller.advance(10_000);
  assert.equal(statusIn(world).history[0]?.at, statusIn(world, 'side').history[0]?.at);
});

test('a controller that may only read decides, tells and patches nothing', async () => {
  const world = newWorld();
  world.registry.push(app, '1.3.0');
  deploy(world, { annotations: minor });
  await startController(world, { readOnly: true });
  assert.equal(imageIn(world), 'app:1.2.3');
  assert.deepEqual([statusIn(world).reason, statusIn(world).candidate], ['ReadOnly', '1.3.0']);
});

test('a workload whose pods crash is not taken for one that rolls out', async () => {
  const world = newWorld();
  world.registry.push(app, '1.2.3');
  deploy(world, { annotations: minor });
  const controller = await startController(world);
  const object = world.cluster.peek(deploymentPath());
  assert.ok(object);
  world.cluster.put(deploymentPath(), {
    ...object,
    status: { ...completeStatus(1, 2), availableReplicas: 0 },
  });
  world.registry.push(app, '1.3.0');
  await controller.advance(nextLook);
  assert.equal(imageIn(world), 'app:1.3.0');
});

test('a rollout that somebody else began is waited for', async () => {
  const world = newWorld();
  world.registry.push(app, '1.2.3');
  deploy(world, { annotations: minor });
  const controller = await startController(world);
  world.cluster.edit(deploymentPath(), [
    { op: 'add', path: '/spec/template/metadata/annotations', value: { team: 'blue' } },
  ]);
  world.registry.push(app, '1.3.0');
  await controller.advance(nextLook);
  assert.equal(statusIn(world).reason, 'RolloutInProgress');
  completeRollout(world);
  await controller.settle();
  assert.equal(imageIn(world), 'app:1.3.0');
});
