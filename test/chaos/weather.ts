import { setTimeout } from 'node:timers/promises';
import type { AddedFault, Fault, FaultMatch } from '../../src/sandbox/registry/faults.ts';
import type { ApiProxy, Moment, ProxiedRequest, Refusal } from '../support/api-proxy.ts';
import { type Intervention, interventions, isPossible } from './acts.ts';
import type { Crew } from './crew.ts';
import type { Fleet, Slot } from './fleet.ts';
import { Random } from './random.ts';
import type { Cue, Track } from './script.ts';
import type { Stage } from './stage.ts';
import type { Tally } from './tally.ts';

/** Where faults are made. */
export interface Places {
  readonly stage: Stage;
  /** Through which the controllers, and nobody else, reach the API server. */
  readonly proxy: ApiProxy;
  readonly crew: Crew;
  readonly fleet: Fleet;
  /** Writes into the diary of the run. */
  readonly note: (what: string) => void;
}

/** A fault: begins, lasts a while, and is over when the promise resolves, with whether it met anything. */
type Strike = (places: Places, random: Random) => Promise<boolean>;

/** Milliseconds for which a fault waits for somebody to strike: two changes of leaders. */
const patience = 45_000;
/** Milliseconds after which a fault in some repositories spreads to all. */
const shortPatience = 10_000;

const apiFaults: Readonly<Record<string, Strike>> = {
  'API watches cut': async ({ proxy }) => proxy.cutStreams() > 0,
  'API server restarted': async ({ proxy, stage }, random) => {
    proxy.cut();
    await stage.restart(500 + random.below(5_000));
    proxy.heal();
    return true;
  },
  'API server refuses with 500': refusing({ status: 500 }),
  'API server refuses with 429': refusing({ status: 429, retryAfter: 1 }),
  'API history compacted': async ({ stage, proxy }) => {
    await stage.compact();
    return proxy.cutStreams() > 0;
  },
};

const updateFaults: Readonly<Record<string, Strike>> = {
  ...Object.fromEntries(interventions.map((each) => [`update overtaken by: ${each.name}`, overtaking(each)])),
  'answer to an update lost': async (places) => {
    const stopped = await stopUpdate(places, 'after');
    places.proxy.letGo();
    return stopped !== undefined;
  },
  'leader killed in the middle of an update': async (places, random) => {
    const stopped = await stopUpdate(places, random.pick(['before', 'after']));
    const leader = stopped && places.crew.leader;
    await leader?.slay();
    places.proxy.letGo();
    return leader !== undefined;
  },
};

/** What a controller asks of a registry; pushes go on. */
const lists: readonly FaultMatch[] = [{ operation: 'tags' }];
const manifests: readonly FaultMatch[] = [
  { operation: 'manifest', method: 'HEAD' },
  { operation: 'manifest', method: 'GET' },
];
const looks = [...lists, ...manifests];

const registryFaults: Readonly<Record<string, Strike>> = {
  'registry away': disturbing(looks, { kind: 'drop' }),
  'registry answers 500': disturbing(looks, { kind: 'answer', status: 500 }),
  'registry limits the rate': disturbing(looks, {
    kind: 'answer',
    status: 429,
    headers: { 'retry-after': '1' },
  }),
  'registry knows nobody': disturbing(looks, { kind: 'answer', status: 401 }),
  'registry has lost everything': disturbing(looks, { kind: 'answer', status: 404 }),
  'registry hangs': disturbing(looks, { kind: 'hang' }),
  'registry drips': disturbing(looks, { kind: 'drip', milliseconds: 20 }),
  'registry lists nothing': disturbing(lists, { kind: 'body', body: '{"name":"x","tags":[]}' }),
  'registry lists the oldest alone': disturbing(lists, {
    kind: 'body',
    body: '{"name":"x","tags":["1.0.0","stable"]}',
  }),
  'registry lists half a document': disturbing(lists, { kind: 'body', body: '{"name":"x","tags":["9.9' }),
  'registry lists what it has not': disturbing(lists, {
    kind: 'body',
    body: '{"name":"x","tags":["1.0.0","1.0.998","1.998.0","98.0.0","stable"]}',
  }),
  'registry lists for ever': disturbing(lists, { kind: 'endless-pages' }),
  'registry lies about digests': disturbing(manifests, { kind: 'wrong-digest' }),
  'registry shows a sign-in page': disturbing(looks, { kind: 'html' }),
};

const leaderFaults: Readonly<Record<string, Strike>> = {
  'leader killed': async ({ crew }) => {
    const leader = await crew.whenLed(patience);
    await leader?.slay();
    return leader !== undefined;
  },
  'leader asked to go': async ({ crew }) => {
    const leader = await crew.whenLed(patience);
    await leader?.retire();
    return leader !== undefined;
  },
  'leader stopped for a moment': stopping(1_000, 5_000),
  'leader stopped for longer than its lease': stopping(17_000, 3_000),
};

