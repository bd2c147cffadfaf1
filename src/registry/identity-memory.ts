import { LRUCache } from 'lru-cache';
import type { Clock } from '../model/ports.ts';

/** How a look with some credentials went, within the last hour. */
export interface Memory {
  /** Position of the identity that was let in. */
  readonly index: number;
  /** Whether it found something; one that did has the last word. */
  readonly isFound: boolean;
  /** Positions of the credentials that were refused, for as long as the memory lasts. */
  readonly rejected: readonly number[];
}

const mostRepositories = 4_096;
/** Milliseconds for which the identity that was let in is tried first, before the order counts again. */
const preference = 3_600_000;

/** Which of several identities to begin with, so that a wrong credential is not tried at each look. */
export class IdentityMemory {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #memories = new LRUCache<string, Memory & { readonly until: number }>({ max: mostRepositories });

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
  }

  /** How it went for a repository and a list of credentials, which the key stands for. */
  recall(key: string): Memory | undefined {
    const memory = this.#memories.get(key);
    return memory === undefined || memory.until <= this.#clock.monotonic() ? undefined : memory;
  }

  /** Keeps how it went for an hour from the first time, so that the order is tried anew now and then. */
  remember(key: string, seen: Memory): void {
    const known = this.#memories.get(key);
    const now = this.#clock.monotonic();
    const isSame =
      known !== undefined &&
      known.until > now &&
      known.index === seen.index &&
      known.isFound === seen.isFound;
    this.#memories.set(key, { ...seen, until: isSame ? known.until : now + preference });
  }
}

/**
 * Positions of the identities in the order to try: the one that was let in lately, then the rest as given. While
 * nothing was found, those that were refused are spared: a look that finds nothing asks all of them each time.
 */
export function inOrder(count: number, memory: Memory | undefined): readonly number[] {
  const positions = Array.from({ length: count }, (_, index) => index);
  if (memory === undefined) return positions;
  const spared = memory.isFound ? [] : memory.rejected;
  return [memory.index, ...positions.filter((index) => index !== memory.index && !spared.includes(index))];
}
