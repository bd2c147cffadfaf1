import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import {
  deploy,
  deploymentPatches,
  imageIn,
  killControllers,
  newWorld,
  nextLook,
  startController,
  statusIn,
  trackedPath,
  type World,
} from '../../../support/controller-harness.ts';
import { digestOf } from '../../../support/fake-registry.ts';
import { finishRollout } from '../../../support/updates.ts';

const app = 'docker.io/library/app';
const [one, other] = [digestOf('one'), digestOf('other')];

afterEach(killControllers);

/** A workload at 1.0.0 under `mode: approve`, for which 1.1.0 was found. */
async function waiting(annotations: Readonly<Record<string, string>> = {}) {
  const world = newWorld();
  world.registry.push(app, '1.0.0');
  world.registry.push(app, '1.1.0', one);
  deploy(world, {
    containers: { app: 'app:1.0.0' },
    annotations: { 'plimsoll.dev/policy': 'minor', 'plimsoll.dev/mode': 'approve', ...annotations },
  });
  const controller = await startController(world);
  assert.equal(statusIn(world).candidate, `1.1.0@${one}`);
  return { world, controller };
}

/** Writes `spec.approve` as a person does, who reads no resource version. */
function approve({ cluster }: World, value: string): void {
  cluster.edit(trackedPath(), [{ op: 'add', path: '/spec/approve', value }]);
}

test('an update waits for a person, and the lines to approve it are told, in status and event', async () => {
  const { world, controller } = await waiting();
  const { reason, message } = statusIn(world);
  assert.equal(reason, 'AwaitingApproval');
  const lines = [
    `waits for approval: kubectl plimsoll approve deployment/web 1.1.0@${one} -n shop -c app`,
    `kubectl -n shop patch trackedimage deployment.web.app --type=merge -p '{"spec":{"approve":"1.1.0@${one}"}}'`,
  ];
  assert.ok(message.endsWith(lines.join('; without the plug-in: ')), message);
  const held = controller.events.events.find((event) => event.reason === 'UpdateHeld');
  assert.ok(held?.note.endsWith(message));
  assert.equal(imageIn(world), 'app:1.0.0');
});

test('what was approved is written with its digest, and the next one waits again', async () => {
  const { world, controller } = await waiting();
  approve(world, `1.1.0@${one}`);
  await controller.settle();
  assert.equal(imageIn(world), `app:1.1.0@${one}`);
  await finishRollout(world, controller);
  assert.equal(statusIn(world).reason, 'UpToDate');

  world.registry.push(app, '1.2.0', other);
  await controller.advance(nextLook);
  assert.equal(statusIn(world).reason, 'AwaitingApproval');
  assert.match(statusIn(world).message, /what is approved is 1\.1\.0@/);
  assert.equal(imageIn(world), `app:1.1.0@${one}`);
});

test('a tag alone approves what the status showed, also when a controller comes only later', async () => {
  const { world, controller } = await waiting();
  await controller.kill();
  approve(world, '1.1.0');
  await startController(world);
  assert.equal(imageIn(world), `app:1.1.0@${one}`);
  assert.deepEqual(statusIn(world).approval, { asked: '1.1.0', image: `1.1.0@${one}` });
});

test('a tag that means something else when the approval is read is not approved', async () => {
  const { world, controller } = await waiting();
  await controller.kill();
  approve(world, '1.1.0');
  world.registry.push(app, '1.1.0', other);
  const next = await startController(world);
  assert.equal(imageIn(world), 'app:1.0.0');
  assert.equal(statusIn(world).candidate, `1.1.0@${other}`);
  assert.deepEqual(statusIn(world).approval, { asked: '1.1.0', image: `1.1.0@${one}` });
  await next.kill();
  await startController(world);
  assert.deepEqual(statusIn(world).approval, { asked: '1.1.0', image: `1.1.0@${one}` });
});

test('an approval that is written while the status changes means what the person saw', async () => {
  const { world, controller } = await waiting();
  // The tag moves; in the moment in which the controller shows what it means now, the person approves what was shown before.
  world.registry.push(app, '1.1.0', other);
  world.cluster.before = ({ method, path }) => {
    if (method !== 'PATCH' || !path.endsWith('/status')) return;
    world.cluster.before = () => undefined;
    approve(world, '1.1.0');
  };
  await controller.advance(nextLook);
  await controller.advance(60_000);
  assert.deepEqual(statusIn(world).approval, { asked: '1.1.0', image: `1.1.0@${one}` });
  assert.equal(statusIn(world).candidate, `1.1.0@${other}`);
  assert.equal(imageIn(world), 'app:1.0.0');
});

test('what was approved is applied although something newer has come', async () => {
  const { world, controller } = await waiting({ 'plimsoll.dev/window': '02:00-03:00' });
  approve(world, '1.1.0');
  await controller.settle();
  assert.equal(statusIn(world).reason, 'OutsideWindow', 'approval opens approval only');
  world.registry.push(app, '1.2.0', other);
  await controller.advance(nextLook);
  assert.equal(statusIn(world).candidate, `1.1.0@${one}`);
  assert.equal(statusIn(world).latest, '1.2.0');

  await controller.advance(Date.parse(statusIn(world).opensAt ?? '') - world.clock.now());
  assert.equal(imageIn(world), `app:1.1.0@${one}`);
  await finishRollout(world, controller);
  assert.equal(statusIn(world).candidate, `1.2.0@${other}`);
});

test('an approval that is taken back closes the gate again', async () => {
  const { world, controller } = await waiting({ 'plimsoll.dev/suspend': 'true' });
  approve(world, '1.1.0');
  await controller.settle();
  world.cluster.edit(trackedPath(), [{ op: 'remove', path: '/spec/approve' }]);
  await controller.settle();
  assert.equal(statusIn(world).approval, undefined);
  assert.deepEqual(deploymentPatches(world), []);
});
