/** Called after a change: what is known of a key now, and what was known before; undefined for nothing. */
export type StoreListener<T> = (key: string, now: T | undefined, before: T | undefined) => void;

/** The key of an object in a store: `shop/web`, or the name alone where there is no namespace. */
export function objectKey(namespace: string | undefined, name: string): string {
  return namespace === undefined || namespace === '' ? name : `${namespace}/${name}`;
}

/**
 * What is known of a resource, keyed by {@link objectKey}.
 * Reflectors write it, everybody else reads it. Everything is synchronous: after `set` returns, each listener has run.
 */
export class Store<T> {
  readonly #objects = new Map<string, T>();
  readonly #listeners = new Set<StoreListener<T>>();

  get size(): number {
    return this.#objects.size;
  }

  get(key: string): T | undefined {
    return this.#objects.get(key);
  }

  /** The objects at this moment, in no particular order. */
  list(): readonly T[] {
    return [...this.#objects.values()];
  }

  /** The keys at this moment. */
  keys(): readonly string[] {
    return [...this.#objects.keys()];
  }

  /** Calls `listener` after every change from now on; returns how to stop it. */
  onChange(listener: StoreListener<T>): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Puts an object in place of what was there. */
  set(key: string, now: T): void {
    const before = this.#objects.get(key);
    this.#objects.set(key, now);
    this.#tell(key, now, before);
  }

  /** Has every listener look at an object again that is as it was; does nothing where there is none. */
  touch(key: string): void {
    const now = this.#objects.get(key);
    if (now !== undefined) this.#tell(key, now, now);
  }

  /** Takes an object out; does nothing where there is none. */
  delete(key: string): void {
    const before = this.#objects.get(key);
    if (!this.#objects.delete(key)) return;
    this.#tell(key, undefined, before);
  }

  /** Tells every listener, also when one throws; the first fault is thrown afterwards. */
  #tell(key: string, now: T | undefined, before: T | undefined): void {
    const faults: unknown[] = [];
    for (const listener of this.#listeners) {
      try {
        listener(key, now, before);
      } catch (fault) {
        faults.push(fault);
      }
    }
    if (faults.length > 0) throw new Error(`a listener failed on ${key}`, { cause: faults[0] });
  }
}
