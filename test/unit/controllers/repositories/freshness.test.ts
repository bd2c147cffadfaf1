import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import type { RepositoryFreshness } from '../../../../src/controllers/repositories/repository-store.ts';
import { deploy, killControllers, newWorld, startController } from '../../../support/controller-harness.ts';

afterEach(killControllers);

/** As the alert PlimsollRepositoryStale has it. */
function isStale({ succeededAt = 0, interval }: RepositoryFreshness, now: number): boolean {
  return now - succeededAt > 3 * interval + 600_000;
}

/** What is asked for in different ways of different tags. */
const wishes: readonly (readonly [tag: string, settings: Readonly<Record<string, string>>])[] = [
  ['1.2.3', { policy: 'minor' }],
  ['1.2.3', { policy: 'minor', digest: 'hold' }],
  ['1.2.3', { policy: 'minor', mode: 'notify' }],
  ['1.2.3', { policy: 'minor', suspend: 'true' }],
  ['1.2.3', { policy: 'minor', 'min-age': '1d' }],
  ['1.2.3', { policy: 'minor', interval: '2h' }],
  ['1.2.3', { policy: 'minor', schedule: '0 3 * * *' }],
  ['1.2.3', { policy: 'newest' }],
  ['1.2.3', { policy: 'digest' }],
  ['1.2.3', { policy: 'digest', digest: 'hold' }],
  ['1.2.3', { policy: 'digest', digest: 'follow' }],
  ['latest', { policy: 'digest' }],
  ['latest', { policy: 'digest', digest: 'hold' }],
  ['17', { policy: 'numeric' }],
];

test('a registry that answers is never told to be stale, whatever is asked of it and however seldom', async () => {
  const world = newWorld();
  for (const [index, [tag, settings]] of wishes.entries()) {
    const digest = world.registry.push(`docker.io/library/app-${index}`, tag);
    const annotations = Object.fromEntries(
      Object.entries(settings).map(([name, value]) => [`plimsoll.dev/${name}`, value]),
    );
    const containers = { app: `app-${index}:${tag}` };
    deploy(world, { name: `web-${index}`, annotations, containers }, { app: digest });
  }
  const controller = await startController(world);
  assert.equal(controller.repositories.size, wishes.length);
  for (let minute = 0; minute <= 26 * 60; minute += 10) {
    const now = world.clock.now();
    const stale = [...controller.repositories.freshness()].filter((one) => isStale(one, now));
    assert.deepEqual(stale, [], `after ${minute} minutes`);
    await controller.advance(600_000);
  }
});

test('a restart makes nothing stale of which every need is seldom, at whatever time of the hour it is due', async () => {
  const world = newWorld();
  const annotations = { 'plimsoll.dev/policy': 'digest', 'plimsoll.dev/digest': 'hold' };
  for (let index = 0; index < 20; index++) {
    const digest = world.registry.push(`docker.io/library/app-${index}`, '1.2.3');
    deploy(
      world,
      { name: `web-${index}`, annotations, containers: { app: `app-${index}:1.2.3` } },
      { app: digest },
    );
  }
  const before = await startController(world);
  await before.advance(3 * 3_600_000);
  await before.stop();
  const after = await startController(world);
  for (let minute = 0; minute <= 3 * 60; minute += 5) {
    const now = world.clock.now();
    const fresh = [...after.repositories.freshness()].filter((one) => !isStale(one, now));
    assert.equal(fresh.length, 20, `after ${minute} minutes`);
    await after.advance(300_000);
  }
});
