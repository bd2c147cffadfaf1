import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import {
  deploymentPath,
  imageIn,
  killControllers,
  newWorld,
  nextLook,
  report,
  statusIn,
  trackedPath,
  type World,
} from '../../../support/controller-harness.ts';
import { completeStatus } from '../../../support/deployments.ts';
import { digestOf } from '../../../support/fake-registry.ts';
import { beginUpdate, finishRollout } from '../../../support/updates.ts';

const app = 'docker.io/library/app';
const before = digestOf(`${app}:1.3.0`);

afterEach(killControllers);

/** Sets an image by hand whose first pod does not become ready. */
function hang({ cluster }: World, image: string): void {
  const object = cluster.edit(deploymentPath(), [
    { op: 'replace', path: '/spec/template/spec/containers/0/image', value: image },
  ]);
  const status = { ...completeStatus(2, 2), replicas: 3, updatedReplicas: 1, conditions: [] };
  cluster.put(deploymentPath(), { ...object, status });
}

for (const [what, tag, isPushed] of [
  ['does not exist', '1.9.9', false],
  ['crashes', '1.3.9', true],
] as const) {
  test(`a person gets away from an image set by hand that ${what}`, async () => {
    const world = newWorld();
    const controller = await beginUpdate(world);
    await finishRollout(world, controller);
    await controller.advance(7_200_000);
    report(world, { app: before });
    if (isPushed) report(world, { app: world.registry.push(app, tag) }, { pod: 'second' });
    hang(world, `app:${tag}`);
    await controller.advance(nextLook);

    world.cluster.edit(trackedPath(), [{ op: 'add', path: '/spec/rollbackTo', value: `1.3.0@${before}` }]);
    await controller.advance(60_000);
    assert.equal(imageIn(world), `app:1.3.0@${before}`);
    await finishRollout(world, controller);
    await controller.advance(86_400_000);
    assert.equal(imageIn(world), `app:1.3.0@${before}`, 'and it does not come again');
    assert.deepEqual(
      statusIn(world).rejected.map((one) => one.tag),
      isPushed ? [tag] : [],
    );
    assert.deepEqual(controller.failures, []);
  });
}
