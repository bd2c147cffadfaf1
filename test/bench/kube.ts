import { readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { textAt } from '../../src/model/json.ts';
import { freePort } from '../kubernetes/network.ts';
import { Bundle } from './bundle.ts';
import { KubeStage } from './kube-stage.ts';
import type { Measure } from './measure.ts';

const fleet = 1_000;
const largeFleet = 10_000;
const warming = 500;
const idle = 20_000;
/** Two looks at every repository, after which nothing is new. */
const settling = 25_000;

/**
 * The bundled controller against a real API server with a played node: what it costs to start, to be idle, to be told of many
 * changes at once, and to know ten times as many workloads.
 */
export async function* kubeBench(): AsyncGenerator<Measure> {
  await Bundle.build();
  const stage = await KubeStage.open();
  try {
    await stage.run(fleet);
    // An API server is slow with the first hundreds of a kind that it has never written.
    await stage.writeBare(warming);
    const first = await started(stage, 'first start', { lateness: true });
    yield* first.measures;
    yield* await burstOf(stage, first.bundle);
    await first.bundle.stop();
    const bare = (await stage.writeBare(fleet)) / 1_000;
    yield {
      name: 'the writes of a first start alone, by a program that does nothing else',
      value: round(bare),
      unit: 's',
    };
    yield {
      name: 'the first start, as a multiple of that',
      value: round(first.seconds / bare),
      unit: 'times',
      atMost: 2,
    };
    const again = await started(stage, 'restart');
    yield* again.measures;
    yield* await idleWith(stage, again.bundle);
    await again.bundle.stop();
    await stage.store(largeFleet);
    yield* memoryOf(stage);
  } finally {
    await stage.close();
  }
}

/** Starts the controller; measures until it is ready, until it has told its first decision, and until it has told all. */
async function started(
  stage: KubeStage,
  what: string,
  options: { readonly lateness?: boolean } = {},
): Promise<{ readonly bundle: Bundle; readonly measures: readonly Measure[]; readonly seconds: number }> {
  const begin = performance.now();
  const bundle = await startBundle(stage, options);
  await until(async () => bundle.isReady());
  const ready = seconds(begin);
  await until(async () => (await decided(bundle)) > 0);
  const first = seconds(begin);
  await until(async () => (await decided(bundle)) >= fleet, 250);
  const told = seconds(begin);
  const measures = [
    { name: `${what}: ready, with ${fleet} workloads`, value: ready, unit: 's', atMost: 5 },
    { name: `${what}: the first decision told`, value: first, unit: 's', atMost: 5 },
    { name: `${what}: ${fleet} workloads decided on and told`, value: told, unit: 's' },
  ];
  return { bundle, measures, seconds: told };
}

/** Starts the controller with its metrics on a free port. */
async function startBundle(
  { cluster }: KubeStage,
  options: { readonly lateness?: boolean } = {},
): Promise<Bundle> {
  const port = await freePort();
  const flags = ['--leader-elect', '--log-level=error', `--address=127.0.0.1:${port}`];
  return Bundle.start(['run', `--kubeconfig=${cluster.kubeconfig}`, ...flags], { port, ...options });
}

/** How many workloads were handled since the start and told to be up to date. */
async function decided(bundle: Bundle): Promise<number> {
  const handled = await bundle.metric('workqueue_work_duration_seconds_count', 'name="workloads"');
  return Math.min(handled, await bundle.metric('plimsoll_workload_containers', 'state="UpToDate"'));
}

/** A thousand workloads change at once, each in a way that its status has to tell. */
async function burstOf(stage: KubeStage, bundle: Bundle): Promise<readonly Measure[]> {
  await bundle.lateness();
  const begin = performance.now();
  await stage.annotate(fleet, { 'plimsoll.dev/suspend': 'true', 'plimsoll.dev/policy': 'minro' });
  await until(async () => (await bundle.metric('plimsoll_workload_containers', 'state="Error"')) >= fleet);
  const took = seconds(begin);
  const { p99, max } = await bundle.lateness();
  await stage.annotate(fleet, { 'plimsoll.dev/suspend': 'false', 'plimsoll.dev/policy': 'minor' });
  await until(async () => (await decided(bundle)) >= fleet);
  return [
    { name: `${fleet} changes told`, value: took, unit: 's', atMost: 10 },
    { name: 'event loop delay meanwhile, p99', value: round(p99), unit: 'ms', atMost: 50 },
    { name: 'event loop delay meanwhile, longest', value: round(max), unit: 'ms' },
    { name: `resident with ${fleet} workloads, after the burst`, value: bundle.resident(), unit: 'MiB' },
  ];
}

/** What the API server is asked while nothing changes, once all that was to be asked about the fleet has been asked. */
async function idleWith(stage: KubeStage, bundle: Bundle): Promise<readonly Measure[]> {
  const asked = (from: number) => requestsSince(stage.cluster.controlPlane.auditLog, from);
  await setTimeout(settling);
  await until(async () => {
    const from = Date.now();
    await setTimeout(5_000);
    return asked(from).length === 0;
  });
  const from = Date.now();
  const cpu = bundle.cpu();
  await setTimeout(idle);
  const beyond = asked(from);
  const podLists = beyond.filter(({ uri }) => uri.includes('/pods'));
  return [
    {
      name: 'idle: requests beyond watches and the lease',
      value: beyond.length,
      unit: 'requests',
      atMost: 0,
    },
    { name: 'idle: lists of pods', value: podLists.length, unit: 'requests', atMost: 0 },
    {
      name: 'idle: CPU, with ten looks a second',
      value: round(((bundle.cpu() - cpu) / idle) * 100),
      unit: '%',
    },
    { name: `idle: resident with ${fleet} workloads`, value: bundle.resident(), unit: 'MiB' },
  ];
}

/** Ten times as many workloads: at first all of them have to be told, after a restart none. */
async function* memoryOf(stage: KubeStage): AsyncGenerator<Measure> {
  for (const what of ['all just told', 'after a restart']) {
    const begin = performance.now();
    const bundle = await startBundle(stage);
    await until(async () => (await decided(bundle)) >= largeFleet);
    yield { name: `${largeFleet} workloads decided on, ${what}`, value: seconds(begin), unit: 's' };
    await setTimeout(settling);
    const value = bundle.resident();
    yield { name: `resident with ${largeFleet} workloads, ${what}`, value, unit: 'MiB', atMost: 256 };
    await bundle.stop();
  }
}

/** What the controller has asked since a time, beyond watches and its lease. */
function requestsSince(
  auditLog: string,
  from: number,
): readonly { readonly verb: string; readonly uri: string }[] {
  return readFileSync(auditLog, 'utf8')
    .split('\n')
    .filter((line) => line.includes('"userAgent":"plimsoll/'))
    .map((line): unknown => JSON.parse(line))
    .filter((entry) => Date.parse(textAt(entry, 'requestReceivedTimestamp') ?? '') >= from)
    .map((entry) => ({ verb: textAt(entry, 'verb') ?? '', uri: textAt(entry, 'requestURI') ?? '' }))
    .filter(({ verb, uri }) => verb !== 'watch' && !uri.includes('/leases/'));
}

/** `every`: milliseconds from one question to the next. To count what was decided is work for who is asked. */
async function until(condition: () => Promise<boolean>, every = 100): Promise<void> {
  while (!(await condition())) await setTimeout(every);
}

function seconds(begin: number): number {
  return round((performance.now() - begin) / 1_000);
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
