import { listAt, textAt } from '../../model/json.ts';
import { EventHistory, type StoreEvent } from './event-history.ts';
import { ObjectCollection } from './object-collection.ts';
import { objectKey, type StoredObject } from './stored-object.ts';

/** How many changes of each storage a watch can resume from. */
const historyLimit = 2_000;

/** Told of each change, at once and in order; must not throw. */
export type StoreListener = (event: StoreEvent) => void;

/** An object and the storage that it is in. */
export interface Located {
  readonly storage: string;
  readonly object: StoredObject;
}

interface Shelf {
  readonly objects: ObjectCollection;
  readonly history: EventHistory;
  readonly listeners: Set<StoreListener>;
}

/**
 * All objects of the cluster in memory, under one counter of resource versions.
 * Objects are immutable values; whoever writes one gives it the version that {@link ObjectStore.nextVersion} told.
 */
export class ObjectStore {
  readonly #shelves = new Map<string, Shelf>();
  readonly #everything = new Set<(storage: string, event: StoreEvent) => void>();
  readonly #byUid = new Map<string, Located>();
  readonly #dependents = new Map<string, Set<string>>();
  #version = 1;
  /** The version at the last compaction. */
  #compacted = 0;

  /** The version of the last change. */
  get version(): number {
    return this.#version;
  }

  /** The resource version that the next change must carry. */
  nextVersion(): string {
    return String(this.#version + 1);
  }

  get(storage: string, namespace: string, name: string): StoredObject | undefined {
    return this.#shelf(storage).objects.get(objectKey(namespace, name));
  }

  /** All objects of a storage, or those of one namespace, in key order. */
  list(storage: string, namespace?: string): readonly StoredObject[] {
    return this.#shelf(storage).objects.list(namespace);
  }

  /** The storages that have ever been used. */
  storages(): readonly string[] {
    return [...this.#shelves.keys()];
  }

  find(uid: string): Located | undefined {
    return this.#byUid.get(uid);
  }

  /** The objects that name `uid` among their owners. */
  dependentsOf(uid: string): readonly Located[] {
    return [...(this.#dependents.get(uid) ?? [])].flatMap((dependent) => this.#byUid.get(dependent) ?? []);
  }

  /** Adds an object, or puts it in the place of `previous`. */
  put(storage: string, object: StoredObject, previous: StoredObject | undefined): void {
    this.#shelf(storage).objects.set(object);
    this.#unlink(previous);
    this.#byUid.set(object.metadata.uid, { storage, object });
    for (const owner of ownerUids(object)) {
      const dependents = this.#dependents.get(owner) ?? new Set();
      this.#dependents.set(owner, dependents.add(object.metadata.uid));
    }
    this.#publish(storage, previous === undefined ? 'ADDED' : 'MODIFIED', object, previous);
  }

  /** Takes an object away; `last` is its final state with the version of the deletion. */
  remove(storage: string, last: StoredObject, previous: StoredObject): void {
    this.#shelf(storage).objects.delete(previous);
    this.#unlink(previous);
    this.#byUid.delete(previous.metadata.uid);
    this.#publish(storage, 'DELETED', last, previous);
  }

  /** The changes of a storage after a version, or `forgotten`. */
  eventsAfter(storage: string, version: number): readonly StoreEvent[] | 'forgotten' {
    return this.#shelf(storage).history.after(version);
  }

  /** Calls a listener for every change of a storage from now on; returns how to stop that. */
  subscribe(storage: string, listener: StoreListener): () => void {
    const { listeners } = this.#shelf(storage);
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  /** Calls a listener for every change of any storage. */
  subscribeAll(listener: (storage: string, event: StoreEvent) => void): void {
    this.#everything.add(listener);
  }

  /** Forgets all history: resource versions before now are gone. */
  compact(): void {
    // A storage that is first used later must not claim to remember either: its history starts forgotten.
    this.#compacted = this.#version;
    for (const { history } of this.#shelves.values()) history.compact(this.#version);
  }

  #publish(
    storage: string,
    type: StoreEvent['type'],
    object: StoredObject,
    previous: StoredObject | undefined,
  ): void {
    this.#version++;
    const event: StoreEvent = { type, object, previous, version: this.#version };
    const { history, listeners } = this.#shelf(storage);
    history.add(event);
    for (const listener of listeners) listener(event);
    for (const listener of this.#everything) listener(storage, event);
  }

  #shelf(storage: string): Shelf {
    const known = this.#shelves.get(storage);
    if (known !== undefined) return known;
    const history = new EventHistory(historyLimit);
    history.compact(this.#compacted);
    const shelf: Shelf = { objects: new ObjectCollection(), history, listeners: new Set() };
    this.#shelves.set(storage, shelf);
    return shelf;
  }

  #unlink(object: StoredObject | undefined): void {
    if (object === undefined) return;
    for (const owner of ownerUids(object)) {
      const dependents = this.#dependents.get(owner);
      dependents?.delete(object.metadata.uid);
      if (dependents?.size === 0) this.#dependents.delete(owner);
    }
  }
}

/** The UIDs of an object's owners. */
export function ownerUids(object: StoredObject): readonly string[] {
  return listAt(object, 'metadata', 'ownerReferences').flatMap((owner) => textAt(owner, 'uid') ?? []);
}

/** Whether nothing of a namespace is left, apart from objects that are not kept in namespaces. */
export function isNamespaceEmpty(store: ObjectStore, namespace: string): boolean {
  return store.storages().every((storage) => store.list(storage, namespace).length === 0);
}
