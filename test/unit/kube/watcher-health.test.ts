import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorOfAnswer } from '../../../src/kube/errors.ts';
import type { Watcher } from '../../../src/kube/reflectors.ts';
import { missingIn, stuckIn } from '../../../src/kube/watcher-health.ts';

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
