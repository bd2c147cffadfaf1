import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import type { TrackedImage } from '../../../src/model/tracked-image.ts';
import type { FleetView, InformerView, RepositoryView } from '../../../src/observe/fleet-gauges.ts';
import { PrometheusMetrics } from '../../../src/observe/metrics.ts';
import { emptyFleet } from '../../support/silence.ts';
import { aTrackedImage } from '../../support/tracked-images.ts';

let fleet: TrackedImage[];
let informers: InformerView[];
let repositories: RepositoryView[];
let now: number;

beforeEach(() => {
  fleet = [];
  informers = [];
  repositories = [];
  now = 1_000_000;
});

function metricsOf(more: Partial<FleetView> = {}): () => Promise<readonly string[]> {
  const view: FleetView = {
    ...emptyFleet,
    trackedImages: () => fleet,
    informers: () => informers,
    repositories: () => repositories,
    openRollouts: () => 2,
    clock: { now: () => now, monotonic: () => now - 900_000 },
    ...more,
  };
  const metrics = new PrometheusMetrics(view, { version: '1.2.3', server: 'api' });
  return async () => (await metrics.scrape()).text.split('\n');
}

function includes(lines: readonly string[], ...wanted: readonly string[]): void {
  for (const line of wanted) assert.ok(lines.includes(line), line);
}

const warned: TrackedImage = {
  ...aTrackedImage('RolledBack'),
  conditions: [
    { type: 'PolicyWarning', status: 'True', reason: 'PolicyInForce', message: 'x', lastTransitionTime: '' },
  ],
};

test('states, holds, and policies that are broken or doubtful are what there is at the moment, and what is gone vanishes', async () => {
  const scrape = metricsOf();
  fleet = [
    aTrackedImage('UpToDate'),
    aTrackedImage('NotifyOnly'),
    aTrackedImage('InvalidPolicy'),
    aTrackedImage('AwaitingApproval'),
    warned,
    { ...aTrackedImage('UpToDate'), status: undefined },
  ];
  includes(
    await scrape(),
    'plimsoll_workload_containers{namespace="shop",state="UpToDate"} 1',
    'plimsoll_workload_containers{namespace="shop",state="Held"} 2',
    'plimsoll_workload_containers{namespace="shop",state="RolledBack"} 1',
    'plimsoll_workload_containers{namespace="shop",state="Deferred"} 0',
    'plimsoll_gate_holds{reason="NotifyOnly"} 1',
    'plimsoll_gate_holds{reason="Suspended"} 0',
    'plimsoll_policy_invalid{namespace="shop"} 1',
    'plimsoll_policy_warnings{namespace="shop"} 1',
    'plimsoll_updates_awaiting_approval{namespace="shop"} 1',
  );
  fleet = [];
  const lines = await scrape();
  assert.ok(!lines.some((line) => /^plimsoll_(?:workload|policy).*namespace="shop"/.test(line)));
  includes(lines, 'plimsoll_gate_holds{reason="NotifyOnly"} 0');
});

test('what is counted by namespace begins at zero as soon as something is tracked there', async () => {
  fleet = [aTrackedImage('UpToDate')];
  includes(
    await metricsOf()(),
    'plimsoll_updates_total{namespace="shop",outcome="applied"} 0',
    'plimsoll_rollbacks_total{namespace="shop",outcome="applied"} 0',
    'plimsoll_rollouts_total{namespace="shop",outcome="Failed"} 0',
  );
});

test('updates that wait are counted by the size of their step', async () => {
  fleet = [
    aTrackedImage('OutsideWindow', { image: 'app:1.4.0', candidate: '1.5.0' }),
    aTrackedImage('NotifyOnly', { image: 'app:1.4.0', candidate: '2.0.0' }),
    aTrackedImage('UpToDate', { image: 'app:1.4.0' }),
  ];
  includes(
    await metricsOf()(),
    'plimsoll_updates_available{namespace="shop",bump="minor"} 1',
    'plimsoll_updates_available{namespace="shop",bump="major"} 1',
    'plimsoll_updates_available{namespace="shop",bump="patch"} 0',
  );
});

test('no container has series of its own unless they are asked for', async () => {
  fleet = [aTrackedImage('NotifyOnly', { image: 'app:1.4.0', candidate: '1.5.0' })];
  assert.ok(!(await metricsOf()()).some((line) => line.startsWith('plimsoll_container_')));
});

