import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type PodView, readPod } from '../../../src/kube/pods.ts';
import { findTrouble, hasStarted, untouchedPods } from '../../../src/rollout/pod-trouble.ts';

const at = '2026-01-01T00:00:00.000Z';
const digest = undefined;
const followed = [{ container: 'app', entry: { from: 'app:1', to: 'app:2', at, digest } }];

interface Parts {
  readonly name?: string;
  readonly image?: string;
  readonly status?: object;
  readonly restartedAt?: string;
}

function pod({ name = 'web-1', image = 'app:2', status = {}, restartedAt }: Parts): PodView {
  const annotations = restartedAt ? { 'kubectl.kubernetes.io/restartedAt': restartedAt } : {};
  const view = readPod({
    metadata: { name, annotations },
    spec: { containers: [{ name: 'app', image }] },
    status: { phase: 'Pending', containerStatuses: [{ name: 'app', ...status }] },
  });
  assert.ok(view);
  return view;
}

function waiting(reason: string, message = '', restartCount = 0): object {
  return { restartCount, state: { waiting: { reason, message } } };
}

const reference = 'failed to resolve reference "registry.local:5000/shop/app:2"';
function ended(exitCode: number, restartCount: number): object {
  return { restartCount, ready: false, state: { terminated: { exitCode, reason: 'Error' } } };
}

const cases: readonly (readonly [what: string, status: object, kind: string | undefined])[] = [
  [
    'containerd: no such manifest',
    waiting('ErrImagePull', `${reference}: registry.local:5000/shop/app:2: not found`),
    'image',
  ],
  [
    'backing off from it',
    waiting(
      'ImagePullBackOff',
      `Back-off pulling image "app:2": ErrImagePull: ${reference}: x/app:2: not found`,
    ),
    'image',
  ],
  ['backing off, an older kubelet', waiting('ImagePullBackOff', 'Back-off pulling image "app:2"'), 'passing'],
  [
    'Docker: no such manifest',
    waiting('ErrImagePull', 'manifest for app:2 not found: manifest unknown: manifest unknown'),
    'image',
  ],
  [
    'containerd: no platform',
    waiting('ErrImagePull', 'no match for platform in manifest: not found'),
    'image',
  ],
  [
    'Docker: no platform',
    waiting('ErrImagePull', 'no matching manifest for linux/arm64/v8 in the manifest list entries'),
    'image',
  ],
  [
    'CRI-O: no platform',
    waiting('ErrImagePull', 'no image found in image index for architecture arm64'),
    'image',
  ],
  ['an invalid name', waiting('InvalidImageName', "couldn't parse image name"), 'image'],
  [
    'never pulled and not there',
    waiting('ErrImageNeverPull', 'not present with pull policy of Never'),
    'image',
  ],
  [
    'too many requests',
    waiting('ErrImagePull', 'unexpected status from HEAD request: 429 Too Many Requests'),
    'passing',
  ],
  [
    'a registry that is down',
    waiting('ErrImagePull', 'unexpected status from HEAD request: 503 Service Unavailable'),
    'passing',
  ],
  ['a registry that is slow', waiting('ErrImagePull', 'dial tcp 10.0.0.1:443: i/o timeout'), 'passing'],
  ['no such host', waiting('ErrImagePull', 'dial tcp: lookup registry.local: no such host'), 'passing'],
  [
    'a refused credential',
    waiting('ErrImagePull', 'pull access denied, repository does not exist or may require authorization'),
    'passing',
  ],
  ['two restarts', waiting('CrashLoopBackOff', '', 2), 'passing'],
  ['three restarts', waiting('CrashLoopBackOff', '', 3), 'crash'],
  ['a missing ConfigMap', waiting('CreateContainerConfigError', 'configmap "x" not found'), 'passing'],
  ['a start', waiting('ContainerCreating'), undefined],
  ['init containers at work', waiting('PodInitializing'), undefined],
  ['an end after two restarts', ended(1, 2), 'passing'],
  ['an end after three restarts', ended(1, 3), 'crash'],
  ['an end without an error after three restarts', ended(0, 3), 'crash'],
  ['a running container', { state: { running: {} } }, undefined],
  ['a third restart that runs', { restartCount: 3, state: { running: {} } }, undefined],
  ['a fourth restart that runs', { restartCount: 4, state: { running: {} } }, 'crash'],
  ['a fourth restart that begins', waiting('ContainerCreating', '', 4), 'crash'],
  ['a fourth restart that is ready', { restartCount: 4, ready: true, state: { running: {} } }, undefined],
];

for (const [what, status, kind] of cases) {
  test(`${what} is ${kind ?? 'no'} trouble`, () => {
    assert.equal(findTrouble([pod({ status })], followed)?.kind, kind);
  });
}

test('the trouble names pod and container, and reads the same while the kubelet backs off', () => {
  const said = `${reference}: x/app:2: not found`;
  const failing = findTrouble([pod({ status: waiting('ErrImagePull', said) })], followed);
  const resting = findTrouble(
    [pod({ status: waiting('ImagePullBackOff', `Back-off pulling image "app:2": ErrImagePull: ${said}`) })],
    followed,
  );
  assert.equal(failing?.message, `pod web-1: app cannot be pulled: ${said}`);
  assert.deepEqual(resting, failing);
});

test('pods of another revision do not count', () => {
  const crash = waiting('CrashLoopBackOff', '', 9);
  assert.equal(findTrouble([pod({ image: 'app:1', status: crash })], followed), undefined);
});

