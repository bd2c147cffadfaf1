import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { reasons } from '../../../src/model/reasons.ts';
import type { FleetView } from '../../../src/observe/fleet-gauges.ts';
import { PrometheusMetrics } from '../../../src/observe/metrics.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { emptyFleet } from '../../support/silence.ts';
import { aTrackedImage } from '../../support/tracked-images.ts';

let metrics: PrometheusMetrics;

beforeEach(() => {
  metrics = metricsOf();
});

function metricsOf(fleet: Partial<FleetView> = {}): PrometheusMetrics {
  return new PrometheusMetrics({ ...emptyFleet, ...fleet }, { version: '1.2.3', server: 'api:443' });
}

async function scrape(): Promise<readonly string[]> {
  return (await metrics.scrape()).text.split('\n');
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
  ['plimsoll_registry_throttled_seconds_total{registry="r"} 1.5', (to) => to.registryThrottled('r', 1.5)],
  ['plimsoll_registry_warnings_total{registry="r"} 1', (to) => to.registryWarning('r')],
  ['plimsoll_registry_rate_limit{registry="r"} 100', (to) => to.registryQuota('r', 100, 7)],
  ['plimsoll_registry_rate_limit_remaining{registry="r"} 7', (to) => to.registryQuota('r', 100, 7)],
  [
    'plimsoll_registry_rate_limit_reset_timestamp_seconds{registry="r"} 60',
    (to) => to.registryPause('r', 60_000),
  ],
  ['plimsoll_tags_listed_bucket{le="100"} 1', (to) => to.tagsListed(42)],
  [
    'rest_client_requests_total{method="GET",code="200",host="api:443"} 1',
    (to) => to.kubeRequest('GET', '200'),
  ],
  ['plimsoll_rollbacks_total{namespace="shop",outcome="applied"} 1', (to) => to.rollback('shop', 'applied')],
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
    'plimsoll_informer_restarts_total{resource="pods",cause="Gone"} 1',
    (to) => to.informerRestart('pods', 'Gone'),
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
  [
    'workqueue_unfinished_work_seconds{name="q"} 5',
    (to) => to.queue('q', { kind: 'created', underWay: () => [2, 3] }),
  ],
  [
    'workqueue_longest_running_processor_seconds{name="q"} 3',
    (to) => to.queue('q', { kind: 'created', underWay: () => [2, 3] }),
  ],
  ['leader_election_master_status{name="plimsoll"} 1', (to) => to.leading(true)],
  ['plimsoll_event_loop_lag_seconds_sum 0.7', (to) => to.eventLoopLag(0.7)],
];

for (const [line, provoke] of provoked) {
  test(line, async () => {
    assert.ok(!(await scrape()).includes(line));
    provoke(metrics);
    assert.ok((await scrape()).includes(line));
  });
}

test('every counter and histogram is among those provoked here', async () => {
  for (const { name, type } of await metrics.registry.getMetricsAsJSON()) {
    const isOwn = !/^(?:process|nodejs)_/.test(name) && String(type) !== 'gauge';
    const isProvoked = provoked.some(([line]) => line.startsWith(name));
    assert.ok(!isOwn || isProvoked, name);
  }
});

test('the version and the open rollouts are there from the start', async () => {
  metrics = metricsOf({ openRollouts: () => 2 });
  const lines = await scrape();
  assert.ok(lines.includes('plimsoll_build_info{version="1.2.3"} 1'));
  assert.ok(lines.includes('plimsoll_rollouts_in_progress 2'));
});

test('every reason is counted from zero under its own state, and no other pair is', async () => {
  const lines = (await scrape()).filter((line) => line.startsWith('plimsoll_decisions_total{'));
  const wanted = Object.entries(reasons).map(
    ([reason, { state }]) => `plimsoll_decisions_total{state="${state}",reason="${reason}"} 0`,
  );
  assert.deepEqual(lines.toSorted(), wanted.toSorted());
});

