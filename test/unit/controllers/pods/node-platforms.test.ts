import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NodePlatforms } from '../../../../src/controllers/pods/node-platforms.ts';
import { putNode } from '../../../support/controller-harness.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { FakeKubeClient } from '../../../support/fake-kube-client.ts';

const { signal } = new AbortController();
const amd64 = { os: 'linux', architecture: 'amd64' };
const arm64 = { os: 'linux', architecture: 'arm64' };

test('a node that joined a moment ago leaves the platforms unknown, rather than being left out of them', async () => {
  const cluster = new FakeKubeClient();
  const clock = new FakeClock();
  const nodes = new NodePlatforms(cluster, clock);
  putNode({ cluster }, 'old', amd64);
  assert.deepEqual(await nodes.of(['old'], signal), [amd64]);
  putNode({ cluster }, 'new', arm64);
  await clock.advance(10_000);
  assert.equal(await nodes.of(['old', 'new'], signal), undefined);
  assert.deepEqual(await nodes.of(['old'], signal), [amd64], 'where it does not matter nothing is unknown');
  await clock.advance(50_000);
  assert.deepEqual(await nodes.of(['old', 'new'], signal), [amd64, arm64]);
});

test('a node that is gone is left out of the platforms, each time', async () => {
  const cluster = new FakeKubeClient();
  const clock = new FakeClock();
  const nodes = new NodePlatforms(cluster, clock);
  putNode({ cluster }, 'old', amd64);
  for (let asked = 0; asked < 3; asked++) {
    assert.deepEqual(await nodes.of(['old', 'gone'], signal), [amd64]);
    await clock.advance(10_000);
  }
  putNode({ cluster }, 'gone', arm64);
  await clock.advance(60_000);
  assert.deepEqual(await nodes.of(['old', 'gone'], signal), [amd64, arm64], 'until it is back');
});