test('a container that is behind tells for how long, and stops telling when it is not', async () => {
  const scrape = metricsOf({ containers: true });
  const labels = '{namespace="shop",kind="Deployment",workload="web",container="app",bump="minor"}';
  fleet = [aTrackedImage('NotifyOnly', { image: 'app:1.4.0', candidate: '1.5.0' })];
  includes(
    await scrape(),
    `plimsoll_container_update_available${labels} 1`,
    `plimsoll_container_version_age_seconds${labels} 0`,
  );
  now += 60_000;
  includes(await scrape(), `plimsoll_container_version_age_seconds${labels} 60`);
  fleet = [aTrackedImage('UpToDate', { image: 'app:1.5.0' })];
  assert.ok(!(await scrape()).some((line) => line.startsWith('plimsoll_container_update_available{')));
});

test('a candidate that is remembered is as old as the memory', async () => {
  now = Date.UTC(2026, 0, 2);
  const pending = [{ tag: '1.5.0', digest: 'sha256:1', firstSeen: '2026-01-01T00:00:00Z' }];
  fleet = [aTrackedImage('TooYoung', { image: 'app:1.4.0', candidate: '1.5.0', pending })];
  const lines = await metricsOf({ containers: true })();
  const age = lines.find((line) => line.startsWith('plimsoll_container_version_age_seconds{'));
  assert.equal(age?.split(' ')[1], '86400');
});

test('a repository tells when a look at it last succeeded, through the credential that fares worst', async () => {
  const hub = 'docker.io/library/nginx';
  repositories = [
    { name: hub, succeededAt: 5_000, interval: 300_000 },
    { name: hub, succeededAt: undefined, interval: 0 },
    { name: 'ghcr.io/acme/web', succeededAt: 7_000, interval: 60_000 },
  ];
  includes(
    await metricsOf()(),
    'plimsoll_repositories 3',
    `plimsoll_repository_last_success_timestamp_seconds{repository="${hub}"} 0`,
    'plimsoll_repository_last_success_timestamp_seconds{repository="ghcr.io/acme/web"} 7',
    'plimsoll_repository_interval_seconds{repository="ghcr.io/acme/web"} 60',
  );
});

test('namespaces that are gone take no series from one that has come since', async () => {
  const scrape = metricsOf();
  const imageIn = (namespace: string): TrackedImage => {
    const image = aTrackedImage('UpToDate');
    return { ...image, ref: { ...image.ref, workload: { ...image.ref.workload, namespace } } };
  };
  fleet = Array.from({ length: 501 }, (_none, index) => imageIn(`preview-${index}`));
  includes(await scrape(), 'plimsoll_workload_containers{namespace="other",state="UpToDate"} 1');
  fleet = [imageIn('shop')];
  includes(await scrape(), 'plimsoll_workload_containers{namespace="shop",state="UpToDate"} 1');
});

test('repositories beyond a limit share one series, which shows the stalest', async () => {
  repositories = Array.from({ length: 503 }, (_, index) => ({
    name: `registry.example/app-${index}`,
    succeededAt: 1_000_000 - index * 1_000,
    interval: 1_000,
  }));
  const lines = (await metricsOf()()).filter((line) =>
    line.startsWith('plimsoll_repository_last_success_timestamp_seconds{'),
  );
  assert.equal(lines.length, 501);
  includes(lines, 'plimsoll_repository_last_success_timestamp_seconds{repository="other"} 498');
});

test('a resource is synced when all of its caches are, and holds what they hold together', async () => {
  const scrape = metricsOf();
  const cache = (synced: boolean, objects: number, lastHeard = 0) => ({
    resource: 'deployments',
    synced,
    objects,
    lastHeard,
  });
  informers = [cache(true, 4), cache(false, 0)];
  includes(await scrape(), 'plimsoll_informer_synced{resource="deployments"} 0');
  informers = [cache(true, 4, 50_000), cache(true, 3, 40_000)];
  includes(
    await scrape(),
    'plimsoll_informer_synced{resource="deployments"} 1',
    'plimsoll_informer_objects{resource="deployments"} 7',
    'plimsoll_informer_last_event_timestamp_seconds{resource="deployments"} 940',
    'plimsoll_informer_restarts_total{resource="deployments",cause="Ended"} 0',
  );
});