test('a queue has all of its series from the start', async () => {
  metrics.queue('q', { kind: 'created', underWay: () => [] });
  const lines = await scrape();
  for (const line of [
    'workqueue_depth{name="q"} 0',
    'workqueue_adds_total{name="q"} 0',
    'workqueue_retries_total{name="q"} 0',
    'workqueue_longest_running_processor_seconds{name="q"} 0',
    'workqueue_work_duration_seconds_count{name="q"} 0',
  ]) {
    assert.ok(lines.includes(line), line);
  }
});

test('registries that tenants invent cannot make series without bound', async () => {
  metrics = metricsOf({ isNamedRegistry: (host) => host === 'registry.corp' });
  for (let index = 0; index < 1_000; index++)
    metrics.registryRequest(`r${index}.example`, 'tags', String(100 + (index % 900)), 0.1);
  for (const host of ['ghcr.io', 'registry.corp']) metrics.registryRequest(host, 'tags', '200', 0.1);
  const lines = await scrape();
  const hosts = new Set(lines.flatMap((line) => /_requests_total\{registry="([^"]+)"/.exec(line)?.[1] ?? []));
  assert.equal(hosts.size, 53);
  for (const host of ['other', 'ghcr.io', 'registry.corp']) assert.ok(hosts.has(host), host);
  const codes = new Set(lines.flatMap((line) => /^plimsoll_registry_.*code="([^"]+)"/.exec(line)?.[1] ?? []));
  assert.ok(codes.size < 40);
});

test('namespaces that come and go cannot make series without bound', async () => {
  for (let index = 0; index < 2_000; index++) metrics.update(`preview-${index}`, 'applied');
  const lines = (await scrape()).filter((line) => line.startsWith('plimsoll_updates_total{'));
  assert.equal(lines.length, 501);
  assert.ok(lines.includes('plimsoll_updates_total{namespace="other",outcome="applied"} 1500'));
});

test('a budget of many registries at once is not shown as that of one', async () => {
  for (let index = 0; index < 60; index++) metrics.registryQuota(`r${index}`, 100, index);
  assert.ok(
    !(await scrape()).some((line) => line.startsWith('plimsoll_registry_rate_limit{registry="other"')),
  );
});

test('what a registry said of its budget is forgotten when it said nothing more for six hours', async () => {
  const clock = new FakeClock();
  metrics = metricsOf({ clock });
  const budgets = async () =>
    (await scrape()).filter((line) => /^plimsoll_registry_rate_limit(_remaining)?\{/.test(line));
  for (const registry of ['docker.io', 'ghcr.io']) metrics.registryQuota(registry, 100, 3);
  await clock.advance(6 * 3_600_000 - 1);
  metrics.registryQuota('ghcr.io', 100, 2);
  assert.equal((await budgets()).length, 4);
  await clock.advance(1);
  assert.deepEqual(await budgets(), [
    'plimsoll_registry_rate_limit{registry="ghcr.io"} 100',
    'plimsoll_registry_rate_limit_remaining{registry="ghcr.io"} 2',
  ]);
});

test('no label of a counter is a version, a tag or a digest', async () => {
  metrics = metricsOf({
    trackedImages: () => [aTrackedImage('UpToDate', { image: 'app:1.2.3@sha256:abc', candidate: '4.5.6' })],
    containers: true,
  });
  const lines = (await scrape()).filter((line) => !line.startsWith('#') && !/build_info|nodejs_/.test(line));
  assert.deepEqual(
    lines.filter((line) => /1\.2\.3|4\.5\.6|sha256/.test(line)),
    [],
  );
});

test('two controllers in one process do not share a registry', () => {
  assert.notEqual(metricsOf().registry, metrics.registry);
});

test('the process is told of, but not the lag that prom-client would wake it for', async () => {
  const names = (await scrape()).map((line) => line.split(/[ {]/, 1)[0] ?? '');
  assert.ok(names.includes('process_resident_memory_bytes'));
  assert.ok(names.includes('nodejs_heap_size_used_bytes'));
  assert.deepEqual(
    names.filter((name) => name.startsWith('nodejs_eventloop')),
    [],
  );
});
