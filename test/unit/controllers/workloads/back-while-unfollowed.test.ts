import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import {
  deploymentPath,
  imageIn,
  killControllers,
  newWorld,
  nextLook,
  statusIn,
  type World,
} from '../../../support/controller-harness.ts';
import { beginUpdate, finishRollout, writeImage } from '../../../support/updates.ts';

const app = 'docker.io/library/app';
const hour = 3_600_000;

afterEach(killControllers);

/** A workload that was updated from 1.2.3 to 1.3.0 some time ago. */
async function updated(world: World) {
  const controller = await beginUpdate(world);
  await finishRollout(world, controller);
  await controller.advance(2 * hour);
  return controller;
}

function annotate({ cluster }: World, op: 'add' | 'remove', name: string, value = ''): void {
  cluster.edit(deploymentPath(), [{ op, path: `/metadata/annotations/plimsoll.dev~1${name}`, value }]);
}

for (const [state, reason, away, back] of [
  [
    'broken',
    'InvalidPolicy',
    (world: World) => annotate(world, 'add', 'widnow', 'x'),
    (world: World) => annotate(world, 'remove', 'widnow'),
  ],
  [
    'gone',
    'NotTracked',
    (world: World) => {
      annotate(world, 'remove', 'rollout-deadline');
      annotate(world, 'remove', 'policy');
    },
    (world: World) => annotate(world, 'add', 'policy', 'minor'),
  ],
] as const) {
  test(`what a person put back while the policy was ${state} stays, and is told once`, async () => {
    const world = newWorld();
    const controller = await updated(world);
    away(world);
    await controller.advance(60_000);
    writeImage(world, 'app:1.2.3', 'kubectl');
    await controller.advance(60_000);
    assert.equal(statusIn(world).reason, reason);

    back(world);
    await controller.advance(hour);
    assert.deepEqual([imageIn(world), statusIn(world).reason], ['app:1.2.3', 'ForeignChange']);
    assert.match(statusIn(world).message, /^kubectl put app:1\.2\.3 in place of app:1\.3\.0/);
    assert.equal(controller.events.reasons.filter((each) => each === 'ForeignChange').length, 1);

    world.registry.push(app, '1.3.1');
    await controller.advance(nextLook);
    assert.equal(imageIn(world), 'app:1.3.1');
  });
}

test('what a tool put back once is not counted again after the policy was broken', async () => {
  const world = newWorld();
  const controller = await updated(world);
  annotate(world, 'add', 'suspend', 'true');
  await controller.settle();
  writeImage(world, 'app:1.2.3', 'helm');
  await controller.advance(60_000);
  assert.equal(statusIn(world).reverts.length, 1);

  annotate(world, 'add', 'widnow', 'x');
  await controller.advance(60_000);
  assert.equal(statusIn(world).reason, 'InvalidPolicy');
  annotate(world, 'remove', 'widnow');
  await controller.advance(nextLook);
  assert.equal(statusIn(world).reverts.length, 1);

  annotate(world, 'remove', 'suspend');
  await controller.advance(nextLook);
  assert.equal(imageIn(world), 'app:1.3.0');
});
