import { setTimeout } from 'node:timers/promises';
import { type Contender, plimsoll } from './contender.ts';
import { Fleet, repositoryOf, type Work } from './fleet.ts';
import { type ApiRequest, openGround } from './ground.ts';
import { isAsked, settled } from './idle.ts';
import { type Measure, quantile, round } from './measure.ts';

/** The longest that anybody is waited for, in milliseconds. */
const patience = 150_000;
/** A container that has ended so often is not waited for any more. */
const tooManyEndings = 4;

/** How long it takes from a new tag in every repository until the workloads are patched. */
export async function latencyBench(contender: Contender): Promise<readonly Measure[]> {
  const work: Work = { workloads: 500, repositories: 500, interval: 30, policy: 'minor' };
  return withFleet(contender, work, async (fleet) => {
    const patching = fleet.patched('1.1.0', patience);
    const [pushed, patched] = await Promise.all([fleet.pushEverywhere('1.1.0'), patching]);
    const waits = patched.map((at, index) => (at - (pushed[index] ?? 0)) / 1_000);
    const looks = pushed.map((at, index) => {
      const looked = fleet.meter.firstAfter(repositoryOf(index), at);
      return ((looked ?? Number.NaN) - at) / 1_000;
    });
    const name = `new tag to patch, ${work.workloads} each ${work.interval} s`;
    return [
      { name: `${name}: median`, value: quantile(waits, 0.5), unit: 's', atMost: 16 },
      { name: `${name}: longest`, value: quantile(waits, 1), unit: 's', atMost: 33 },
      { name: `${name}: of this until the look, median`, value: quantile(looks, 0.5), unit: 's' },
      { name: `${name}: of this until the look, longest`, value: quantile(looks, 1), unit: 's' },
    ];
  });
}

/** What an update costs the API server, from the new tag until it is verified. */
export async function updateBench(contender: Contender): Promise<readonly Measure[]> {
  const work: Work = { workloads: 10, repositories: 10, interval: 10, policy: 'minor' };
  // A complete rollout is watched for ten seconds before it counts as verified.
  const verification = 20_000;
  return withFleet(contender, work, async (fleet, heard) => {
    heard();
    const patching = fleet.patched('1.1.0', patience);
    await Promise.all([fleet.pushEverywhere('1.1.0'), patching]);
    await setTimeout(verification);
    if (contender === plimsoll && (await fleet.telling('UpToDate')) < work.workloads)
      throw new Error('an update was not verified');
    const asked = heard().filter((request) => isAsked(request, contender));
    const each = (count: number) => round(count / work.workloads);
    return [
      { name: 'API writes to start an update', value: each(startsOf(asked)), unit: 'requests', atMost: 3 },
      {
        name: 'API requests of an update, through verification',
        value: each(asked.length),
        unit: 'requests',
        atMost: 10,
      },
    ];
  });
}

/**
 * How soon it is seen that a new image crashes, and put back: from the report of the kubelet with the ending that is one too many
 * until the status tells of the failure, and from there to the patch.
 */
export async function undoBench(): Promise<readonly Measure[]> {
  const work: Work = { workloads: 40, repositories: 40, interval: 10, policy: 'minor' };
  return withFleet(plimsoll, work, async (fleet) => {
    const patching = fleet.patched('1.1.0', patience);
    await Promise.all([fleet.pushEverywhere('1.1.0', { crashes: true }), patching]);
    const [reported, noticed, undone] = await Promise.all([
      fleet.crashed(tooManyEndings, patience),
      fleet.failed(patience),
      fleet.patched('1.0.0', patience),
    ]);
    const between = (from: readonly number[], to: readonly number[]) =>
      to.map((at, index) => Math.max(0, at - (from[index] ?? Number.NaN)) / 1_000);
    const [seeing, undoing] = [between(reported, noticed), between(noticed, undone)];
    const name = `${work.workloads} images that crash`;
    return [
      { name: `${name}: report to status, median`, value: quantile(seeing, 0.5), unit: 's' },
      { name: `${name}: report to status, p99`, value: quantile(seeing, 0.99), unit: 's', atMost: 5 },
      { name: `${name}: status to undo, median`, value: quantile(undoing, 0.5), unit: 's' },
      { name: `${name}: status to undo, p99`, value: quantile(undoing, 0.99), unit: 's', atMost: 1 },
    ];
  });
}

/** From a hint, which is a changed annotation, until the workload is patched. */
export async function hintBench(): Promise<readonly Measure[]> {
  const work: Work = { workloads: 50, repositories: 50, interval: 10, policy: 'minor' };
  return withFleet(plimsoll, work, async (fleet) => {
    const indices = Array.from({ length: work.workloads }, (_, index) => index);
    // Nobody looks by schedule any more, so that it is the hint which brings the look.
    for (const index of indices) await fleet.annotate(index, { 'plimsoll.dev/interval': '1h' });
    await setTimeout(work.interval * 1_000);
    const waits: number[] = [];
    for (const hours of [2, 3, 4, 5]) {
      const tag = `1.${hours}.0`;
      for (const index of indices) {
        await fleet.push(index, tag);
        const patched = fleet.patchedOne(index, tag);
        const begin = performance.now();
        await fleet.annotate(index, { 'plimsoll.dev/interval': `${hours}h` });
        await patched;
        waits.push(performance.now() - begin);
      }
      // The next tag would wait for the rollout of this one.
      while ((await fleet.telling('UpToDate')) < work.workloads) await setTimeout(1_000);
    }
    return [
      { name: 'hint to patch: median', value: quantile(waits, 0.5), unit: 'ms' },
      { name: 'hint to patch: p99', value: quantile(waits, 0.99), unit: 'ms', atMost: 100 },
    ];
  });
}

/** Does something with a controller that has settled; `heard` tells what it asked the API server since. */
async function withFleet(
  contender: Contender,
  work: Work,
  measure: (fleet: Fleet, heard: () => readonly ApiRequest[]) => Promise<readonly Measure[]>,
): Promise<readonly Measure[]> {
  const ground = await openGround();
  const fleet = await Fleet.open(ground, contender, work);
  const controller = await contender.start(ground);
  try {
    await settled(ground, fleet, contender);
    return await measure(fleet, ground.listen());
  } finally {
    await controller.stop();
    await fleet.close();
    await ground.close();
  }
}

const writes = ['create', 'update', 'patch', 'delete'];

/**
 * How many writes began updates: each workload's patch, what is written of its TrackedImage until that tells of the patch, and
 * one event. Later writes tell how the rollout goes.
 */
function startsOf(requests: readonly ApiRequest[]): number {
  const written = requests.filter(({ verb }) => writes.includes(verb)).map(({ path }) => path);
  const patched = new Set<string>();
  const told = new Set<string>();
  let begun = 0;
  for (const path of written) {
    const workload = /\/deployments\/([^/]+)$/.exec(path)?.[1];
    const tracked = /\/trackedimages\/deployment\.([^/]+)\.app(?:\/status)?$/.exec(path)?.[1];
    if (workload !== undefined || (tracked !== undefined && !told.has(tracked))) begun++;
    if (workload !== undefined) patched.add(workload);
    if (tracked !== undefined && patched.has(tracked)) told.add(tracked);
  }
  const events = written.filter((path) => path.endsWith('/events')).length;
  return begun + Math.min(events, patched.size);
}
