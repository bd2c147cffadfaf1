import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import {
  deploymentPath,
  imageIn,
  killControllers,
  newWorld,
  startController,
  statusIn,
} from '../../../support/controller-harness.ts';
import { kubeError } from '../../../support/fake-kube-client.ts';
import { beginUpdate, deadline } from '../../../support/updates.ts';

afterEach(killControllers);

/** What a manager wrote last in the pod template, as `managedFields` tell it. */
const writtenBy = (manager: string, time: string, fields: object = { 'f:dnsPolicy': {} }) => ({
  op: 'add',
  path: '/metadata/managedFields',
  value: [
    {
      manager,
      operation: 'Update',
      time,
      fieldsV1: { 'f:metadata': {}, 'f:spec': { 'f:template': { 'f:spec': fields } } },
    },
  ],
});
const image = { 'f:containers': { 'k:{"name":"app"}': { 'f:image': {} } } };
const later = '2026-01-01T00:01:00Z';
const dnsPolicy = { op: 'add', path: '/spec/template/spec/dnsPolicy', value: 'None' };

test('a rollout in which somebody else changed the template is not judged', async () => {
  const world = newWorld();
  const controller = await beginUpdate(world);
  world.cluster.edit(deploymentPath(), [dnsPolicy, writtenBy('kubectl-edit', later)]);
  await controller.advance(deadline);
  assert.equal(imageIn(world), 'app:1.3.0');
  const [entry] = statusIn(world).history;
  assert.equal(entry?.outcome, 'Superseded');
  assert.match(
    controller.events.events.map(({ note }) => note).join('\n'),
    /because kubectl-edit changed the pod template/,
  );
});

test('a change within the second of the update is seen, although nobody can be named', async () => {
  const world = newWorld();
  const controller = await beginUpdate(world);
  world.cluster.edit(deploymentPath(), [dnsPolicy, writtenBy('kubectl-edit', '2026-01-01T00:00:00Z')]);
  await controller.advance(deadline);
  assert.equal(imageIn(world), 'app:1.3.0');
  assert.match(
    controller.events.events.map(({ note }) => note).join('\n'),
    /because somebody changed the pod template/,
  );
});

test('who took our image away and wrote the same one again has it as their own', async () => {
  const world = newWorld();
  const controller = await beginUpdate(world);
  world.cluster.edit(deploymentPath(), [writtenBy('some-pipeline', later, image)]);
  await controller.advance(deadline);
  assert.deepEqual([imageIn(world), statusIn(world).history[0]?.outcome], ['app:1.3.0', 'Superseded']);
});

test('who shares our image with us, as by applying the same one, leaves it ours', async () => {
  const world = newWorld();
  const controller = await beginUpdate(world);
  const shared = writtenBy('kustomize-controller', later, image);
  const own = writtenBy('plimsoll', later, image);
  world.cluster.edit(deploymentPath(), [{ ...shared, value: [...shared.value, ...own.value] }]);
  await controller.advance(deadline);
  assert.deepEqual([imageIn(world), statusIn(world).reason], ['app:1.2.3', 'RolledBack']);
});

test('a restart by a person in the middle of the rollout is a change as well', async () => {
  const world = newWorld();
  const controller = await beginUpdate(world);
  const mark = { 'kubectl.kubernetes.io/restartedAt': later };
  world.cluster.edit(deploymentPath(), [
    { op: 'add', path: '/spec/template/metadata/annotations', value: mark },
    writtenBy('kubectl-rollout', later),
  ]);
  await controller.advance(deadline);
  assert.deepEqual([imageIn(world), statusIn(world).history[0]?.outcome], ['app:1.3.0', 'Superseded']);
});

test('who made the workload and changes something else meanwhile does not keep a failed image there', async () => {
  const world = newWorld();
  const controller = await beginUpdate(world);
  world.cluster.edit(deploymentPath(), [
    { op: 'add', path: '/metadata/annotations/team', value: 'blue' },
    { op: 'replace', path: '/spec/replicas', value: 3 },
    writtenBy('kubectl-client-side-apply', later),
  ]);
  await controller.advance(deadline);
  assert.deepEqual([imageIn(world), statusIn(world).reason], ['app:1.2.3', 'RolledBack']);
});

test('a failure that was to stand is not put back over what somebody has written since', async () => {
  const world = newWorld();
  const controller = await beginUpdate(world, { annotations: { 'plimsoll.dev/rollback': 'never' } });
  await controller.advance(deadline);
  world.cluster.edit(deploymentPath(), [
    { op: 'remove', path: '/metadata/annotations/plimsoll.dev~1rollback' },
    dnsPolicy,
    writtenBy('helm', later),
  ]);
  await controller.settle();
  assert.equal(imageIn(world), 'app:1.3.0');
  assert.match(statusIn(world).message, /not put back: helm changed the pod template after the update/);
});

test('where a kill kept the template from being remembered, the times of managers have to do', async () => {
  const world = newWorld();
  let written = false;
  world.cluster.after = ({ method, path }) => {
    written ||= method === 'PATCH' && path === deploymentPath();
    if (written) throw kubeError('Aborted', 'the controller is dead');
  };
  world.cluster.before = ({ path }) => {
    if (written && path.includes('trackedimages')) throw kubeError('Aborted', 'the controller is dead');
  };
  const first = await beginUpdate(world);
  await first.kill();
  world.cluster.before = () => undefined;
  world.cluster.after = () => undefined;

  const second = await startController(world);
  assert.equal(statusIn(world).history[0]?.templateHash, undefined);
  world.cluster.edit(deploymentPath(), [writtenBy('kubectl-edit', later)]);
  await second.advance(deadline);
  assert.deepEqual([imageIn(world), statusIn(world).history[0]?.outcome], ['app:1.3.0', 'Superseded']);
});
