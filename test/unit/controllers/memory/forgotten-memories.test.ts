import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { ForgottenMemories } from '../../../../src/controllers/memory/forgotten-memories.ts';
import {
  conditionsOf,
  trackingEndedAt,
} from '../../../../src/controllers/memory/tracked-image-conditions.ts';
import type { DeleteOptions } from '../../../../src/kube/client.ts';
import { Store } from '../../../../src/kube/store.ts';
import { readTrackedImage } from '../../../../src/kube/tracked-images.ts';
import type { JsonObject } from '../../../../src/model/json.ts';
import type { TrackedImage } from '../../../../src/model/tracked-image.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { kubeError } from '../../../support/fake-kube-client.ts';
import { silentMetrics } from '../../../support/silence.ts';

const hour = 3_600_000;

function memory(reason: string, endedAt: number, spec: JsonObject = {}): TrackedImage {
  const before = [
    {
      type: 'Tracked',
      status: 'False',
      reason,
      message: '',
      lastTransitionTime: new Date(endedAt).toISOString(),
    },
  ];
  const tracked = readTrackedImage({
    metadata: {
      namespace: 'shop',
      name: 'deployment.web.app',
      uid: 'u-1',
      resourceVersion: '7',
      labels: { 'plimsoll.dev/container': 'app' },
      ownerReferences: [{ kind: 'Deployment', name: 'web', uid: 'u-web' }],
    },
    spec,
    status: { image: 'app:1', reason, conditions: before },
  });
  assert.ok(tracked);
  return tracked;
}

function begin(context: TestContext, answer: () => Promise<JsonObject> = async () => ({})) {
  const clock = new FakeClock();
  const store = new Store<TrackedImage>();
  const deleted: (readonly [string, DeleteOptions['preconditions']])[] = [];
  const client = {
    delete: (path: string, { preconditions }: DeleteOptions) => {
      deleted.push([path, preconditions]);
      return answer();
    },
  };
  const failures: unknown[] = [];
  const failed = (_key: string, error: unknown) => failures.push(error);
  const memories = new ForgottenMemories({ clock, metrics: silentMetrics, failed, client, store });
  const stop = new AbortController();
  const running = memories.run(stop.signal);
  context.after(async () => {
    stop.abort();
    await running;
  });
  const put = (tracked: TrackedImage) => store.set('shop/deployment.web.app', tracked);
  return { clock, deleted, failures, put };
}

test('a memory goes a day after tracking has ended, if it is still the same', async (context) => {
  const { clock, deleted, put } = begin(context);
  put(memory('NotTracked', clock.now()));
  await clock.advance(23 * hour);
  assert.deepEqual(deleted, []);
  await clock.advance(hour);
  const path = '/apis/plimsoll.dev/v1alpha1/namespaces/shop/trackedimages/deployment.web.app';
  assert.deepEqual(deleted, [[path, { uid: 'u-1', resourceVersion: '7' }]]);
});

test('one that is tracked again within the day stays', async (context) => {
  const { clock, deleted, put } = begin(context);
  put(memory('NotTracked', clock.now()));
  await clock.advance(hour);
  put(memory('UpToDate', clock.now()));
  await clock.advance(48 * hour);
  assert.deepEqual(deleted, []);
});

test('one that a person holds stays', async (context) => {
  const { clock, deleted, put } = begin(context);
  put(memory('NotTracked', clock.now(), { hold: true }));
  await clock.advance(48 * hour);
  assert.deepEqual(deleted, []);
});

test('one that changed meanwhile, or is gone, is no failure', async (context) => {
  for (const code of ['Conflict', 'NotFound'] as const) {
    const { clock, deleted, failures, put } = begin(context, () => Promise.reject(kubeError(code, 'no')));
    put(memory('NotTracked', clock.now() - 25 * hour));
    await clock.advance(1);
    assert.equal(deleted.length, 1);
    assert.deepEqual(failures, []);
  }
});

test('when tracking ended is written once and kept while nothing changes', () => {
  const status = { state: 'UpToDate', reason: 'NotTracked', message: 'no annotation' } as const;
  const first = conditionsOf(status, [], 1, '2026-01-01T00:00:00.000Z');
  const later = conditionsOf(status, first, 1, '2026-01-02T00:00:00.000Z');
  const tracked = { ...memory('NotTracked', 0), conditions: later };
  assert.equal(trackingEndedAt(tracked), Date.parse('2026-01-01T00:00:00.000Z'));
  const again = conditionsOf({ ...status, reason: 'UpToDate' }, later, 1, '2026-01-03T00:00:00.000Z');
  assert.ok(!again.some(({ type }) => type === 'Tracked'));
});
