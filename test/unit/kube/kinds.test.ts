import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { kinds } from '../../../src/kube/kinds.ts';
import { pullPolicyOf } from '../../../src/kube/pull-policy.ts';
import { selectorQuery } from '../../../src/kube/selector.ts';
import type { JsonObject } from '../../../src/model/json.ts';

const deployment: JsonObject = {
  metadata: {
    namespace: 'shop',
    name: 'web',
    uid: 'u-1',
    resourceVersion: '42',
    generation: 3,
    annotations: {
      'plimsoll.dev/policy': 'minor',
      'kubectl.kubernetes.io/last-applied-configuration': '{"huge":true}',
    },
    labels: { app: 'web' },
    managedFields: [{ manager: 'kubectl' }],
  },
  spec: {
    replicas: 2,
    minReadySeconds: 5,
    progressDeadlineSeconds: 600,
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': '2026-01-01T00:00:00Z' } },
      spec: {
        serviceAccountName: 'builder',
        imagePullSecrets: [{ name: 'regcred' }, {}],
        initContainers: [
          { name: 'migrate', image: 'shop/migrate:1' },
          { name: 'proxy', image: 'envoy:1.30', restartPolicy: 'Always', imagePullPolicy: 'Always' },
        ],
        containers: [{ name: 'web', image: 'nginx:1.27', env: [{ name: 'PASSWORD', value: 'x' }] }],
      },
    },
  },
  status: {
    observedGeneration: 3,
    replicas: 2,
    updatedReplicas: 1,
    availableReplicas: 2,
    conditions: [{ type: 'Progressing', status: 'True', reason: 'ReplicaSetUpdated', message: 'm' }, {}],
  },
};

describe('a Deployment', () => {
  it('is reduced to what decisions, writes and rollouts need', () => {
    assert.deepEqual(kinds.Deployment.project(deployment), {
      ref: { kind: 'Deployment', namespace: 'shop', name: 'web' },
      uid: 'u-1',
      resourceVersion: '42',
      generation: 3,
      deleting: false,
      createdAt: undefined,
      annotations: { 'plimsoll.dev/policy': 'minor' },
      hasAnnotations: true,
      labels: { app: 'web' },
      owner: undefined,
      imageManagers: [],
      containers: [
        { name: 'migrate', image: 'shop/migrate:1', role: 'init', index: 0, pullPolicy: 'IfNotPresent' },
        { name: 'proxy', image: 'envoy:1.30', role: 'sidecar', index: 1, pullPolicy: 'Always' },
        { name: 'web', image: 'nginx:1.27', role: 'main', index: 0, pullPolicy: 'IfNotPresent' },
      ],
      pullSecrets: ['regcred'],
      serviceAccount: 'builder',
      podSelector: 'app=web',
      paused: undefined,
      replicas: 2,
      replacement: 'rolling',
      partition: 0,
      minReadySeconds: 5,
      progressDeadlineSeconds: 600,
      restartedAt: '2026-01-01T00:00:00Z',
      templateHasAnnotations: true,
      status: {
        observedGeneration: 3,
        replicas: 2,
        updatedReplicas: 1,
        availableReplicas: 2,
        conditions: [{ type: 'Progressing', status: 'True', reason: 'ReplicaSetUpdated', message: 'm' }],
      },
    });
  });

  it('from a file reads with the defaults of the API server', () => {
    const workload = kinds.Deployment.project({
      metadata: { name: 'web' },
      spec: { paused: true, template: { spec: { containers: [{ name: 'web', image: 'nginx' }] } } },
    });

    assert.equal(workload?.ref.namespace, 'default');
    assert.equal(workload.serviceAccount, 'default');
    assert.equal(workload.replicas, 1);
    assert.equal(workload.paused, true);
    assert.equal(workload.podSelector, '');
    assert.equal(workload.templateHasAnnotations, false);
    assert.equal(workload.containers[0]?.pullPolicy, 'Always');
  });

  it('is kept without what others have written at length into its annotations', () => {
    const policy = 'glob:'.padEnd(2_000, 'x');
    const annotations = { 'plimsoll.dev/policy': policy, mark: 'short', huge: 'x'.repeat(1_048_576) };
    const workload = kinds.Deployment.project({ ...deployment, metadata: { name: 'web', annotations } });
    assert.deepEqual(workload?.annotations, { 'plimsoll.dev/policy': policy, mark: 'short' });
  });

  it('without a name or a pod template is none', () => {
    assert.equal(kinds.Deployment.project({ metadata: { name: 'web' }, spec: {} }), undefined);
    assert.equal(kinds.Deployment.project({ spec: { template: {} } }), undefined);
  });

  it('that is malformed everywhere does not throw', () => {
    const odd = {
      metadata: { name: 'web', annotations: 7, labels: [1], generation: 'x' },
      spec: {
        selector: 'a',
        template: { spec: { containers: ['x', null, { name: 7 }], initContainers: {} } },
      },
      status: { conditions: 'none' },
    };
    assert.deepEqual(kinds.Deployment.project(odd)?.containers, []);
  });
});

describe('the pull policy', () => {
  const digest = `sha256:${'a'.repeat(64)}`;
  const cases: readonly (readonly [string, string])[] = [
    ['nginx', 'Always'],
    ['nginx:latest', 'Always'],
    [`nginx:latest@${digest}`, 'Always'],
    ['nginx:1.27', 'IfNotPresent'],
    [`nginx@${digest}`, 'IfNotPresent'],
    ['localhost:5000/nginx', 'Always'],
    ['BAD::x', 'IfNotPresent'],
  ];
  for (const [image, expected] of cases) {
    it(`of ${image} defaults to ${expected}`, () => assert.equal(pullPolicyOf(undefined, image), expected));
  }

  it('that is written wins', () => assert.equal(pullPolicyOf('Never', 'nginx'), 'Never'));
});

describe('a selector', () => {
  it('is written as a query in a fixed order', () => {
    const selector = {
      matchLabels: { tier: 'front', app: 'web' },
      matchExpressions: [
        { key: 'zone', operator: 'In', values: ['a', 'b'] },
        { key: 'env', operator: 'NotIn', values: ['test'] },
        { key: 'canary', operator: 'DoesNotExist' },
        { key: 'release', operator: 'Exists' },
      ],
    };
    assert.equal(
      selectorQuery(selector),
      'app=web,tier=front,zone in (a,b),env notin (test),!canary,release',
    );
  });

  it('with an operator that nobody knows selects nothing', () => {
    const selector = { matchLabels: { a: 'b' }, matchExpressions: [{ key: 'x', operator: 'Gt' }] };
    assert.equal(selectorQuery(selector), '');
  });
});
