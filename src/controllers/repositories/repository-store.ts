import {
  needName,
  type RegistryNeed,
  type RepositoryObservation,
  type TagList,
} from '../../model/observation.ts';
import type { LookSchedule } from '../../model/policy.ts';
import type { RepositoryAccess } from '../../model/ports.ts';
import type { WorkloadKey } from '../../model/workload.ts';

/** A repository as seen through one credential: `docker.io/library/nginx#anonymous`. */
export type RepositoryKey = `${string}/${string}#${string}`;

/** One workload's interest in one repository. */
export interface Subscription {
  readonly key: RepositoryKey;
  readonly access: RepositoryAccess;
  /** When its containers want it looked at; the most eager one counts. */
  readonly schedules: readonly LookSchedule[];
  readonly needs: readonly RegistryNeed[];
  /** Changes when a person asks for a look now (an edited policy, a new `checkAt`). */
  readonly hint: string;
}

/** What the scanner has to do for a repository. */
export interface LookPlan {
  readonly access: RepositoryAccess;
  /** The schedules of all subscribers, each once. */
  readonly schedules: readonly LookSchedule[];
  /** Everything that subscribers need, each once. */
  readonly needs: readonly RegistryNeed[];
  /** When the last regular look ended, or undefined before the first. */
  readonly lookedAt: number | undefined;
  /** A person asked for a look since. */
  readonly hinted: boolean;
  /** How often people have asked; a look answers only what was asked before it began. */
  readonly hints: number;
}

/** How one repository has fared, through one credential. */
export interface RepositoryFreshness {
  /** `docker.io/library/nginx`. */
  readonly name: string;
  /** When the last look that succeeded ended, in milliseconds since the epoch; undefined where none did. */
  readonly succeededAt: number | undefined;
  /** Milliseconds from that look to the next one, by schedule. */
  readonly interval: number;
}

interface Entry {
  readonly subscribers: Map<WorkloadKey, Subscription>;
  observation: RepositoryObservation;
  lookedAt: number | undefined;
  /** When the last look that succeeded ended. */
  succeededAt: number | undefined;
  /** Milliseconds from that look to the next one, by schedule. */
  interval: number;
  /** How often people asked for a look, and how many of these were answered. */
  hints: number;
  answeredHints: number;
}

/** What is known of a repository before the first look. */
export const nothingSeen: RepositoryObservation = {
  tags: undefined,
  digests: new Map(),
  manifests: new Map(),
  problem: undefined,
};

function newEntry(): Entry {
  return {
    subscribers: new Map(),
    observation: nothingSeen,
    lookedAt: undefined,
    succeededAt: undefined,
    interval: 0,
    hints: 0,
    answeredHints: 0,
  };
}

/**
 * What joins the two loops: workloads say here what they need to know of a repository, the scanner writes here what
 * it saw. One entry per repository and credential, however many workloads subscribe; it goes when the last one does.
 */
export class RepositoryStore {
  readonly #entries = new Map<RepositoryKey, Entry>();
  readonly #byWorkload = new Map<WorkloadKey, readonly RepositoryKey[]>();
  /** Told when a repository has something to do; set by the composition. */
  onWork: (key: RepositoryKey) => void = () => undefined;
  /** Told when a workload's observation changed; set by the composition. */
  onObserved: (workload: WorkloadKey) => void = () => undefined;

  /** Number of repositories that somebody follows. */
  get size(): number {
    return this.#entries.size;
  }

  /** How each repository that somebody follows has fared. */
  *freshness(): Iterable<RepositoryFreshness> {
    for (const [key, { succeededAt, interval }] of this.#entries) {
      yield { name: key.slice(0, key.lastIndexOf('#')), succeededAt, interval };
    }
  }

