import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type PodView, readPod } from '../../../src/kube/pods.ts';
import { findTrouble, hasStarted } from '../../../src/rollout/pod-trouble.ts';

const at = '2026-01-01T00:00:00.000Z';
const followed = [{ container: 'app', entry: { from: 'app:1', to: 'app:2', at } }];

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
  const restart = [{ container: 'app', entry: { from: 'app:2', to: 'app:2', at } }];
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
