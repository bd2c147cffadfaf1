import type { Clock } from '../../model/ports.ts';
import { badRequest, expired, invalid } from './api-fault.ts';
import { numberOf } from './list-query.ts';
import type { ObjectStore } from './object-store.ts';
import { Watch, type WatchScope, type WatchSink } from './watch.ts';

const bookmarkInterval = 60_000;
/** Seconds that a watch lasts when the client names none: half an hour to an hour, as `--min-request-timeout` has it. */
const defaultTimeout = 1_800;

/** Holds all open watches: opens them, sends bookmarks by the clock, and breaks them off for tests. */
export class WatchHub {
  readonly #store: ObjectStore;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #open = new Map<Watch, () => void>();
  #bookmarkTimer: { cancel(): void } | undefined;

  constructor(store: ObjectStore, clock: Clock, random: () => number) {
    this.#store = store;
    this.#clock = clock;
    this.#random = random;
  }

  /** Watches that are open now. */
  get size(): number {
    return this.#open.size;
  }

  /** Opens a watch as its query asks. Returns what to call when the client is gone. */
  open(scope: WatchScope, query: URLSearchParams, sink: WatchSink): () => void {
    const since = numberOf(query, 'resourceVersion') ?? 0;
    const initial = wantsInitialEvents(scope, query);
    const watch = new Watch(scope, sink);
    sink.begin();
    if (!this.#begin(watch, since, initial)) return () => {};
    const seconds = numberOf(query, 'timeoutSeconds') ?? defaultTimeout * (1 + this.#random());
    const unsubscribe = this.#store.subscribe(scope.type.storage, (event) => watch.tell(event));
    const timer = this.#clock.schedule(seconds * 1_000, () => this.#finish(watch));
    this.#open.set(watch, () => {
      unsubscribe();
      timer.cancel();
    });
    this.#tickBookmarks();
    return () => this.#forget(watch);
  }

  /** Breaks off every watch, or those of one storage; in the middle of a line where asked. */
  cut({ storage, midLine = false }: { storage?: string; midLine?: boolean } = {}): void {
    for (const watch of this.#open.keys()) {
      if (storage !== undefined && watch.scope.type.storage !== storage) continue;
      this.#forget(watch);
      watch.sink.cut(midLine ? '{"type":"MODIFIED","object":{"kind":"' : undefined);
    }
  }

  /** Ends every watch in good order, or those of one storage. */
  end(storage?: string): void {
    for (const watch of this.#open.keys()) {
      if (storage === undefined || watch.scope.type.storage === storage) this.#finish(watch);
    }
  }

  /** Tells what the client missed. False where that is forgotten: the watch has ended with 410. */
  #begin(watch: Watch, since: number, initial: boolean): boolean {
    const { type, namespace, selects } = watch.scope;
    if (since > 0 && !initial) {
      const events = this.#store.eventsAfter(type.storage, since);
      if (events === 'forgotten') {
        watch.fail(expired(`too old resource version: ${since} (${this.#store.version})`).toStatus());
        return false;
      }
      for (const event of events) watch.tell(event);
      return true;
    }
    for (const object of this.#store.list(type.storage, namespace === '' ? undefined : namespace)) {
      if (selects(object)) watch.send('ADDED', object);
    }
    if (initial) watch.bookmark(this.#store.version, true);
    return true;
  }

  #finish(watch: Watch): void {
    this.#forget(watch);
    watch.sink.end();
  }

  #forget(watch: Watch): void {
    this.#open.get(watch)?.();
    this.#open.delete(watch);
    if (this.#open.size > 0) return;
    this.#bookmarkTimer?.cancel();
    this.#bookmarkTimer = undefined;
  }

  #tickBookmarks(): void {
    this.#bookmarkTimer ??= this.#clock.schedule(bookmarkInterval, () => {
      this.#bookmarkTimer = undefined;
      for (const watch of this.#open.keys()) {
        if (watch.scope.bookmarks) watch.bookmark(this.#store.version);
      }
      if (this.#open.size > 0) this.#tickBookmarks();
    });
  }
}

function wantsInitialEvents({ type, bookmarks }: WatchScope, query: URLSearchParams): boolean {
  if (query.get('sendInitialEvents') !== 'true') return false;
  if (query.get('resourceVersionMatch') !== 'NotOlderThan') {
    const message = 'Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan';
    throw invalid({ ...type, kind: 'ListOptions', group: 'meta.k8s.io' }, '', [
      { reason: 'FieldValueForbidden', message, field: 'resourceVersionMatch' },
    ]);
  }
  if (!bookmarks) throw badRequest('sendInitialEvents requires allowWatchBookmarks');
  return true;
}
