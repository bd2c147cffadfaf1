import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listRunningDigests } from '../../../src/controllers/running-digests.ts';
import { report } from '../../support/controller-harness.ts';
import { aWorkload } from '../../support/deployments.ts';
import { FakeKubeClient } from '../../support/fake-kube-client.ts';
import { digestOf } from '../../support/fake-registry.ts';

const { signal } = new AbortController();
const [one, two] = [digestOf('one'), digestOf('two')];

test('the digests of living pods count, each once, by container', async () => {
  const cluster = new FakeKubeClient();
  report({ cluster }, { app: one, side: two }, { pod: 'a' });
  report({ cluster }, { app: one }, { pod: 'b' });
  report({ cluster }, { app: two }, { pod: 'c' });
  const running = await listRunningDigests(cluster, aWorkload(), signal);
  assert.deepEqual(
    [...running],
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
  const running = await listRunningDigests(cluster, aWorkload(), signal);
  assert.deepEqual([...running], [['app', [one]]]);
});

test('no pod, no digest', async () => {
  assert.equal((await listRunningDigests(new FakeKubeClient(), aWorkload(), signal)).size, 0);
});
