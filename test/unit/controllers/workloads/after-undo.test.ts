import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { kinds } from '../../../../src/kube/kinds.ts';
import { readTrackedImage } from '../../../../src/kube/tracked-images.ts';
import type { JsonObject } from '../../../../src/model/json.ts';
import {
  completeRollout,
  killControllers,
  newWorld,
  nextLook,
  report,
  startController,
  statusIn,
  type World,
} from '../../../support/controller-harness.ts';
import { deployment } from '../../../support/deployments.ts';
import { kubeError } from '../../../support/fake-kube-client.ts';
import { digestOf } from '../../../support/fake-registry.ts';
import { beginUpdate, deadline, minor } from '../../../support/updates.ts';

const app = 'docker.io/library/app';

afterEach(killControllers);

function podLists({ cluster }: World): number {
  return cluster.requests.filter(({ method, path }) => method === 'LIST' && path.endsWith('/pods')).length;
}

test('what runs after an undo is learnt, and then pods are not asked at each look', async () => {
  const world = newWorld();
  const controller = await beginUpdate(world);
  await controller.advance(deadline);
  completeRollout(world);
  report(world, { app: digestOf(`${app}:1.2.3`) });
  await controller.advance(3_600_000);
  assert.equal(statusIn(world).digest, digestOf(`${app}:1.2.3`));
  assert.equal(statusIn(world).reason, 'RolledBack');
  const before = podLists(world);
  for (const _look of [1, 2, 3, 4]) {
    await controller.poke();
    await controller.advance(5_000);
  }
  assert.equal(podLists(world), before);
});

const setPath = '/apis/apps/v1/namespaces/shop/statefulsets/db';
const memoryPath = '/apis/plimsoll.dev/v1alpha1/namespaces/shop/trackedimages/statefulset.db.app';

/** The status of a StatefulSet of which so many pods are of the present template and available. */
function setStatus(observedGeneration: number, updated: number): JsonObject {
  const revisions = { currentRevision: 'a', updateRevision: updated === 2 ? 'a' : 'b' };
  return {
    observedGeneration,
    replicas: 2,
    updatedReplicas: updated,
    availableReplicas: updated,
    ...revisions,
  };
}

function moveOn({ cluster }: World, status: JsonObject): void {
  cluster.put(setPath, { ...cluster.peek(setPath), status });
}

function imageOfSet({ cluster }: World): string | undefined {
  return kinds.StatefulSet.project(cluster.peek(setPath) ?? {})?.containers[0]?.image;
}

/** Lets the API server permit the deletion of pods, and a webhook refuse it. */
function guardPods({ cluster }: World): void {
  const create = cluster.create.bind(cluster);
  cluster.create = async (path, body, options) =>
    path.includes('selfsubjectaccessreviews') ? { status: { allowed: true } } : create(path, body, options);
  cluster.before = ({ method, path }) => {
    if (method === 'DELETE' && path.includes('/pods/'))
      throw kubeError('Forbidden', 'admission webhook "guard" denied the request');
  };
}

test('a webhook that refuses the deletion of a left pod keeps nobody from looking for what is newer', async () => {
  const world = newWorld();
  for (const tag of ['1.2.3', '1.3.0']) world.registry.push(app, tag);
  const set = deployment({ name: 'db', annotations: minor });
  world.cluster.put(setPath, { ...set, kind: 'StatefulSet', status: setStatus(1, 2) });
  guardPods(world);
  const controller = await startController(world);
  assert.equal(imageOfSet(world), 'app:1.3.0');
  const ownerReferences = [{ kind: 'StatefulSet', name: 'db', uid: `uid-${setPath}`, controller: true }];
  const waiting = { reason: 'InvalidImageName', message: 'no name' };
  world.cluster.put('/api/v1/namespaces/shop/pods/db-1', {
    kind: 'Pod',
    metadata: { namespace: 'shop', name: 'db-1', labels: { app: 'db' }, ownerReferences },
    spec: { nodeName: 'n', containers: [{ name: 'app', image: 'app:1.3.0' }] },
    status: {
      phase: 'Pending',
      containerStatuses: [{ name: 'app', restartCount: 0, ready: false, state: { waiting } }],
    },
  });
  moveOn(world, setStatus(2, 1));
  await controller.advance(10_000);
  assert.equal(imageOfSet(world), 'app:1.2.3');
  moveOn(world, setStatus(3, 1));
  await controller.advance(60_000);
  const tried = world.cluster.requests.filter(({ method }) => method === 'DELETE').length;
  assert.ok(tried > 0, 'the deletion was tried');

  world.registry.push(app, '1.3.1');
  await controller.advance(nextLook);
  const status = readTrackedImage(world.cluster.peek(memoryPath) ?? {})?.status;
  assert.equal(status?.latest, '1.3.1');
  assert.deepEqual(controller.failures, []);
});
