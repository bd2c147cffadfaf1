import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import {
  completeRollout,
  deploymentPath,
  killControllers,
  newWorld,
  statusIn,
  trackedPath,
  type World,
} from '../../../support/controller-harness.ts';
import { completeStatus } from '../../../support/deployments.ts';
import { beginUpdate } from '../../../support/updates.ts';

const replicas = 100;

afterEach(killControllers);

function replace({ cluster }: World, updatedReplicas: number): void {
  const object = cluster.peek(deploymentPath());
  const status = { ...completeStatus(2, replicas), updatedReplicas, conditions: [] };
  cluster.put(deploymentPath(), { ...object, status });
}

function statusWrites({ cluster }: World): number {
  return cluster.requests.filter(
    ({ method, path }) => method === 'PATCH' && path === `${trackedPath()}/status`,
  ).length;
}

test('a rollout of a hundred replicas within ten seconds is told in a few writes, the last step in the end', async () => {
  const world = newWorld();
  const controller = await beginUpdate(world, { replicas });
  const before = statusWrites(world);
  for (let ready = 1; ready < replicas; ready++) {
    replace(world, ready);
    await controller.advance(100);
  }
  assert.ok(statusWrites(world) - before <= 2, `${statusWrites(world) - before} writes`);
  await controller.advance(5_000);
  assert.match(statusIn(world).message, /99 of 100 replicas updated/);
});

test('the end of a rollout is told at once', async () => {
  const world = newWorld();
  const controller = await beginUpdate(world, { replicas });
  replace(world, 1);
  await controller.advance(100);
  completeRollout(world);
  await controller.advance(10_000);
  assert.equal(statusIn(world).reason, 'UpToDate');
});
