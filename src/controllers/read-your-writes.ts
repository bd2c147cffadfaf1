import type { Store } from '../kube/store.ts';
import type { Clock } from '../model/ports.ts';

/** How long a write stays ahead of a watch that brings other versions; after that the watch is believed again. */
const longestLead = 10_000;

/**
 * A view of a store that already holds what we wrote ourselves, although the watch has not brought it back yet.
 * Without it a reconcile right after a write would decide on what stood there before. Resource versions are only
 * compared for equality, as the API demands.
 */
export class ReadYourWrites<T extends { readonly resourceVersion: string }> {
  readonly #store: Store<T>;
  readonly #clock: Clock;
  /** `since`: when the watch first brought another version; undefined while it has brought none, which may last as long as it is cut. */
  readonly #ahead = new Map<string, { readonly object: T; readonly since: number | undefined }>();
  /** Versions that the watch brought while a request was under way. */
  readonly #underWay = new Map<string, Set<string>>();

  constructor(store: Store<T>, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
    store.onChange((key, now) => {
      if (now) this.#underWay.get(key)?.add(now.resourceVersion);
      const ahead = this.#ahead.get(key);
      if (now === undefined || now.resourceVersion === ahead?.object.resourceVersion) this.#ahead.delete(key);
      else if (ahead)
        this.#ahead.set(key, { object: ahead.object, since: ahead.since ?? this.#clock.monotonic() });
    });
  }

  /** The newest known object of a key. */
  get(key: string): T | undefined {
    const ahead = this.#ahead.get(key);
    if (!ahead) return this.#store.get(key);
    const { object, since } = ahead;
    if (since === undefined || this.#clock.monotonic() - since < longestLead) return object;
    this.#ahead.delete(key);
    return this.#store.get(key);
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
        const known = this.#store.get(key) !== undefined;
        this.#ahead.set(key, { object, since: known ? undefined : this.#clock.monotonic() });
      }
      return answer;
    } finally {
      this.#underWay.delete(key);
    }
  }
}
