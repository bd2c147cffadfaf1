import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type PodView, readPod } from '../../../src/kube/pods.ts';
import { isAiling } from '../../../src/rollout/pod-trouble.ts';

const at = '2026-01-01T00:00:00.000Z';
const followed = [{ container: 'app', entry: { from: 'app:1', to: 'app:2', at, digest: undefined } }];

/** A pod with what its kubelet says of its one container; nothing where that is undefined. */
function pod(said: object | undefined, { image = 'app:2', metadata = {}, status = {} } = {}): PodView {
  const view = readPod({
    metadata: { name: 'web-1', ...metadata },
    spec: { containers: [{ name: 'app', image }] },
    status: { phase: 'Pending', ...(said && { containerStatuses: [{ name: 'app', ...said }] }), ...status },
  });
  assert.ok(view);
  return view;
}

const waiting = (reason: string) => ({ ready: false, state: { waiting: { reason } } });
const running = { ready: false, state: { running: {} } };
const unscheduled = {
  conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '' }],
};
/** The node is dead: its pods are marked as not ready, and what the kubelet said last stands. */
const unreachable = { phase: 'Running', conditions: [{ type: 'Ready', status: 'False' }] };

for (const [what, view, ailing] of [
  ['a pod that finds no node', pod(undefined, { status: unscheduled }), false],
  ['a pod on a node whose kubelet says nothing', pod(undefined), false],
  ['a pod that ran when its node died', pod({ ready: true }, { status: unreachable }), false],
  ['a pod that is ready', pod({ ready: true, state: { running: {} } }), false],
  ['a pod that is being made', pod(waiting('ContainerCreating')), true],
  ['a pod whose image cannot be pulled', pod(waiting('ErrImagePull')), true],
  ['a pod that crashes', pod(waiting('CrashLoopBackOff')), true],
  ['a pod that runs and is not ready', pod(running), true],
  ['a pod of the image before', pod(running, { image: 'app:1' }), false],
  ['a pod that is going', pod(running, { metadata: { deletionTimestamp: at } }), false],
] as const) {
  test(`${what} ${ailing ? 'is' : 'is not'} held against the image`, () => {
    assert.equal(isAiling([view], followed), ailing);
  });
}
