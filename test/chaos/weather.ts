import { setTimeout } from 'node:timers/promises';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import type { ApiProxy } from '../support/api-proxy.ts';
import type { Crew } from './crew.ts';
import type { Random } from './random.ts';

/** Where faults are made. */
export interface Places {
  readonly sandbox: Sandbox;
  /** Through which the controllers, and nobody else, reach the API server. */
  readonly proxy: ApiProxy;
  readonly crew: Crew;
}

/** A fault: begins, lasts a while, and is over when the promise resolves. */
type Fault = (places: Places, random: Random) => Promise<void>;

/** Everything that can go wrong around the controllers, by name. */
const faults: Readonly<Record<string, Fault>> = {
  'API watches cut': async ({ proxy }) => proxy.cutStreams(),
  'API server away': async ({ proxy }, random) => {
    proxy.cut();
    await setTimeout(500 + random.below(6_000));
    proxy.heal();
  },
  'API server refuses with 500': (places, random) => refuseApi(places, random, { status: 500 }),
  'API server refuses with 429': (places, random) =>
    refuseApi(places, random, { status: 429, retryAfter: 1 }),
  'API history compacted': async ({ sandbox, proxy }) => {
    sandbox.api.compact();
    proxy.cutStreams();
  },
  'registry answers 500': (places, random) =>
    disturbRegistry(places, random, { kind: 'answer', status: 500 }),
  'registry limits the rate': (places, random) =>
    disturbRegistry(places, random, { kind: 'answer', status: 429, headers: { 'retry-after': '1' } }),
  'registry knows nobody': (places, random) =>
    disturbRegistry(places, random, { kind: 'answer', status: 401 }),
  'registry has lost everything': (places, random) =>
    disturbRegistry(places, random, { kind: 'answer', status: 404 }),
  'registry hangs': (places, random) => disturbRegistry(places, random, { kind: 'hang' }),
  'registry drips': (places, random) => disturbRegistry(places, random, { kind: 'drip', milliseconds: 20 }),
  'registry drops': (places, random) => disturbRegistry(places, random, { kind: 'drop' }),
  'registry lists nothing': (places, random) =>
    disturbRegistry(places, random, { kind: 'body', body: '{"name":"x","tags":[]}' }),
  'registry lists half a document': (places, random) =>
    disturbRegistry(places, random, { kind: 'body', body: '{"name":"x","tags":["9.9' }),
  'registry lists for ever': (places, random) => disturbRegistry(places, random, { kind: 'endless-pages' }),
  'registry lies about digests': (places, random) =>
    disturbRegistry(places, random, { kind: 'wrong-digest' }),
  'registry shows a sign-in page': (places, random) => disturbRegistry(places, random, { kind: 'html' }),
  'leader killed': async ({ crew }) => crew.slayLeader(),
  'leader retired': async ({ crew }) => crew.retireLeader(),
  'leader frozen': async ({ crew }, random) => {
    const { leader } = crew;
    leader?.freeze();
    await setTimeout(1_000 + random.below(18_000));
    leader?.wake();
  },
};

type FaultName = keyof typeof faults;
const names = Object.keys(faults) as [FaultName, ...FaultName[]];

/** Makes one fault after the other, until it is told that the weather turns; counts them by name. */
export class Weather {
  readonly #places: Places;
  readonly #seen = new Map<string, number>();
  readonly #going = new Set<Promise<void>>();

  constructor(places: Places) {
    this.#places = places;
  }

  /** How often each fault was made. */
  get seen(): ReadonlyMap<string, number> {
    return this.#seen;
  }

  /** Begins a fault at random, and lets it go its way. */
  strike(random: Random): void {
    const name = random.pick(names);
    this.#seen.set(name, (this.#seen.get(name) ?? 0) + 1);
    const going = (faults[name]?.(this.#places, random) ?? Promise.resolve()).finally(() =>
      this.#going.delete(going),
    );
    this.#going.add(going);
  }

  /** Waits for what is going on, and takes away what is left of it. */
  async calm(): Promise<void> {
    await Promise.all(this.#going);
    this.#places.sandbox.registry.faults.clear();
    this.#places.proxy.heal();
  }
}

async function refuseApi(
  { proxy }: Places,
  random: Random,
  answer: { readonly status: number; readonly retryAfter?: number },
): Promise<void> {
  proxy.refuseNext(1 + random.below(60), answer);
}

/** What a controller asks of a registry; pushes go on. */
const looks = [
  { operation: 'tags' },
  { operation: 'manifest', method: 'HEAD' },
  { operation: 'manifest', method: 'GET' },
] as const;

async function disturbRegistry({ sandbox }: Places, random: Random, fault: RegistryFault): Promise<void> {
  const only = random.below(looks.length);
  const hit = looks.filter((_, index) => index === only || random.chance(0.3));
  for (const match of hit) sandbox.registry.faults.add(match, fault, 5 + random.below(150));
  await setTimeout(500 + random.below(4_000));
  // What is left of one fault ends with it, and with it what is left of others: the oldest would hide the newest.
  sandbox.registry.faults.clear();
}

type RegistryFault = Parameters<Sandbox['registry']['faults']['add']>[1];
