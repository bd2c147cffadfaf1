import type { Store } from '../../kube/store.ts';
import type { Clock } from '../../model/ports.ts';

/** How long a write stays ahead of a watch that brings other versions; after that the watch is believed again. */
const longestLead = 10_000;

/** What we wrote, until the watch brings it. */
interface Lead<T> {
  readonly object: T;
  /** Ends it; undefined while the watch has brought no other version, which may last as long as it is cut. */
  readonly end: { cancel(): void } | undefined;
}

/**
 * A view of a store that already holds what we wrote ourselves, although the watch has not brought it back yet.
 * Without it a reconcile right after a write would decide on what stood there before. Resource versions are only
 * compared for equality, as the API demands.
 */
export class ReadYourWrites<T extends { readonly resourceVersion: string }> {
  readonly #store: Store<T>;
  readonly #clock: Clock;
  readonly #ahead = new Map<string, Lead<T>>();
  /** Versions that the watch brought while a request was under way. */
  readonly #underWay = new Map<string, Set<string>>();

  constructor(store: Store<T>, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
    store.onChange((key, now) => {
      if (now) this.#underWay.get(key)?.add(now.resourceVersion);
      const ahead = this.#ahead.get(key);
      if (!ahead) return;
      if (now === undefined || now.resourceVersion === ahead.object.resourceVersion) this.#drop(key);
      else if (!ahead.end) this.#ahead.set(key, { object: ahead.object, end: this.#endLater(key) });
    });
  }

  /** The newest known object of a key. */
  get(key: string): T | undefined {
    return this.#ahead.get(key)?.object ?? this.#store.get(key);
  }

  /**
   * Sends a request that answers with the object of a key, and remembers the answer until the watch catches up.
   * `objectIn` finds the object in the answer; undefined where there is none.
   */
  async through<A>(
    key: string,
    request: () => Promise<A>,
    objectIn: (answer: A) => T | undefined,
  ): Promise<A> {
    const seen = new Set([this.#store.get(key)?.resourceVersion ?? '']);
    this.#underWay.set(key, seen);
    try {
      const answer = await request();
      const object = objectIn(answer);
      // The watch may be faster than the answer, and may even have gone on to newer versions.
      if (object && !seen.has(object.resourceVersion)) {
        // Of an object that the watch has never brought it would not tell the end either.
        const isKnown = this.#store.get(key) !== undefined;
        this.#drop(key);
        this.#ahead.set(key, { object, end: isKnown ? undefined : this.#endLater(key) });
      }
      return answer;
    } finally {
      this.#underWay.delete(key);
    }
  }

  /** Whoever looked at what we wrote when the watch brought something newer has not seen that: he looks again. */
  #endLater(key: string): { cancel(): void } {
    return this.#clock.schedule(longestLead, () => {
      this.#ahead.delete(key);
      this.#store.touch(key);
    });
  }

  #drop(key: string): void {
    this.#ahead.get(key)?.end?.cancel();
    this.#ahead.delete(key);
  }
}