  /** Replaces what one workload needs; an empty list ends its interest. */
  subscribe(workload: WorkloadKey, subscriptions: readonly Subscription[]): void {
    const keys = subscriptions.map(({ key }) => key);
    for (const key of this.#byWorkload.get(workload) ?? [])
      if (!keys.includes(key)) this.#leave(workload, key);
    if (keys.length === 0) this.#byWorkload.delete(workload);
    else this.#byWorkload.set(workload, keys);
    for (const subscription of subscriptions) this.#join(workload, subscription);
  }

  /** What was last seen of a repository. */
  observation(key: RepositoryKey): RepositoryObservation {
    return this.#entries.get(key)?.observation ?? nothingSeen;
  }

  /** What the scanner has to do, or undefined when nobody subscribes any more. */
  plan(key: RepositoryKey): LookPlan | undefined {
    const entry = this.#entries.get(key);
    const [first, ...others] = entry?.subscribers.values() ?? [];
    if (!entry || !first) return undefined;
    const all = [first, ...others];
    return {
      access: first.access,
      schedules: distinct(all.flatMap(({ schedules }) => schedules)),
      needs: union(all.flatMap(({ needs }) => needs)),
      lookedAt: entry.lookedAt,
      hinted: isHinted(entry),
      hints: entry.hints,
    };
  }

  /** Asks for another look at every repository whose last one failed: what it failed by may have changed. */
  retryFailed(): void {
    for (const [key, entry] of this.#entries) {
      if (entry.observation.problem === undefined) continue;
      entry.hints++;
      this.onWork(key);
    }
  }

  /** Whether a look that a person asked for is still to come. */
  isAwaited(key: RepositoryKey): boolean {
    const entry = this.#entries.get(key);
    return entry !== undefined && isHinted(entry);
  }

  /**
   * Writes what a look saw; a regular look also answers the hints that came before it began, all where `hints` is left out.
   * Subscribers are told when something differs, or was asked.
   */
  record(
    key: RepositoryKey,
    observation: RepositoryObservation,
    look: { at: number; next?: number; regular: boolean; hints?: number },
  ): void {
    const entry = this.#entries.get(key);
    if (!entry) return;
    const { tags } = entry.observation;
    const isSame = sameList(tags, observation.tags);
    const changed = !isSame || differs(entry.observation, observation);
    // Of lists that say the same the old one is kept: it lies where the garbage collector has done with it.
    entry.observation = isSame ? { ...observation, tags } : observation;
    const { at, next = at, regular, hints = entry.hints } = look;
    const answers = regular && hints > entry.answeredHints;
    const hasAnswered = observation.problem === undefined || observation.problem.only !== undefined;
    if (hasAnswered) Object.assign(entry, { succeededAt: at, interval: next - at });
    if (regular) Object.assign(entry, { lookedAt: at, answeredHints: hints });
    if (changed || answers) for (const workload of entry.subscribers.keys()) this.onObserved(workload);
  }

  /**
   * Notes that at a time nothing was due for a repository before `next`; both in milliseconds since the epoch. What was never
   * looked at, because nobody is in a hurry, is as fresh from then on as anybody wants it.
   */
  postpone(key: RepositoryKey, { at, next }: { readonly at: number; readonly next: number }): void {
    const entry = this.#entries.get(key);
    if (!entry) return;
    entry.succeededAt ??= at;
    entry.interval = next - entry.succeededAt;
  }

  #join(workload: WorkloadKey, subscription: Subscription): void {
    const { key } = subscription;
    const entry = this.#entries.get(key) ?? newEntry();
    this.#entries.set(key, entry);
    const before = entry.subscribers.get(workload);
    entry.subscribers.set(workload, subscription);
    const hinted = before !== undefined && before.hint !== subscription.hint;
    if (hinted) entry.hints++;
    if (hinted || JSON.stringify(before) !== JSON.stringify(subscription)) this.onWork(key);
  }

  #leave(workload: WorkloadKey, key: RepositoryKey): void {
    const entry = this.#entries.get(key);
    entry?.subscribers.delete(workload);
    if (entry?.subscribers.size === 0) this.#entries.delete(key);
  }
}

/** Whether what is needed has been seen. */
export function isKnown(need: RegistryNeed, seen: RepositoryObservation): boolean {
  switch (need.kind) {
    case 'tags':
      return seen.tags !== undefined && (need.times !== true || seen.tags.times !== undefined);
    case 'digest':
      return seen.digests.has(need.tag);
    case 'manifests':
      return seen.manifests.has(need.digest);
  }
}

function isHinted({ hints, answeredHints }: Entry): boolean {
  return hints > answeredHints;
}

function distinct(schedules: readonly LookSchedule[]): readonly LookSchedule[] {
  return [...new Map(schedules.map((schedule) => [JSON.stringify(schedule), schedule])).values()];
}

/**
 * Each need once; what one subscriber needs each time and another one seldom is needed each time, and a list that somebody
 * needs with times is read with them for all.
 */
function union(needs: readonly RegistryNeed[]): readonly RegistryNeed[] {
  const eager = needs.filter((need) => need.kind !== 'digest' || need.seldom !== true);
  const timed = needs.filter((need) => need.kind === 'tags' && need.times === true);
  return [...new Map([...needs, ...eager, ...timed].map((need) => [needName(need), need])).values()];
}

/** Whether something but the tag list differs. */
function differs(before: RepositoryObservation, now: RepositoryObservation): boolean {
  const sameProblem =
    before.problem?.reason === now.problem?.reason &&
    before.problem?.message === now.problem?.message &&
    before.problem?.only?.join() === now.problem?.only?.join();
  const sameRefusal = JSON.stringify(before.refused) === JSON.stringify(now.refused);
  return (
    !sameProblem ||
    !sameRefusal ||
    !sameMap(before.digests, now.digests) ||
    !sameMap(before.manifests, now.manifests)
  );
}

function sameList(before: TagList | undefined, now: TagList | undefined): boolean {
  if (before === undefined || now === undefined) return before === now;
  // That a registry knows no times is something to know.
  if (before.times === undefined && now.times !== undefined) return false;
  const times = sameMap(before.times ?? new Map(), now.times ?? new Map());
  return before.partial === now.partial && times && sameTags(before.tags, now.tags);
}

function sameTags(before: readonly string[], now: readonly string[]): boolean {
  if (before.length !== now.length) return false;
  if (before.every((tag, index) => tag === now[index])) return true;
  const known = new Set(before);
  return now.every((tag) => known.has(tag));
}

function sameMap(before: ReadonlyMap<string, unknown>, now: ReadonlyMap<string, unknown>): boolean {
  if (before.size !== now.size) return false;
  return [...now].every(([key, value]) => JSON.stringify(before.get(key)) === JSON.stringify(value));
}
