import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import {
  deploy,
  deploymentPatches,
  deploymentPath,
  imageIn,
  killControllers,
  newWorld,
  startController,
  statusIn,
} from '../../../support/controller-harness.ts';
import { deadline, minor } from '../../../support/updates.ts';

afterEach(killControllers);

/** Containers in the order of the template, and which of them a person sets to another image. */
const cases = [
  ['first', 'app', 0, 'side'],
  ['last', 'side', 1, 'app'],
] as const;

for (const [which, replaced, index, other] of cases) {
  test(`where a person replaced the ${which} container of an update, the other is not put back over it`, async () => {
    const world = newWorld();
    for (const name of ['app', 'side'])
      for (const tag of ['1.2.3', '1.3.0']) world.registry.push(`docker.io/library/${name}`, tag);
    deploy(world, { annotations: minor, containers: { app: 'app:1.2.3', side: 'side:1.2.3' } });
    const first = await startController(world);
    assert.deepEqual([imageIn(world), imageIn(world, 'side')], ['app:1.3.0', 'side:1.3.0']);
    await first.kill();
    const path = `/spec/template/spec/containers/${index}/image`;
    world.cluster.edit(deploymentPath(), [{ op: 'replace', path, value: `${replaced}:1.9.0` }]);
    await world.clock.advance(deadline);

    const second = await startController(world);
    await second.advance(5_000);
    assert.equal(imageIn(world, replaced), `${replaced}:1.9.0`);
    assert.equal(imageIn(world, other), `${other}:1.3.0`);
    for (const name of [replaced, other])
      assert.equal(statusIn(world, name).history[0]?.outcome, 'Superseded');
    assert.deepEqual(statusIn(world, other).rejected, []);
    assert.equal(deploymentPatches(world).length, 1);
  });
}