const strikes: Readonly<Record<string, Strike>> = {
  ...apiFaults,
  ...updateFaults,
  ...registryFaults,
  ...leaderFaults,
};

/** Everything that can go wrong around the controllers, each once a minute: what is on one track happens one after the other. */
export const faultTracks: readonly Track[] = [apiFaults, updateFaults, registryFaults, leaderFaults].map(
  (faults) => ({ names: Object.keys(faults), perMinute: Object.keys(faults).length }),
);

/** Makes the faults of a track one after the other, none before its time. */
export async function rain(cues: readonly Cue[], places: Places, tally: Tally): Promise<void> {
  const begun = performance.now();
  for (const { name, at, seed } of cues) {
    await setTimeout(Math.max(0, begun + at - performance.now()));
    const strike = strikes[name];
    if (!strike) throw new Error(`nobody knows how to make ${name}`);
    places.note(`${name}: begins`);
    const isMet = await isPossible(strike(places, new Random(seed)));
    places.note(`${name}: ${isMet ? 'over' : 'met nothing'}`);
    tally.add(name, isMet);
  }
}

function refusing(answer: Refusal): Strike {
  return async ({ proxy }, random) => {
    const before = proxy.refused;
    const lasts = 500 + random.below(4_000);
    proxy.refuseNext(1 + random.below(60), answer);
    const isMet = await within(patience, () => proxy.refused > before);
    // A burst ends with its time: who waits longer after each refusal would meet the last of them after minutes.
    await setTimeout(lasts);
    proxy.heal();
    return isMet;
  };
}

/** One fault in four is everywhere, the others in some repositories: whose looks fail is looked at less often by and by. */
function disturbing(matches: readonly FaultMatch[], fault: Fault): Strike {
  return async ({ stage, fleet }, random) => {
    const only = random.below(matches.length);
    const chosen = matches.filter((_, index) => index === only || random.chance(0.5));
    const isEverywhere = random.chance(0.25);
    const one = random.below(fleet.repositories.length);
    const some = fleet.repositories.filter((_, index) => index === one || random.chance(0.2));
    const hit = isEverywhere
      ? chosen
      : chosen.flatMap((match) => some.map((repository) => ({ ...match, repository })));
    const lasts = 500 + random.below(4_000);
    const added: AddedFault[] = hit.map((match) => stage.registry.faults.add(match, fault));
    const isHit = (): boolean => added.some(({ hits }) => hits > 0);
    // Who was suspended, or has a broken policy by now, is looked at by nobody.
    const isMissed = !(await within(shortPatience, isHit));
    if (isMissed) added.push(...chosen.map((match) => stage.registry.faults.add(match, fault)));
    const isMet = await within(patience, isHit);
    await setTimeout(lasts);
    for (const each of added) each.remove();
    return isMet;
  };
}

/** Somebody changes a workload between the moment in which an update is sent and that in which it arrives. */
function overtaking({ perform, fits }: Intervention): Strike {
  return async (places, random) => {
    const slot = await stopUpdate(places, 'before', fits);
    try {
      return slot !== undefined && (await perform(places.fleet, slot, random));
    } finally {
      places.proxy.letGo();
    }
  };
}

function stopping(least: number, more: number): Strike {
  return async ({ crew }, random) => {
    const lasts = least + random.below(more);
    const leader = await crew.whenLed(patience);
    leader?.freeze();
    await setTimeout(leader ? lasts : 0);
    leader?.wake();
    return leader !== undefined;
  };
}

/** Stops the next update that a controller writes, or its answer; resolves with its workload, or undefined where none came. */
async function stopUpdate(
  { proxy, fleet }: Places,
  moment: Moment,
  fits: (slot: Slot) => boolean = () => true,
): Promise<Slot | undefined> {
  let found: Slot | undefined;
  let isStopped = false;
  const isAwaited = ({ method, path }: ProxiedRequest): boolean => {
    found = method === 'PATCH' ? fleet.slotAt(path) : undefined;
    return found !== undefined && fits(found);
  };
  void proxy.stopNext(moment, isAwaited).then(() => (isStopped = true));
  if (await within(patience, () => isStopped)) return found;
  proxy.disarm();
  return undefined;
}

/** Waits for a condition for so many milliseconds at most; resolves with whether it came to hold. */
async function within(milliseconds: number, condition: () => boolean): Promise<boolean> {
  const end = performance.now() + milliseconds;
  while (!condition() && performance.now() < end) await setTimeout(20);
  return condition();
}
