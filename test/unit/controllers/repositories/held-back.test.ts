import assert from 'node:assert/strict';
import { afterEach, suite, test } from 'node:test';
import { RegistryError } from '../../../../src/registry/errors.ts';
import {
  type ControllerHarness,
  deploy,
  imageIn,
  killControllers,
  newWorld,
  nextLook,
  startController,
  statusIn,
  type World,
} from '../../../support/controller-harness.ts';
import { digestOf } from '../../../support/fake-registry.ts';

const app = 'docker.io/library/app';
const quarantined = new RegistryError('Forbidden', 'the registry answered 412 (PROJECTPOLICYVIOLATION)');
const tooLarge = new RegistryError('LimitExceeded', 'the manifest is larger than 4 MiB');

afterEach(killControllers);

/** Two workloads of one repository: `eager` wants 1.2.0, which is held back where it says so, and `calm` wants 1.0.1. */
async function twoWants(holdBack: (asked: string) => void): Promise<[World, ControllerHarness]> {
  const world = newWorld();
  const digest = world.registry.push(app, '1.0.0');
  for (const [name, policy] of Object.entries({ eager: 'minor', calm: 'patch' })) {
    const annotations = { 'plimsoll.dev/policy': policy };
    deploy(world, { name, annotations, containers: { app: 'app:1.0.0' } }, { app: digest });
  }
  const controller = await startController(world);
  world.registry.push(app, '1.2.0', digestOf('1.2.0'));
  world.registry.push(app, '1.0.1');
  world.registry.before = holdBack;
  await controller.advance(nextLook);
  return [world, controller];
}

suite('an image that the registry holds back', () => {
  for (const [why, asked, error] of [
    ['because of what a scan found', `digest ${app}:1.2.0`, quarantined],
    ['because of its size', `manifests ${app}@${digestOf('1.2.0')}`, tooLarge],
  ] as const) {
    test(`${why} stops only who wants it, and they are told`, async () => {
      const [world] = await twoWants((each) => {
        if (each === asked) throw error;
      });
      assert.equal(imageIn(world, 'app', 'calm'), 'app:1.0.1');
      assert.equal(imageIn(world, 'app', 'eager'), 'app:1.0.0');
      const { reason, message } = statusIn(world, 'app', 'eager');
      assert.deepEqual([reason, message], [error.code, error.message]);
      assert.doesNotMatch(statusIn(world, 'app', 'calm').message, new RegExp(error.message.slice(0, 12)));
    });
  }

  test('is taken once it is given', async () => {
    const [world, controller] = await twoWants((asked) => {
      if (asked === `digest ${app}:1.2.0`) throw quarantined;
    });
    await controller.advance(3_600_000);
    assert.equal(imageIn(world, 'app', 'eager'), 'app:1.0.0');
    world.registry.before = () => undefined;
    await controller.advance(nextLook);
    assert.equal(imageIn(world, 'app', 'eager'), 'app:1.2.0');
  });

  test('is told apart from a repository that nobody may list, which stops everybody', async () => {
    const [world] = await twoWants((asked) => {
      if (asked.startsWith('tags')) throw quarantined;
    });
    for (const name of ['eager', 'calm']) assert.equal(statusIn(world, 'app', name).reason, 'Forbidden');
  });

  test('does not make the repository look stale', async () => {
    const [world, controller] = await twoWants((asked) => {
      if (asked === `digest ${app}:1.2.0`) throw quarantined;
    });
    await controller.advance(6 * 3_600_000);
    const [repository] = controller.repositories.freshness();
    assert.ok(world.clock.now() - (repository?.succeededAt ?? 0) < 600_000);
  });
});

test('a registry that gives nothing is asked ever more seldom, also for digests alone', async () => {
  const world = newWorld();
  const digest = world.registry.push(app, 'latest');
  const containers = { app: 'app:latest' };
  deploy(world, { annotations: { 'plimsoll.dev/policy': 'digest' }, containers }, { app: digest });
  world.registry.failure = new RegistryError('Forbidden', 'the registry answered 403');
  const controller = await startController(world);
  await controller.advance(6 * 3_600_000);
  assert.ok(world.registry.asked.length < 25, `${world.registry.asked.length} requests in six hours`);
});
