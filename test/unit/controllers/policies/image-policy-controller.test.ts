import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ImagePolicyController } from '../../../../src/controllers/policies/image-policy-controller.ts';
import { PolicySources } from '../../../../src/controllers/policies/policy-sources.ts';
import { readImagePolicy } from '../../../../src/kube/image-policies.ts';
import { at, type JsonObject, listAt, textAt } from '../../../../src/model/json.ts';
import { type Reason, stateOf } from '../../../../src/model/reasons.ts';
import type { Workload } from '../../../../src/model/workload.ts';
import { aWorkload } from '../../../support/deployments.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { FakeKubeClient, kubeError } from '../../../support/fake-kube-client.ts';
import { RecordingMetrics } from '../../../support/recorders.ts';

const path = '/apis/plimsoll.dev/v1alpha1/namespaces/shop/imagepolicies/base';
const signal = new AbortController().signal;

function given(
  spec: JsonObject,
  workloads: readonly Workload[],
  reasons: Readonly<Record<string, Reason>> = {},
) {
  const cluster = new FakeKubeClient();
  const sources = new PolicySources();
  cluster.changed = (object) => {
    const policy = readImagePolicy(object);
    if (policy) sources.imagePolicies.set('shop/base', policy);
  };
  cluster.put(path, {
    kind: 'ImagePolicy',
    metadata: { namespace: 'shop', name: 'base', generation: 1 },
    spec,
  });
  const clock = new FakeClock();
  const failures: unknown[] = [];
  const controller = new ImagePolicyController({
    client: cluster,
    clock,
    metrics: new RecordingMetrics(),
    sources,
    workloads: () => workloads,
    trackedOf: ({ workload, container }) => {
      const reason = reasons[`${workload.name}/${container}`];
      return reason && { status: { state: stateOf(reason), reason } };
    },
    failed: (_key, error) => failures.push(error),
  });
  return { cluster, sources, controller, failures, clock };
}

const shop = [
  aWorkload({ name: 'web', containers: { app: 'app:1.0.0', side: 'side:1.0.0' } }),
  aWorkload({ name: 'api', containers: { app: 'app:1.0.0' } }),
  aWorkload({ name: 'elsewhere', namespace: 'blog', containers: { app: 'app:1.0.0' } }),
];

test('a status counts what the policy speaks of and how that stands', async () => {
  const { cluster, controller } = given({ policy: 'minor', images: ['app'] }, shop, {
    'web/app': 'NotifyOnly',
    'web/side': 'Unauthorized',
    'api/app': 'UpToDate',
  });
  await controller.reconcile('shop/base', signal);
  const status = at(cluster.peek(path), 'status');
  const { conditions: _conditions, ...counts } = Object(status) as JsonObject;
  assert.deepEqual(counts, {
    observedGeneration: 1,
    workloads: 2,
    containers: 2,
    upToDate: 1,
    held: 1,
    failing: 0,
  });
  assert.deepEqual(readyOf(cluster), ['True', 'PolicyInForce']);
});

test('a broken policy says so in its conditions, also where only a range is broken', async () => {
  for (const policy of ['minro', 'semver:>=1.x.3']) {
    const { cluster, controller } = given({ policy }, shop);
    await controller.reconcile('shop/base', signal);
    assert.deepEqual(readyOf(cluster), ['False', 'InvalidPolicy'], policy);
  }
});

test('nothing is written that is already there', async () => {
  const { cluster, controller } = given({ policy: 'minor' }, shop, { 'web/app': 'UpToDate' });
  await controller.reconcile('shop/base', signal);
  await controller.reconcile('shop/base', signal);
  assert.equal(cluster.writes.length, 1);
});

test('a status changes no policy: workloads are told of another generation only', () => {
  const { cluster, sources } = given({ policy: 'minor' }, shop);
  const told: string[] = [];
  sources.onChange = (namespace) => told.push(namespace);
  const now = cluster.peek(path);
  cluster.put(path, { ...now, status: { workloads: 1 } });
  assert.deepEqual(told, []);
  cluster.put(path, { ...now, metadata: { ...Object(now?.['metadata']), generation: 2 }, spec: {} });
  assert.deepEqual(told, ['shop']);
});

test('a namespace tells its workloads when its settings change', () => {
  const { sources } = given({}, []);
  const told: string[] = [];
  sources.onChange = (namespace) => told.push(namespace);
  sources.namespaces.set('shop', {
    name: 'shop',
    annotations: { 'plimsoll.dev/policy': 'minor' },
    terminating: false,
  });
  sources.namespaces.set('shop', {
    name: 'shop',
    annotations: { 'plimsoll.dev/policy': 'minor' },
    terminating: false,
  });
  sources.namespaces.delete('shop');
  assert.deepEqual(told, ['shop', 'shop']);
});

test('who was faster is read again before the end of a single pass', async () => {
  const { cluster, controller, failures, clock } = given({ policy: 'minor' }, shop);
  let refused = false;
  cluster.before = ({ method }) => {
    if (method !== 'PATCH' || refused) return;
    refused = true;
    throw kubeError('Conflict', 'the object has been modified');
  };
  const settled = controller.settle(signal);
  await clock.advance(500);
  await settled;
  assert.deepEqual(failures, []);
  assert.deepEqual(readyOf(cluster), ['True', 'PolicyInForce']);
});

function readyOf(cluster: FakeKubeClient): readonly (string | undefined)[] {
  const ready = listAt(cluster.peek(path), 'status', 'conditions').find(
    (condition) => textAt(condition, 'type') === 'Ready',
  );
  return [textAt(ready, 'status'), textAt(ready, 'reason')];
}
