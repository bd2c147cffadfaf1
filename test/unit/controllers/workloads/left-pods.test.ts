import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ContainerView } from '../../../../src/controllers/workloads/container-view.ts';
import { LeftPods } from '../../../../src/controllers/workloads/left-pods.ts';
import { emptyMemory } from '../../../../src/controllers/memory/memory.ts';
import { UpdateTeller } from '../../../../src/controllers/workloads/update-teller.ts';
import type { DeleteOptions } from '../../../../src/kube/client.ts';
import type { KubeErrorCode } from '../../../../src/kube/errors.ts';
import type { JsonObject } from '../../../../src/model/json.ts';
import type { RolloutOutcome } from '../../../../src/model/tracked-image.ts';
import type { Workload } from '../../../../src/model/workload.ts';
import { aWorkload, containerOf } from '../../../support/deployments.ts';
import { kubeError } from '../../../support/fake-kube-client.ts';
import { policyOf } from '../../../support/policies.ts';
import { RecordingEvents, RecordingLog, RecordingMetrics } from '../../../support/recorders.ts';

const { signal } = new AbortController();
const at = '2026-01-01T00:00:00.000Z';
const waiting = { waiting: { reason: 'ImagePullBackOff', message: 'not found' } };
const running = { running: {} };

/** A StatefulSet that was put back from 1.3.0 to 1.2.3 and waits for its pod. */
function putBack(): Workload {
  const workload = aWorkload({ containers: { app: 'app:1.2.3' } });
  return {
    ...workload,
    ref: { ...workload.ref, kind: 'StatefulSet' },
    status: { ...workload.status, updatedReplicas: 1 },
  };
}

function viewOf(workload: Workload, outcome: RolloutOutcome = 'RolledBack'): ContainerView {
  const entry = { from: 'app:1.2.3', to: 'app:1.3.0', digest: undefined, at, outcome, generation: 2 };
  return {
    container: containerOf(workload),
    policy: policyOf(),
    tracked: undefined,
    memory: { ...emptyMemory, history: [{ ...entry, seconds: 3 }] },
    lookup: undefined,
    step: undefined,
  };
}

function pod(name: string, image: string, state: JsonObject, owner = 'uid-web'): JsonObject {
  const ownerReferences = [{ kind: 'StatefulSet', name: 'web', uid: owner, controller: true }];
  return {
    metadata: { name, uid: `uid-${name}`, resourceVersion: '7', ownerReferences },
    spec: { containers: [{ name: 'app', image }] },
    status: { phase: 'Pending', containerStatuses: [{ name: 'app', restartCount: 0, state }] },
  };
}

/** A cluster with pods, which permits their deletion or does not, and may refuse it: of one of them, or of all. */
function cluster(pods: readonly JsonObject[], allowed: boolean, refusal?: KubeErrorCode, of = '') {
  const deleted: (readonly [path: string, preconditions: DeleteOptions['preconditions']])[] = [];
  const events = new RecordingEvents();
  const teller = new UpdateTeller({ events, logger: new RecordingLog(), metrics: new RecordingMetrics() });
  const client = {
    async *list() {
      yield { items: pods, resourceVersion: '9' };
    },
    create: async () => ({ status: { allowed } }),
    delete: async (path: string, { preconditions }: DeleteOptions) => {
      if (refusal && path.endsWith(of)) throw kubeError(refusal, 'the object has been modified');
      deleted.push([path, preconditions]);
      return {};
    },
  };
  return { left: new LeftPods(client, teller), deleted, events };
}

test('the pod that keeps what was put back is deleted as it was seen, and that is told', async () => {
  const { left, deleted, events } = cluster([pod('web-1', 'app:1.3.0', waiting)], true);
  await left.release(putBack(), [viewOf(putBack())], signal);
  const preconditions = { uid: 'uid-web-1', resourceVersion: '7' };
  assert.deepEqual(deleted, [['/api/v1/namespaces/shop/pods/web-1', preconditions]]);
  assert.deepEqual(events.reasons, ['StuckPodDeleted']);
});

test('a pod that changed while it was judged is judged again soon, because nothing tells of it', async () => {
  const { left, events } = cluster([pod('web-1', 'app:1.3.0', waiting)], true, 'Conflict');
  const [view] = await left.release(putBack(), [viewOf(putBack())], signal);
  assert.deepEqual(events.reasons, []);
  assert.ok((view?.undoRest ?? Infinity) < 5_000);
});

for (const refusal of ['Forbidden', 'BadRequest', 'Invalid'] as const) {
  test(`a pod whose deletion is refused as ${refusal} is named, and the next one is tried`, async () => {
    const pods = [pod('web-0', 'app:1.3.0', waiting), pod('web-1', 'app:1.3.0', waiting)];
    const { left, deleted } = cluster(pods, true, refusal, 'web-0');
    const [view] = await left.release(putBack(), [viewOf(putBack())], signal);
    assert.match(view?.leftToPeople ?? '', /^pod web-0 must be deleted by somebody/);
    assert.ok((view?.undoRest ?? 0) > 5_000, 'it is tried again some time');
    assert.deepEqual(
      deleted.map(([path]) => path),
      ['/api/v1/namespaces/shop/pods/web-1'],
    );
  });
}

test('without the permission the pod is named, and nothing is tried', async () => {
  const { left, deleted } = cluster([pod('web-1', 'app:1.3.0', waiting)], false);
  const [view] = await left.release(putBack(), [viewOf(putBack())], signal);
  assert.deepEqual(deleted, []);
  assert.match(view?.leftToPeople ?? '', /^pod web-1 must be deleted by somebody/);
  assert.ok((view?.undoRest ?? 0) > 0, 'it is asked again some time');
});

const complete: Workload = { ...putBack(), status: { ...putBack().status, updatedReplicas: 2 } };
const untouched: readonly (readonly [what: string, pod: JsonObject, workload: Workload, ContainerView])[] = [
  ['a container of it has run', pod('web-1', 'app:1.3.0', running), putBack(), viewOf(putBack())],
  ['it is of the image that was put back', pod('web-1', 'app:1.2.3', waiting), putBack(), viewOf(putBack())],
  ['it belongs to somebody else', pod('web-1', 'app:1.3.0', waiting, 'other'), putBack(), viewOf(putBack())],
  ['the update still stands', pod('web-1', 'app:1.3.0', waiting), putBack(), viewOf(putBack(), 'Failed')],
  ['its workload is no StatefulSet', pod('web-1', 'app:1.3.0', waiting), aWorkload(), viewOf(aWorkload())],
  ['nothing waits for it', pod('web-1', 'app:1.3.0', waiting), complete, viewOf(complete)],
];

for (const [what, object, workload, view] of untouched) {
  test(`a pod is left alone where ${what}`, async () => {
    const { left, deleted } = cluster([object], true);
    assert.deepEqual(await left.release(workload, [view], signal), [view]);
    assert.deepEqual(deleted, []);
  });
}
