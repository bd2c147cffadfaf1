import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NodePlatforms } from '../../../../src/controllers/pods/node-platforms.ts';
import { listRunningImages } from '../../../../src/controllers/pods/running-images.ts';
import { putNode, report } from '../../../support/controller-harness.ts';
import { aWorkload } from '../../../support/deployments.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { FakeKubeClient, kubeError } from '../../../support/fake-kube-client.ts';
import { digestOf } from '../../../support/fake-registry.ts';

const { signal } = new AbortController();
const [one, two] = [digestOf('one'), digestOf('two')];
const amd64 = { os: 'linux', architecture: 'amd64' };
const arm64 = { os: 'linux', architecture: 'arm64' };

function ask(cluster: FakeKubeClient, nodes = new NodePlatforms(cluster, new FakeClock())) {
  return listRunningImages(cluster, nodes, aWorkload(), signal);
}

test('the digests of living pods count, each once, by container', async () => {
  const cluster = new FakeKubeClient();
  report({ cluster }, { app: one, side: two }, { pod: 'a' });
  report({ cluster }, { app: one }, { pod: 'b' });
  report({ cluster }, { app: two }, { pod: 'c' });
  const { digests } = await ask(cluster);
  assert.deepEqual(
    [...digests],
    [
      ['app', [one, two]],
      ['side', [two]],
    ],
  );
});

test('a pod that was evicted or has ended tells nothing of what runs', async () => {
  const cluster = new FakeKubeClient();
  report({ cluster }, { app: one }, { pod: 'a' });
  report({ cluster }, { app: two }, { pod: 'b', phase: 'Failed' });
  report({ cluster }, { app: two }, { pod: 'c', phase: 'Succeeded' });
  assert.deepEqual([...(await ask(cluster)).digests], [['app', [one]]]);
});

test('no pod, no digest, no platform, and no node is asked for', async () => {
  const cluster = new FakeKubeClient();
  const { digests, platforms } = await ask(cluster);
  assert.deepEqual([digests.size, platforms], [0, undefined]);
  assert.deepEqual(
    cluster.requests.filter(({ path }) => path.includes('/nodes')),
    [],
  );
});

test('the platforms are those of the nodes that living pods are on, each once', async () => {
  const cluster = new FakeKubeClient();
  for (const [node, platform] of [
    ['small', arm64],
    ['big', amd64],
    ['bigger', amd64],
    ['idle', { os: 'windows', architecture: 'amd64' }],
  ] as const)
    putNode({ cluster }, node, platform);
  for (const node of ['small', 'big', 'bigger']) report({ cluster }, { app: one }, { pod: node, node });
  report({ cluster }, { app: one }, { pod: 'ended', node: 'idle', phase: 'Succeeded' });
  assert.deepEqual((await ask(cluster)).platforms, [amd64, arm64]);
});

test('nodes are listed once, and again only for a node that is new, a minute later at the earliest', async () => {
  const cluster = new FakeKubeClient();
  const clock = new FakeClock();
  const nodes = new NodePlatforms(cluster, clock);
  const lists = () => cluster.requests.filter(({ path }) => path === '/api/v1/nodes').length;
  putNode({ cluster }, 'first', amd64);
  report({ cluster }, { app: one }, { node: 'first' });
  for (let round = 0; round < 3; round++) await ask(cluster, nodes);
  assert.equal(lists(), 1);
  putNode({ cluster }, 'second', arm64);
  report({ cluster }, { app: one }, { node: 'second' });
  assert.equal((await ask(cluster, nodes)).platforms, undefined);
  await clock.advance(60_000);
  assert.deepEqual((await ask(cluster, nodes)).platforms, [arm64]);
  assert.equal(lists(), 2);
});

test('without permission to list nodes nobody tells on what the pods run', async () => {
  const cluster = new FakeKubeClient();
  report({ cluster }, { app: one }, { node: 'first' });
  cluster.before = ({ path }) => {
    if (path === '/api/v1/nodes') throw kubeError('Forbidden', 'nodes is forbidden');
  };
  const { digests, platforms } = await ask(cluster);
  assert.deepEqual([digests.size, platforms], [1, undefined]);
});