test('a restart is known by its mark', () => {
  const restart = [{ container: 'app', entry: { from: 'app:2', to: 'app:2', at, digest } }];
  const status = waiting('CrashLoopBackOff', '', 9);
  assert.equal(findTrouble([pod({ status })], restart), undefined);
  assert.equal(findTrouble([pod({ status, restartedAt: at })], restart)?.kind, 'crash');
});

test('a crash in one pod is not definite while another pod has the container ready', () => {
  const pods = [
    pod({ status: waiting('CrashLoopBackOff', '', 9) }),
    pod({ name: 'web-2', status: { ready: true, state: { running: {} } } }),
  ];
  assert.equal(findTrouble(pods, followed)?.kind, 'passing');
});

test('a container has started when it runs, ran or was started again', () => {
  const [one] = followed;
  assert.ok(one);
  assert.equal(hasStarted([pod({ status: waiting('ImagePullBackOff') })], one), false);
  assert.equal(hasStarted([pod({ status: { state: { running: {} } } })], one), true);
  assert.equal(hasStarted([pod({ status: waiting('CrashLoopBackOff', '', 1) })], one), true);
});

test('a container that is ready between two of its endings does not speak for another pod', () => {
  const pods = [
    pod({ status: waiting('CrashLoopBackOff', '', 9) }),
    pod({ name: 'web-2', status: { restartCount: 4, ready: true, state: { running: {} } } }),
  ];
  assert.equal(findTrouble(pods, followed)?.kind, 'crash');
});

/** A pod that ended and is replaced by another one. */
function gone(name: string, status: object, exitCode = 1): PodView {
  const view = readPod({
    metadata: { name },
    spec: { containers: [{ name: 'app', image: 'app:2' }] },
    status: {
      phase: 'Failed',
      containerStatuses: [{ name: 'app', state: { terminated: { exitCode, reason: 'Error' } } }],
      ...status,
    },
  });
  assert.ok(view);
  return view;
}

const starting = pod({ name: 'web-new', status: waiting('ContainerCreating') });

test('pods that end with their container, one after the other, are a crash, although nothing is restarted', () => {
  const three = ['a', 'b', 'c'].map((name) => gone(name, {}));
  assert.equal(findTrouble([...three, starting], followed)?.kind, 'passing');
  const found = findTrouble([...three, gone('d', {}), starting], followed);
  assert.deepEqual([found?.kind, found?.message], ['crash', 'pod a: app ended, and its pod with it']);
  const well = pod({ name: 'web-2', status: { ready: true, state: { running: {} } } });
  assert.equal(findTrouble([...three, gone('d', {}), well], followed)?.kind, 'passing');
});

test('each of several replicas may end as often', () => {
  const ends = ['a', 'b', 'c', 'd'].map((name) => gone(name, {}));
  const starts = ['x', 'y'].map((name) => pod({ name, status: waiting('ContainerCreating') }));
  assert.equal(findTrouble([...ends, ...starts], followed)?.kind, 'passing');
});

test('pods that are evicted again and again are told, and not held against the image', () => {
  const evicted = { reason: 'Evicted', message: 'The node was low on resource: memory.' };
  const pods = ['a', 'b', 'c', 'd', 'e'].map((name) => gone(name, evicted));
  const found = findTrouble([...pods, starting], followed);
  assert.equal(found?.kind, 'passing');
  assert.equal(found?.message, 'pod a: Evicted: The node was low on resource: memory.');
});

test('a pod that finds no node is told, and waited for', () => {
  const message = '0/3 nodes are available: 3 Insufficient cpu.';
  const conditions = [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }];
  const pending = readPod({
    metadata: { name: 'web-1' },
    spec: { containers: [{ name: 'app', image: 'app:2' }] },
    status: { phase: 'Pending', conditions },
  });
  assert.ok(pending);
  const found = findTrouble([pending], followed);
  assert.deepEqual([found?.kind, found?.message], ['passing', `pod web-1: Unschedulable: ${message}`]);
});

test('a container has started although its pod has ended, or is being deleted', () => {
  const [one] = followed;
  assert.ok(one);
  assert.equal(hasStarted([gone('web-0', {})], one), true);
  assert.deepEqual(untouchedPods([gone('web-0', {})], one), []);
});

test('an init container that fails again and again is a crash; one that has done its work is not', () => {
  const [only] = followed;
  assert.ok(only);
  const init = [{ ...only, container: 'prepare' }];
  const withInit = (status: object) => {
    const view = readPod({
      metadata: { name: 'web-1' },
      spec: { initContainers: [{ name: 'prepare', image: 'app:2' }], containers: [] },
      status: { phase: 'Pending', initContainerStatuses: [{ name: 'prepare', ...status }] },
    });
    assert.ok(view);
    return [view];
  };
  assert.equal(findTrouble(withInit(ended(1, 3)), init)?.kind, 'crash');
  assert.equal(findTrouble(withInit({ ...ended(0, 4), ready: true }), init), undefined);
});

test('a sidecar that ends without an error is a crash as well', () => {
  const sidecar = [{ container: 'proxy', entry: { from: 'app:1', to: 'app:2', at, digest } }];
  const view = readPod({
    metadata: { name: 'web-1' },
    spec: { initContainers: [{ name: 'proxy', image: 'app:2', restartPolicy: 'Always' }], containers: [] },
    status: {
      phase: 'Pending',
      initContainerStatuses: [{ name: 'proxy', ...waiting('CrashLoopBackOff', '', 3) }],
    },
  });
  assert.ok(view);
  assert.equal(findTrouble([view], sidecar)?.kind, 'crash');
});
