import { finalizersOf, foregroundFinalizer, storeVersion, withoutOwners } from './deletion.ts';
import type { StoreEvent } from './event-history.ts';
import { withAt } from './json-edit.ts';
import { type ObjectRemover, plainDelete } from './object-remover.ts';
import { type Located, type ObjectStore, ownerUids } from './object-store.ts';
import type { ResourceCatalog } from './resource-catalog.ts';
import { isDeleting, namespaceOf } from './stored-object.ts';

/**
 * Deletes what its owners left behind, as the garbage collector of the controller manager does.
 * It works after the request that caused it has been answered: clients see the owner go first.
 */
export class GarbageCollector {
  readonly #store: ObjectStore;
  readonly #remover: ObjectRemover;
  readonly #catalog: ResourceCatalog;
  readonly #due = new Set<string>();

  constructor(store: ObjectStore, remover: ObjectRemover, catalog: ResourceCatalog) {
    this.#store = store;
    this.#remover = remover;
    this.#catalog = catalog;
  }

  /** Begins to follow the store; it does so for as long as the store lives. */
  start(): void {
    this.#store.subscribeAll((_storage, event) => this.#notice(event));
  }

  #notice({ type, object }: StoreEvent): void {
    const owners = ownerUids(object);
    if (type === 'DELETED') {
      for (const { object: dependent } of this.#store.dependentsOf(object.metadata.uid)) {
        this.#enqueue(dependent.metadata.uid);
      }
      // The owner may be waiting for just this one.
      for (const owner of owners) this.#enqueue(owner);
      return;
    }
    if (owners.length > 0 || waitsForDependents(object)) this.#enqueue(object.metadata.uid);
  }

  #enqueue(uid: string): void {
    this.#due.add(uid);
    if (this.#due.size === 1) queueMicrotask(() => this.#work());
  }

  #work(): void {
    for (const uid of this.#due) {
      this.#due.delete(uid);
      const located = this.#store.find(uid);
      if (located !== undefined) this.#collect(located);
    }
  }

  #collect(located: Located): void {
    const { object, storage } = located;
    if (waitsForDependents(object)) {
      this.#deleteDependents(located);
      return;
    }
    const owners = ownerUids(object);
    const gone = owners.filter((uid) => this.#store.find(uid) === undefined);
    if (gone.length === 0 || isDeleting(object)) return;
    if (gone.length === owners.length) this.#delete(located);
    else storeVersion(this.#store, storage, withoutOwners(object, gone), object);
  }

  #deleteDependents({ storage, object }: Located): void {
    const dependents = this.#store.dependentsOf(object.metadata.uid);
    if (dependents.length > 0) {
      for (const dependent of dependents) this.#delete(dependent);
      return;
    }
    const rest = finalizersOf(object).filter((name) => name !== foregroundFinalizer);
    const released = withAt(object, ['metadata', 'finalizers'], rest.length === 0 ? undefined : rest);
    storeVersion(this.#store, storage, released, object);
  }

  #delete({ storage, object }: Located): void {
    const type = this.#catalog.forStorage(storage);
    if (type === undefined || isDeleting(object)) return;
    const target = {
      type,
      namespace: namespaceOf(object),
      name: object.metadata.name,
      subresource: undefined,
    };
    this.#remover.remove(target, plainDelete);
  }
}

function waitsForDependents(object: Located['object']): boolean {
  return isDeleting(object) && finalizersOf(object).includes(foregroundFinalizer);
}
