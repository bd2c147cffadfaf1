import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import {
  deploy,
  killControllers,
  newWorld,
  startController,
  statusIn,
  trackedPath,
} from '../../../support/controller-harness.ts';

const app = 'docker.io/library/app';
const checkAt = '2026-01-02T00:00:00Z';

afterEach(killControllers);

test('a look that a person asked for is told when it is done, and not when it is begun', async () => {
  const world = newWorld();
  world.registry.push(app, '1.2.3');
  deploy(world, { annotations: { 'plimsoll.dev/policy': 'minor' } });
  const controller = await startController(world);
  const { observedGeneration } = statusIn(world);
  const told = new Set<string | undefined>();
  world.registry.before = async () => {
    while (statusIn(world).observedGeneration === observedGeneration) await setImmediate();
    told.add(statusIn(world).checkedAt);
  };

  world.cluster.edit(trackedPath(), [{ op: 'add', path: '/spec/checkAt', value: checkAt }]);
  await controller.settle();
  assert.deepEqual([...told], [undefined], 'the wish was seen, and the look is under way');
  assert.equal(statusIn(world).checkedAt, checkAt, 'it saw nothing new, and that is told');
});
