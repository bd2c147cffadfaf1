import type { StoredObject } from './stored-object.ts';

/** One change of one object, as watches tell it. */
export interface StoreEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  /** The object after the change; for `DELETED` its last state, with the resource version of the deletion. */
  readonly object: StoredObject;
  readonly previous: StoredObject | undefined;
  /** The store's version after the change. */
  readonly version: number;
}

/** The last changes of one storage, so that a watch can resume where it broke off. Keeps `limit` events. */
export class EventHistory {
  readonly #limit: number;
  #events: StoreEvent[] = [];
  /** Changes up to this version are forgotten. */
  #forgotten = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(event: StoreEvent): void {
    this.#events.push(event);
    // Dropped in bulk, so that a push costs constant time on average.
    if (this.#events.length >= 2 * this.#limit) this.#forget(this.#events.length - this.#limit);
  }

  /** The changes after a version in order, or `forgotten` where some of them are gone. */
  after(version: number): readonly StoreEvent[] | 'forgotten' {
    if (version < this.#forgotten) return 'forgotten';
    let first = this.#events.length;
    while (first > 0 && (this.#events[first - 1]?.version ?? 0) > version) first--;
    return this.#events.slice(first);
  }

  /** Forgets every change up to a version. */
  compact(version: number): void {
    this.#events = [];
    this.#forgotten = version;
  }

  #forget(count: number): void {
    const last = this.#events[count - 1];
    this.#events = this.#events.slice(count);
    if (last !== undefined) this.#forgotten = last.version;
  }
}
