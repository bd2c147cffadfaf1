import { setTimeout } from 'node:timers/promises';
import type { Contender, Running } from './contender.ts';
import { Fleet, type Work } from './fleet.ts';
import { type ApiRequest, type Ground, openGround } from './ground.ts';
import { type Measure, round } from './measure.ts';

/** What a controller may cost at most while nothing changes. */
export interface IdleLimits {
  /** MiB. */
  readonly resident?: number;
  /** Milliseconds of CPU time in a second. */
  readonly cpu?: number;
  /** Minutes after which the CPU time counts; what is used at once is told beside it. At once where left out. */
  readonly warmUp?: number;
  /** Requests for each repository in an interval. */
  readonly looks?: number;
}

/** Milliseconds without a request to the API server, after which a controller has told all that it found at its start. */
const silence = 5_000;
/** The longest that a start may take, in milliseconds, beyond three intervals. */
const patience = 120_000;
/** How long it is watched, as a number of intervals and at least in seconds. */
const watched = { intervals: 2, seconds: 30 };

/** A controller with a fleet of its own. */
interface Stand {
  readonly contender: Contender;
  readonly fleet: Fleet;
  readonly controller: Running;
}

/**
 * What controllers cost while they look at the registry and nothing is new, for each in turn. All are watched at the same time,
 * each at work of its own, so that what else goes on in the machine weighs on all alike.
 */
export async function idleBench(
  contenders: readonly Contender[],
  work: Work,
  limits: IdleLimits,
): Promise<readonly (readonly Measure[])[]> {
  const ground = await openGround();
  const stands: Stand[] = [];
  try {
    for (const contender of contenders) {
      const fleet = await Fleet.open(ground, contender, work);
      stands.push({ contender, fleet, controller: await contender.start(ground) });
    }
    await Promise.all(stands.map(async ({ fleet, contender }) => settled(ground, fleet, contender)));
    const fresh = await Promise.all(stands.map(async (stand) => watchFresh(stand, limits)));
    const found = await Promise.all(stands.map(async (stand) => watch(ground, stand, limits)));
    return found.map((measures, index) => [...(fresh[index] ?? []), ...measures]);
  } finally {
    for (const { controller, fleet } of stands) {
      await controller.stop();
      await fleet.close();
    }
    await ground.close();
  }
}

/** The CPU time of one that has just started, where that does not count; then it is given time to warm up. */
async function watchFresh(
  { controller, fleet: { work } }: Stand,
  { warmUp }: IdleLimits,
): Promise<readonly Measure[]> {
  if (warmUp === undefined) return [];
  const before = controller.cpu();
  const begin = performance.now();
  await setTimeout(intervalsOf(work) * work.interval * 1_000);
  const used = (controller.cpu() - before) / ((performance.now() - begin) / 1_000);
  await setTimeout(warmUp * 60_000);
  return [{ name: `${titleOf(work)}: CPU, just started`, value: round(used), unit: 'ms per s' }];
}

/** Intervals for which a controller is watched. */
function intervalsOf({ interval }: Work): number {
  return Math.max(watched.intervals, Math.ceil(watched.seconds / interval));
}

async function watch(ground: Ground, stand: Stand, limits: IdleLimits): Promise<readonly Measure[]> {
  const { contender, controller, fleet } = stand;
  const { work, meter } = fleet;
  const heard = ground.listen();
  meter.reset();
  const before = controller.cpu();
  const begin = performance.now();
  const intervals = intervalsOf(work);
  await setTimeout(intervals * work.interval * 1_000);
  const seconds = (performance.now() - begin) / 1_000;
  const used = controller.cpu() - before;
  const asked = heard().filter((request) => isAsked(request, contender));
  const perLook = (count: number) => round(count / work.repositories / intervals);
  const name = titleOf(work);
  const age = limits.warmUp === undefined ? '' : `, after ${limits.warmUp} minutes`;
  return [
    { name: `${name}: resident`, value: controller.resident(), unit: 'MiB', atMost: limits.resident },
    { name: `${name}: CPU${age}`, value: round(used / seconds), unit: 'ms per s', atMost: limits.cpu },
    {
      name: `${name}: requests, each repository and interval`,
      value: perLook(meter.count()),
      unit: 'requests',
      atMost: limits.looks,
    },
    {
      name: `${name}: of these, not HEAD`,
      value: perLook(meter.count() - meter.count('HEAD')),
      unit: 'requests',
      ...(work.policy === 'digest' && { atMost: 0 }),
    },
    {
      name: `${name}: API requests beyond watches and lease`,
      value: round((asked.length / seconds) * 60),
      unit: 'a minute',
      atMost: 0,
    },
  ];
}

/** Whether a request is the controller's own, and no watch and no renewal of its lease. */
export function isAsked({ userAgent, verb, path }: ApiRequest, contender: Contender): boolean {
  return userAgent.startsWith(contender.userAgent) && verb !== 'watch' && !path.includes('/leases/');
}

/**
 * Resolves when every repository was asked for twice, since the second look sets the phase of all later ones, and when nothing
 * is left to tell of what was found at the start.
 */
export async function settled(ground: Ground, { meter, work }: Fleet, contender: Contender): Promise<void> {
  const { repositories, interval } = work;
  const deadline = performance.now() + 3 * interval * 1_000 + patience;
  const heard = ground.listen();
  let quietSince = performance.now();
  while (meter.repositoriesAsked(2) < repositories || performance.now() - quietSince < silence) {
    if (performance.now() > deadline) {
      const looked = `${meter.repositoriesAsked(2)} of ${repositories} repositories`;
      throw new Error(`${contender.name} is not done with its start; it has looked twice at ${looked}`);
    }
    await setTimeout(250);
    if (heard().some((request) => isAsked(request, contender))) quietSince = performance.now();
  }
}

function titleOf({ workloads, repositories, interval, tags = 1, policy }: Work): string {
  const extent = repositories === workloads ? '' : ` on ${repositories}`;
  const list = tags > 1 ? ` of ${tags} tags` : '';
  return `${workloads}${extent}${list} each ${interval} s${policy === 'digest' ? ', digest' : ''}`;
}
