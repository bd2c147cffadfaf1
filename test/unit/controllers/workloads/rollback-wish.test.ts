import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import {
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
import { finishRollout } from '../../../support/updates.ts';

const app = 'docker.io/library/app';
const minor = { 'plimsoll.dev/policy': 'minor' };

afterEach(killControllers);

/** A workload that was updated from 1.0.0 over 1.1.0 to 1.2.0. */
async function updated(
  annotations: Readonly<Record<string, string>> = {},
  others: Readonly<Record<string, string>> = {},
) {
  const world = newWorld();
  world.registry.push(app, '1.0.0');
  deploy(world, { containers: { app: 'app:1.0.0', ...others }, annotations: { ...minor, ...annotations } });
  const controller = await startController(world);
  // What a full version means is looked at hourly.
  await controller.advance(2 * 3_600_000);
  for (const tag of ['1.1.0', '1.2.0']) {
    world.registry.push(app, tag);
    await controller.advance(nextLook);
    await finishRollout(world, controller);
    assert.equal(imageIn(world), `app:${tag}`);
  }
  return { world, controller };
}

function ask({ cluster }: World, value: string): void {
  cluster.edit(trackedPath(), [{ op: 'add', path: '/spec/rollbackTo', value }]);
}

const digestOfTag = (tag: string) => digestOf(`${app}:${tag}`);

test('a person goes back to an image of the history, and what was left does not come again', async () => {
  const { world, controller } = await updated();
  ask(world, `1.0.0@${digestOfTag('1.0.0')}`);
  await controller.settle();
  assert.equal(imageIn(world), `app:1.0.0@${digestOfTag('1.0.0')}`);
  await finishRollout(world, controller);
  const { history, rejected, rolledBackTo } = statusIn(world);
  assert.equal(history[0]?.outcome, 'Verified');
  assert.equal(rolledBackTo, `1.0.0@${digestOfTag('1.0.0')}`);
  assert.deepEqual(rejected.map(({ tag }) => tag).toSorted(), ['1.1.0', '1.2.0']);

  await controller.advance(86_400_000);
  assert.equal(imageIn(world), `app:1.0.0@${digestOfTag('1.0.0')}`);
  assert.equal(statusIn(world).reason, 'ForeignChange');
  world.registry.push(app, '1.2.1');
  await controller.advance(nextLook);
  assert.match(imageIn(world) ?? '', /^app:1\.2\.1@/);
});

test('a way back while another container is rolled out keeps neither of the two from its end', async () => {
  const side = 'docker.io/library/side';
  const { world, controller } = await updated({}, { side: 'side:1.0.0' });
  world.registry.push(side, '1.0.0');
  world.registry.push(side, '1.1.0');
  await controller.advance(nextLook);
  assert.equal(imageIn(world, 'side'), 'side:1.1.0');
  ask(world, `1.1.0@${digestOfTag('1.1.0')}`);
  await controller.settle();
  assert.match(imageIn(world) ?? '', /^app:1\.1\.0/);
  await finishRollout(world, controller);
  await controller.advance(60_000);
  const outcomes = ['app', 'side'].map((name) => statusIn(world, name).history[0]?.outcome);
  assert.deepEqual(outcomes, ['Verified', 'Verified']);
});

test('retry lets come again what was left', async () => {
  const { world, controller } = await updated();
  ask(world, '1.1.0');
  await controller.settle();
  await finishRollout(world, controller);
  world.cluster.edit(trackedPath(), [{ op: 'add', path: '/spec/retry', value: '2026-01-01T00:00:00Z' }]);
  await controller.settle();
  assert.match(imageIn(world) ?? '', /^app:1\.2\.0/);
});

test('what the history does not hold is told, and nothing moves until it is taken back', async () => {
  const { world, controller } = await updated();
  ask(world, '0.9.0');
  world.registry.push(app, '1.3.0');
  await controller.advance(nextLook);
  assert.equal(statusIn(world).reason, 'NotInHistory');
  assert.equal(statusIn(world).state, 'Error');
  assert.equal(imageIn(world), 'app:1.2.0');
  world.cluster.edit(trackedPath(), [{ op: 'remove', path: '/spec/rollbackTo' }]);
  await controller.settle();
  assert.equal(imageIn(world), 'app:1.3.0');
});

test('a way back is written once, whatever happens afterwards', async () => {
  const { world, controller } = await updated();
  ask(world, '1.1.0');
  await controller.settle();
  await finishRollout(world, controller);
  const patches = deploymentPatches(world).length;
  await controller.kill();
  const next = await startController(world);
  await next.poke();
  await next.advance(3_600_000);
  assert.equal(deploymentPatches(world).length, patches);
});

for (const [moment, path] of [
  ['after what is left was remembered', `${trackedPath()}/status`],
  ['after the way back was written', deploymentPath()],
] as const) {
  test(`a controller that dies ${moment} goes back once, and not forward`, async () => {
    const { world, controller } = await updated();
    let isDead = false;
    world.cluster.after = (request) => {
      isDead ||= request.path === path;
      if (isDead) throw kubeError('Aborted', 'the controller is dead');
    };
    world.cluster.before = () => {
      if (isDead) throw kubeError('Aborted', 'the controller is dead');
    };
    ask(world, '1.1.0');
    await controller.settle();
    await controller.kill();
    world.cluster.before = () => undefined;
    world.cluster.after = () => undefined;
    const next = await startController(world);
    await finishRollout(world, next);
    assert.match(imageIn(world) ?? '', /^app:1\.1\.0/);
    assert.equal(statusIn(world).rolledBackTo, '1.1.0');
    assert.deepEqual(
      statusIn(world).rejected.map(({ tag }) => tag),
      ['1.2.0'],
    );
    assert.equal(statusIn(world).history.length, 3);
  });
}

test('neither a window nor an approval nor a hold of updates keeps a person from going back', async () => {
  const { world, controller } = await updated();
  const annotations = { 'plimsoll.dev/mode': 'approve', 'plimsoll.dev/window': '03:00-03:01' };
  deploy(world, { containers: { app: 'app:1.2.0' }, annotations: { ...minor, ...annotations } });
  world.cluster.edit(trackedPath(), [{ op: 'add', path: '/spec/hold', value: true }]);
  ask(world, '1.1.0');
  await controller.settle();
  assert.match(imageIn(world) ?? '', /^app:1\.1\.0/);
});

test('a suspended workload waits with it, and says so', async () => {
  const { world, controller } = await updated();
  const annotations = { ...minor, 'plimsoll.dev/suspend': 'true' };
  deploy(world, { containers: { app: 'app:1.2.0' }, annotations });
  ask(world, '1.1.0');
  await controller.settle();
  assert.equal(imageIn(world), 'app:1.2.0');
  assert.equal(statusIn(world).reason, 'Suspended');
  assert.match(statusIn(world).message, /^spec\.rollbackTo asks to go back to app:1\.1\.0/);
  assert.deepEqual(statusIn(world).rejected, []);
});

test('a person goes back in the middle of a rollout', async () => {
  const world = newWorld();
  world.registry.push(app, '1.0.0');
  world.registry.push(app, '1.1.0');
  deploy(world, { containers: { app: 'app:1.0.0' }, annotations: minor });
  const controller = await startController(world);
  assert.equal(imageIn(world), 'app:1.1.0');
  ask(world, '1.0.0');
  await controller.settle();
  assert.match(imageIn(world) ?? '', /^app:1\.0\.0/);
  await finishRollout(world, controller);
  assert.deepEqual(
    statusIn(world).history.map(({ outcome }) => outcome),
    ['Verified', 'Superseded'],
  );
});
