import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { RegistryError } from '../../../../src/registry/errors.ts';
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
} from '../../../support/controller-harness.ts';
import { kubeError } from '../../../support/fake-kube-client.ts';
import { digestOf } from '../../../support/fake-registry.ts';

const app = 'docker.io/library/app';
const minor = { 'plimsoll.dev/policy': 'minor' };

afterEach(killControllers);

test('fifty workloads on one repository cost one look per interval, and one more for what their tag meant at first', async () => {
  const world = newWorld();
  world.registry.push(app, '1.2.3');
  for (let index = 0; index < 50; index++) deploy(world, { name: `web-${index}`, annotations: minor });
  const controller = await startController(world);
  const first = [`tags ${app}`, `digest ${app}:1.2.3`];
  assert.deepEqual(world.registry.asked, first);
  await controller.advance(nextLook);
  await controller.advance(300_000);
  assert.deepEqual(world.registry.asked, [...first, `tags ${app}`, `tags ${app}`]);
});

test('an idle workload costs no request, however often it is looked at', async () => {
  const world = newWorld();
  const digest = world.registry.push(app, '1.5');
  deploy(world, { annotations: minor, containers: { app: 'app:1.5' } }, { app: digest });
  const controller = await startController(world);
  const before = world.cluster.requests.length;
  await controller.poke();
  await controller.poke();
  assert.equal(world.cluster.requests.length, before);
  await controller.advance(3_600_000);
  assert.deepEqual(
    world.cluster.requests.slice(before).map(({ path }) => path),
    [],
  );
});

test('a failing registry is asked less and less often, also when it asks for a short pause', async () => {
  const world = newWorld();
  deploy(world, { annotations: { ...minor, 'plimsoll.dev/interval': '1h' } });
  world.registry.failure = new RegistryError('RateLimited', 'slow down', { retryAfter: 1_000 });
  const controller = await startController(world);
  await controller.advance(3_600_000);
  assert.ok(world.registry.asked.length < 20, `${world.registry.asked.length} requests in an hour`);
  assert.equal(statusIn(world).state, 'Deferred');
});

test('status is written only when something changed', async () => {
  const world = newWorld();
  world.registry.push(app, '1.2.3');
  deploy(world, { annotations: minor });
  const controller = await startController(world);
  const written = world.cluster.writes.length;
  await controller.advance(900_000);
  assert.equal(world.cluster.writes.length, written);
  world.registry.push(app, '2.0.0');
  await controller.advance(nextLook);
  assert.equal(world.cluster.writes.length, written + 1);
  assert.equal(statusIn(world).latest, '2.0.0');
});

test('no more rollouts than allowed are open at once, and each one that ends lets the next begin', async () => {
  const world = newWorld();
  world.registry.push(app, '1.3.0');
  for (const name of ['a', 'b', 'c', 'd']) deploy(world, { name, annotations: minor });
  const controller = await startController(world, { maxRollouts: 2 });
  const updated = () => ['a', 'b', 'c', 'd'].filter((name) => imageIn(world, 'app', name) === 'app:1.3.0');
  assert.equal(updated().length, 2);
  const [first = ''] = updated();
  completeRollout(world, first);
  await controller.settle();
  assert.equal(updated().length, 3);
  await controller.advance(59_000);
  assert.equal(updated().length, 3);
  // What makes no progress for a minute gives its place up.
  await controller.advance(1_000);
  assert.equal(updated().length, 4);
});

test('workloads whose pods must be asked first do not share the last place', async () => {
  const world = newWorld();
  const old = world.registry.push(app, '1.5');
  for (const name of ['a', 'b', 'c']) {
    deploy(world, { name, annotations: minor, containers: { app: 'app:1.5' } }, { app: old });
  }
  world.registry.push(app, '1.5', digestOf('renewed'));
  await startController(world, { maxRollouts: 1 });
  assert.equal(deploymentPatches(world).length, 1);
});

