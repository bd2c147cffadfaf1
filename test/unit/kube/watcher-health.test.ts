import assert from 'node:assert/strict';
import { test } from 'node:test';
import { orAborted } from '../../../src/kube/deadline.ts';
import { errorOfAnswer } from '../../../src/kube/errors.ts';
import type { Watcher } from '../../../src/kube/reflectors.ts';
import { isSeen, missingIn, stuckIn, whenAllSynced } from '../../../src/kube/watcher-health.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { RecordingLog } from '../../support/recorders.ts';

const refusal = (status: number, path: string, message: string) =>
  errorOfAnswer({ method: 'GET', path }, { status, body: { message } });

const forbidden = refusal(403, '/apis/apps/v1/deployments', 'deployments.apps is forbidden');
const notServed = refusal(404, '/apis/plimsoll.dev/v1alpha1/trackedimages', 'not found');
const unavailable = refusal(503, '/apis/apps/v1/deployments', 'etcd is down');

function watcher(parts: Partial<Watcher>): Watcher {
  return {
    resource: 'deployments',
    objects: 0,
    lastHeard: 0,
    synced: true,
    problem: undefined,
    stuck: false,
    run: async () => undefined,
    whenSynced: async () => undefined,
    ...parts,
  };
}

test('nothing is missing where every cache was filled', () => {
  assert.deepEqual(missingIn([watcher({}), watcher({ resource: 'cronjobs' })]), []);
});

test('a cache that is being filled is named', () => {
  assert.deepEqual(missingIn([watcher({ synced: false })]), ['the cache of deployments is being filled']);
});

test('what keeps a cache from being filled is told in the words of the API server, and once', () => {
  const watchers = [
    watcher({ synced: false, problem: forbidden }),
    watcher({ synced: false, problem: forbidden }),
  ];
  assert.deepEqual(missingIn(watchers), [
    'GET /apis/apps/v1/deployments: 403 Forbidden: deployments.apps is forbidden',
  ]);
});

test('missing custom resources are told with the command that installs them', () => {
  const [text = ''] = missingIn([watcher({ synced: false, problem: notServed })]);
  assert.match(text, /custom resources are not installed.*kubectl apply -f crds\//);
});

test('an outage is no reason once the caches were filled, but a permission that is gone is one', () => {
  assert.deepEqual(missingIn([watcher({ problem: unavailable })]), []);
  assert.equal(missingIn([watcher({ problem: forbidden }), watcher({ problem: notServed })]).length, 2);
});

test('a watch that is stuck is named', () => {
  assert.deepEqual(stuckIn([watcher({}), watcher({ stuck: true })]), ['the watch of deployments is stuck']);
});

test('a workload is seen while none of its own watches has a problem', () => {
  const web = { kind: 'Deployment', namespace: 'shop', name: 'web' } as const;
  const sees = (...watchers: readonly Watcher[]) => isSeen(watchers, web);
  assert.ok(sees(watcher({}), watcher({ resource: 'cronjobs', problem: unavailable })));
  assert.ok(!sees(watcher({ problem: unavailable })));
  const own = watcher({ namespace: 'shop' });
  assert.ok(sees(own, watcher({ namespace: 'blog', problem: forbidden })));
  assert.ok(!sees(watcher({ namespace: 'shop', problem: forbidden })));
});

test('who waits for the caches is told once why they take long, and when they are complete', async () => {
  const [clock, logger] = [new FakeClock(), new RecordingLog()];
  const { promise, resolve } = Promise.withResolvers<void>();
  const late = watcher({ synced: false, problem: forbidden, whenSynced: () => promise });
  const synced = whenAllSynced([watcher({}), late], { clock, logger }, new AbortController().signal);
  await clock.advance(60_000);
  const told = logger.lines.map(({ message }) => message);
  assert.deepEqual(told, [`not ready: ${forbidden.message}`]);
  resolve();
  await synced;
});

test('who waits for the caches goes on when it is to end, and leaves no timer behind', async () => {
  const clock = new FakeClock();
  const stop = new AbortController();
  const never = watcher({
    synced: false,
    whenSynced: (signal) => orAborted(new Promise(() => undefined), signal),
  });
  const synced = whenAllSynced([never], { clock, logger: new RecordingLog() }, stop.signal);
  stop.abort(new Error('stopped'));
  await synced;
  assert.equal(clock.waiting, 0);
});
