import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { buildReflectors, type NamespaceScope } from '../../../src/kube/reflectors.ts';
import { Store } from '../../../src/kube/store.ts';
import type { ImagePolicy } from '../../../src/model/image-policy.ts';
import type { TrackedImage } from '../../../src/model/tracked-image.ts';
import type { NamespaceSettings } from '../../../src/kube/namespace-projection.ts';
import type { Workload } from '../../../src/model/workload.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { silentLog } from '../../support/silence.ts';
import { hang, ScriptedClient } from './scripted-client.ts';

suite('what is watched', () => {
  test('is everything in all namespaces, with the namespaces themselves', async () => {
    const { paths, namespaces } = await watched({ only: [], except: [] });
    assert.ok(paths.includes('list /apis/apps/v1/deployments'));
    assert.ok(paths.includes('list /api/v1/namespaces'));
    assert.deepEqual(namespaces, ['infra', 'shop']);
  });

  test('is each of some namespaces, and no namespace', async () => {
    const { paths } = await watched({ only: ['shop', 'blog'], except: [] });
    assert.ok(paths.includes('list /apis/apps/v1/namespaces/shop/deployments'));
    assert.ok(paths.includes('list /apis/apps/v1/namespaces/blog/deployments'));
    assert.ok(!paths.includes('list /api/v1/namespaces'));
  });

  test('is nothing of an excluded namespace', async () => {
    const { namespaces } = await watched({ only: [], except: ['infra'] });
    assert.deepEqual(namespaces, ['shop']);
  });
});

/** Fills the stores from a cluster with one Deployment in `shop` and one in `infra`. */
async function watched(scope: NamespaceScope) {
  const clock = new FakeClock();
  const items = ['shop', 'infra'].map(deployment);
  const client = new ScriptedClient(clock, [[{ items, resourceVersion: '1' }]], [hang()]);
  const workloads = new Store<Workload>();
  const base = { client, clock, log: silentLog, metrics: { informerRestart: () => undefined } };
  const reflectors = buildReflectors(base, scope, {
    workloads: (kind) => (kind === 'Deployment' ? workloads : new Store<Workload>()),
    trackedImages: new Store<TrackedImage>(),
    imagePolicies: new Store<ImagePolicy>(),
    namespaces: new Store<NamespaceSettings>(),
  });
  const stop = new AbortController();
  const running = reflectors.map((reflector) => reflector.run(stop.signal));
  await Promise.all(reflectors.map((reflector) => reflector.whenSynced(stop.signal)));
  stop.abort();
  await Promise.all(running);
  return {
    paths: client.calls,
    namespaces: workloads
      .list()
      .map(({ ref }) => ref.namespace)
      .toSorted(),
  };
}

function deployment(namespace: string) {
  const template = { metadata: {}, spec: { containers: [{ name: 'web', image: 'web:1' }] } };
  const metadata = { name: 'web', namespace, uid: namespace, resourceVersion: '1', generation: 1 };
  return { metadata, spec: { selector: { matchLabels: { app: 'web' } }, template }, status: {} };
}
