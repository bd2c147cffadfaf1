import type { ObjectRemover } from './object-remover.ts';
import { plainDelete } from './object-remover.ts';
import { isNamespaceEmpty, type ObjectStore } from './object-store.ts';
import type { ObjectWriter } from './object-writer.ts';
import type { ResourceCatalog } from './resource-catalog.ts';
import { isDeleting, namespaceOf, type StoredObject } from './stored-object.ts';
import type { WriteOptions } from './write-request.ts';

const storage = 'namespaces';

/** How the controllers of the control plane write. */
const asController: WriteOptions = {
  fieldManager: 'kube-controller-manager',
  userAgent: '',
  dryRun: false,
  fieldValidation: 'Ignore',
};

/** What {@link NamespaceLifecycle} works on. */
export interface NamespaceParts {
  readonly store: ObjectStore;
  readonly writer: ObjectWriter;
  readonly remover: ObjectRemover;
  readonly catalog: ResourceCatalog;
}

/**
 * Does for namespaces what the controller manager does: a new one gets its `default` service account,
 * a deleted one loses its content and goes once it is empty.
 */
export class NamespaceLifecycle {
  readonly #parts: NamespaceParts;

  constructor(parts: NamespaceParts) {
    this.#parts = parts;
  }

  /** Begins to follow the store; it does so for as long as the store lives. */
  start(): void {
    const { store } = this.#parts;
    store.subscribe(storage, ({ type, object }) => {
      if (type === 'ADDED') queueMicrotask(() => this.#furnish(object.metadata.name));
      else if (type === 'MODIFIED' && isDeleting(object))
        queueMicrotask(() => this.#empty(object.metadata.name));
    });
    store.subscribeAll((_storage, { type, object }) => {
      const namespace = namespaceOf(object);
      if (type === 'DELETED' && namespace !== '') queueMicrotask(() => this.#finish(namespace));
    });
  }

  #furnish(namespace: string): void {
    const { catalog, store, writer } = this.#parts;
    const type = catalog.find('', 'v1', 'serviceaccounts');
    if (type === undefined || this.#terminating(namespace) !== undefined) return;
    if (store.get(storage, '', namespace) === undefined) return;
    if (store.get(type.storage, namespace, 'default') !== undefined) return;
    const target = { type, namespace, name: '', subresource: undefined };
    writer.create(target, { metadata: { name: 'default' } }, asController);
  }

  #empty(namespace: string): void {
    const { store, catalog, remover } = this.#parts;
    if (this.#terminating(namespace) === undefined) return;
    for (const kept of store.storages()) {
      const type = catalog.forStorage(kept);
      if (type === undefined) continue;
      for (const object of store.list(kept, namespace)) {
        if (isDeleting(object)) continue;
        remover.remove({ type, namespace, name: object.metadata.name, subresource: undefined }, plainDelete);
      }
    }
    this.#finish(namespace);
  }

  #finish(namespace: string): void {
    const terminating = this.#terminating(namespace);
    if (terminating === undefined || !isNamespaceEmpty(this.#parts.store, namespace)) return;
    this.#parts.remover.drop(storage, terminating);
  }

  #terminating(namespace: string): StoredObject | undefined {
    const found = this.#parts.store.get(storage, '', namespace);
    return found !== undefined && isDeleting(found) ? found : undefined;
  }
}
