import { formatDuration } from '../model/duration.ts';
import type { RegistryNeed, RepositoryObservation } from '../model/observation.ts';
import type { Problem } from '../model/result.ts';
import { type PendingCandidate, pendingLimit } from '../model/tracked-image.ts';

/** What the ages of candidates are reckoned from. */
export interface Ages {
  /** Milliseconds for which a candidate must have been seen; 0 asks for nothing. */
  readonly minAge: number;
  /** What is remembered of the candidates. */
  readonly pending: readonly PendingCandidate[];
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** Why a candidate is too young, and from when on it is not. */
export interface TooYoung extends Problem {
  /** Milliseconds since the epoch; undefined where its age is not followed yet. */
  readonly opensAt: number | undefined;
}

/**
 * The filter `min-age` of one choice: what a tag means must have been seen for long enough, by us, because every time
 * that a publisher writes can be forged. It is asked from the best tag downwards, and notes whom it is asked about.
 */
export class Ageing {
  readonly #ages: Ages;
  readonly #observation: RepositoryObservation;
  /** What was remembered of tags that are still there. */
  readonly #known: ReadonlyMap<string, PendingCandidate>;
  readonly #asked = new Map<string, PendingCandidate | undefined>();
  readonly #young: TooYoung[] = [];
  readonly #needs: RegistryNeed[] = [];
  #unknown: string | undefined;

  /** `current`: the present tag, which counts as listed. */
  constructor(ages: Ages, observation: RepositoryObservation, current: string) {
    this.#ages = ages;
    this.#observation = observation;
    const listed = new Set([current, ...(observation.tags?.tags ?? [])]);
    this.#known = new Map(ages.pending.filter(({ tag }) => listed.has(tag)).map((one) => [one.tag, one]));
  }

  /** Why the best of the candidates that are too young is so; undefined where none is. */
  get first(): TooYoung | undefined {
    return this.#young[0];
  }

  /** A candidate of which it must be known what it means before anything can be chosen. */
  get unknown(): string | undefined {
    return this.#unknown;
  }

  /** What must go on being looked at, so that a tag that means something else waits anew. */
  get needs(): readonly RegistryNeed[] {
    return this.#needs;
  }

  /** When the next candidate becomes old enough, in milliseconds since the epoch; undefined where none waits. */
  get maturesAt(): number | undefined {
    const times = this.#young.map(({ opensAt }) => opensAt).filter((time) => time !== undefined);
    return times.length > 0 ? Math.min(...times) : undefined;
  }

  /** `tooYoung` where a tag has to wait, or where it is not known yet whether it has to. */
  readonly refuse = (tag: string): 'tooYoung' | undefined => {
    if (this.#ages.minAge === 0) return undefined;
    const meaning = this.#observation.digests.get(tag);
    if (meaning !== undefined && (meaning === 'missing' || 'unusable' in meaning)) return undefined;
    if (!this.#admits(tag)) {
      this.#young.push(unfollowed(tag));
      return 'tooYoung';
    }
    this.#needs.push({ kind: 'digest', tag });
    if (meaning === undefined) {
      this.#unknown ??= tag;
      this.#asked.set(tag, this.#known.get(tag));
      return 'tooYoung';
    }
    return this.judge(tag, meaning.digest) ? 'tooYoung' : undefined;
  };

  /** Why what a tag means has to wait; undefined where it is old enough. */
  judge(tag: string, digest: string): TooYoung | undefined {
    const { minAge, now } = this.#ages;
    if (minAge === 0) return undefined;
    const known = this.#known.get(tag);
    // A time to come was written by a clock that has been set back since, and would make it wait for as long again.
    const isSeen = known?.digest === digest && Date.parse(known.firstSeen) <= now;
    const firstSeen = isSeen ? known.firstSeen : new Date(now).toISOString();
    this.#asked.set(tag, { tag, digest, firstSeen });
    const opensAt = Date.parse(firstSeen) + minAge;
    if (opensAt <= now) return undefined;
    const opens = new Date(opensAt).toISOString();
    const message = `${tag} was first seen at ${firstSeen} and waits for its min-age of ${formatDuration(minAge)}, until ${opens}`;
    const young: TooYoung = { reason: 'TooYoung', message, opensAt };
    this.#young.push(young);
    return young;
  }

  /**
   * What is to be remembered. Where something was chosen, nobody was asked about the tags below it: what is known of them
   * is kept, because what stands above them may fail or be left for an approved one.
   */
  remembered(isChosen: boolean): readonly PendingCandidate[] {
    if (this.#ages.minAge === 0) return [];
    const asked = [...this.#asked.values()].filter((one) => one !== undefined);
    const below = isChosen ? [...this.#known.values()].filter(({ tag }) => !this.#asked.has(tag)) : [];
    return [...asked, ...below].slice(0, pendingLimit);
  }

  /** New candidates are taken up while there is room, so that a stream of them cannot keep every one from ageing. */
  #admits(tag: string): boolean {
    if (this.#known.has(tag) || this.#asked.has(tag)) return true;
    const added = [...this.#asked.keys()].filter((one) => !this.#known.has(one)).length;
    const waiting = [...this.#known.values()].filter((one) => this.#waits(one)).length;
    // Of those that are old enough only the best counts, however long it is kept from being applied.
    const mature = waiting < this.#known.size ? 1 : 0;
    return waiting + mature + added < pendingLimit;
  }

  #waits({ firstSeen }: PendingCandidate): boolean {
    return !(Date.parse(firstSeen) + this.#ages.minAge <= this.#ages.now);
  }
}

function unfollowed(tag: string): TooYoung {
  const message = `${tag} is new, and the ages of ${pendingLimit} other candidates are followed already`;
  return { reason: 'TooYoung', message, opensAt: undefined };
}