test('an order to stop lets the write under way finish', async () => {
  const world = newWorld();
  world.registry.push(app, '1.3.0');
  deploy(world, { annotations: minor });
  const reached = Promise.withResolvers<void>();
  const go = Promise.withResolvers<void>();
  world.cluster.before = async ({ method, path }) => {
    if (method !== 'PATCH' || path !== deploymentPath()) return;
    reached.resolve();
    await go.promise;
  };
  const controller = new ControllerHarness(world);
  await reached.promise;
  const stopped = controller.stop();
  go.resolve();
  await stopped;
  assert.equal(imageIn(world), 'app:1.3.0');
  assert.equal(statusIn(world).reason, 'RollingOut');
});

test('a secret that was renewed is read again after a refusal', async () => {
  const world = newWorld();
  const secret = '/api/v1/namespaces/shop/secrets/regcred';
  const put = (password: string) =>
    world.cluster.put(secret, {
      kind: 'Secret',
      type: 'kubernetes.io/dockerconfigjson',
      metadata: { namespace: 'shop', name: 'regcred' },
      data: {
        '.dockerconfigjson': Buffer.from(
          JSON.stringify({ auths: { 'docker.io': { username: 'u', password } } }),
        ).toString('base64'),
      },
    });
  put('old');
  world.registry.push(app, '1.3.0');
  world.registry.failure = new RegistryError('Unauthorized', 'docker.io/library/app: not accepted');
  deploy(world, { annotations: minor, pullSecrets: ['regcred'] });
  const controller = await startController(world);
  assert.equal(statusIn(world).reason, 'Unauthorized');
  await controller.advance(600_000);
  const reads = world.cluster.requests.filter(({ path }) => path === secret).length;
  assert.ok(reads > 1 && reads < 12, `${reads} readings in ten minutes`);

  put('new');
  world.registry.failure = undefined;
  await controller.advance(600_000);
  assert.equal(imageIn(world), 'app:1.3.0');
});

test('while a registry takes its time to refuse again, its workloads rest', async () => {
  const world = newWorld();
  world.registry.failure = new RegistryError('Unauthorized', 'docker.io/library/app: not accepted');
  deploy(world, { annotations: minor });
  const controller = await startController(world);
  world.registry.before = () => world.clock.sleep(30_000);
  const before = controller.metrics.count('queue workloads added');
  await controller.world.clock.advance(nextLook);
  assert.ok(controller.metrics.count('queue workloads added') - before < 20);
  // A look that is still under way must end, or the controller cannot.
  world.registry.before = async () => undefined;
  await controller.advance(30_000);
});

test('an API server that refuses both an undo and an update of another container is not asked without a rest', async () => {
  const world = newWorld();
  const side = 'docker.io/library/side';
  for (const tag of ['1.2.3', '1.3.0']) world.registry.push(app, tag);
  world.registry.push(side, '1.0.0');
  const annotations = { ...minor, 'plimsoll.dev/rollout-deadline': '10m' };
  deploy(world, { annotations, containers: { app: 'app:1.2.3', side: 'side:1.0.0' } });
  const controller = await startController(world);
  assert.equal(imageIn(world), 'app:1.3.0');
  world.registry.push(side, '1.1.0');
  await controller.advance(nextLook);
  world.cluster.before = ({ method, path }) => {
    if (method === 'PATCH' && path === deploymentPath()) throw kubeError('Invalid', 'denied by policy');
  };
  const before = deploymentPatches(world).length;
  await controller.advance(600_000 - nextLook + 200);
  assert.equal(statusIn(world).reason, 'RolloutFailed');
  assert.equal(statusIn(world, 'side').reason, 'WriteDenied');
  assert.equal(deploymentPatches(world).length - before, 2);
});

test('a fleet that is seen for the first time costs two writes each, and a list of pods for fifty', async () => {
  const world = newWorld();
  const names = Array.from({ length: 100 }, (_, index) => `web-${index}`);
  for (const name of names) {
    const digest = world.registry.push(`docker.io/library/${name}`, '1.2.3');
    deploy(world, { name, annotations: minor, containers: { app: `${name}:1.2.3` } }, { app: digest });
  }
  await startController(world);
  for (const name of names) assert.notEqual(statusIn(world, 'app', name).digest, undefined);
  assert.equal(world.cluster.writes.length, 2 * names.length);
  const isOfPods = ({ path }: { readonly path: string }) => path.endsWith('/pods');
  assert.equal(world.cluster.requests.filter(isOfPods).length, 2);
});
