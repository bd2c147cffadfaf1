import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { reasons } from '../../../src/model/reasons.ts';
import type { TrackedImage } from '../../../src/model/tracked-image.ts';
import { PrometheusMetrics } from '../../../src/observe/metrics.ts';
import { aWorkload } from '../../support/deployments.ts';

let fleet: TrackedImage[];
let metrics: PrometheusMetrics;

beforeEach(() => {
  fleet = [];
  const view = { trackedImages: () => fleet, repositories: () => 3, openRollouts: () => 2 };
  metrics = new PrometheusMetrics(view, { version: '1.2.3' });
});

async function scrape(): Promise<readonly string[]> {
  return (await metrics.scrape()).text.split('\n');
}

function tracked(reason: keyof typeof reasons): TrackedImage {
  const nothing = { running: [], latest: undefined, candidate: undefined, digest: undefined, history: [] };
  return {
    ref: { workload: aWorkload().ref, container: 'app' },
    name: 'x',
    uid: 'u',
    ownerUid: 'uid-web',
    resourceVersion: '1',
    generation: 1,
    spec: { hold: false, checkAt: undefined, skip: [], retry: undefined },
    status: {
      ...nothing,
      image: 'app:1',
      state: reasons[reason].state,
      reason,
      message: '',
      observedGeneration: 1,
      checkedAt: undefined,
      rejected: [],
      reverts: [],
      retriedAt: undefined,
    },
    conditions: [],
  };
}

const provoked: readonly (readonly [string, (to: PrometheusMetrics) => void])[] = [
  [
    'plimsoll_registry_requests_total{registry="r",operation="tags",code="200"} 1',
    (to) => to.registryRequest('r', 'tags', '200', 0.1),
  ],
  [
    'plimsoll_registry_request_duration_seconds_count{registry="r",operation="tags"} 1',
    (to) => to.registryRequest('r', 'tags', '200', 0.1),
  ],
  ['plimsoll_repository_scans_total{outcome="Unavailable"} 1', (to) => to.repositoryScan('Unavailable')],
  ['plimsoll_kubernetes_requests_total{method="GET",code="200"} 1', (to) => to.kubeRequest('GET', '200')],
  ['plimsoll_decisions_total{state="Held",reason="NotifyOnly"} 1', (to) => to.decision('Held', 'NotifyOnly')],
  ['plimsoll_updates_total{namespace="shop",outcome="applied"} 1', (to) => to.update('shop', 'applied')],
  [
    'plimsoll_rollouts_total{namespace="shop",outcome="Verified"} 1',
    (to) => to.rollout('shop', 'Verified', 'Deployment', 20),
  ],
  [
    'plimsoll_rollout_duration_seconds_bucket{le="60",kind="Deployment",outcome="Verified"} 1',
    (to) => to.rollout('shop', 'Verified', 'Deployment', 20),
  ],
  ['plimsoll_events_total{outcome="sent"} 1', (to) => to.event('sent')],
  [
    'plimsoll_informer_synced{resource="pods"} 1',
    (to) => to.reflector('pods', { kind: 'synced', objects: 4 }),
  ],
  [
    'plimsoll_informer_objects{resource="pods"} 5',
    (to) => to.reflector('pods', { kind: 'objects', objects: 5 }),
  ],
  [
    'plimsoll_informer_restarts_total{resource="pods",cause="Gone"} 1',
    (to) => to.reflector('pods', { kind: 'restart', cause: 'Gone' }),
  ],
  ['workqueue_depth{name="q"} 7', (to) => to.queue('q', { kind: 'depth', depth: 7 })],
  ['workqueue_adds_total{name="q"} 1', (to) => to.queue('q', { kind: 'added' })],
  ['workqueue_retries_total{name="q"} 1', (to) => to.queue('q', { kind: 'retried' })],
  [
    'workqueue_queue_duration_seconds_sum{name="q"} 0.25',
    (to) => to.queue('q', { kind: 'worked', waitedSeconds: 0.25, workedSeconds: 1 }),
  ],
  [
    'workqueue_work_duration_seconds_sum{name="q"} 1',
    (to) => to.queue('q', { kind: 'worked', waitedSeconds: 0.25, workedSeconds: 1 }),
  ],
  ['leader_election_master_status{name="plimsoll"} 1', (to) => to.leading(true)],
];

for (const [line, provoke] of provoked) {
  test(line, async () => {
    assert.ok(!(await scrape()).includes(line));
    provoke(metrics);
    assert.ok((await scrape()).includes(line));
  });
}

test('the version, the repositories and the open rollouts are there from the start', async () => {
  const lines = await scrape();
  assert.ok(lines.includes('plimsoll_build_info{version="1.2.3"} 1'));
  assert.ok(lines.includes('plimsoll_repositories 3'));
  assert.ok(lines.includes('plimsoll_rollouts_in_progress 2'));
});

test('every reason is counted from zero under its own state, and no other pair is', async () => {
  const lines = (await scrape()).filter((line) => line.startsWith('plimsoll_decisions_total{'));
  const wanted = Object.entries(reasons).map(
    ([reason, { state }]) => `plimsoll_decisions_total{state="${state}",reason="${reason}"} 0`,
  );
  assert.deepEqual(lines.toSorted(), wanted.toSorted());
});

test('gauges of the fleet show what there is at the moment, and what is gone vanishes', async () => {
  fleet = [
    tracked('UpToDate'),
    tracked('NotifyOnly'),
    tracked('InvalidPolicy'),
    { ...tracked('UpToDate'), status: undefined },
  ];
  const lines = await scrape();
  for (const line of [
    'plimsoll_workload_containers{namespace="shop",state="UpToDate"} 1',
    'plimsoll_workload_containers{namespace="shop",state="Held"} 1',
    'plimsoll_gate_holds{reason="NotifyOnly"} 1',
    'plimsoll_policy_invalid{namespace="shop"} 1',
  ]) {
    assert.ok(lines.includes(line), line);
  }
  fleet = [];
  assert.ok(!(await scrape()).some((line) => line.includes('namespace="shop"')));
});

test('two controllers in one process do not share a registry', () => {
  const view = { trackedImages: () => [], repositories: () => 0, openRollouts: () => 0 };
  assert.notEqual(new PrometheusMetrics(view, { version: '1' }).registry, metrics.registry);
});
