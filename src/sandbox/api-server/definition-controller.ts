import type { Clock } from '../../model/ports.ts';
import { servedStatus } from './custom-resource-definition.ts';
import { storeVersion } from './deletion.ts';
import { sameJson, withAt } from './json-edit.ts';
import type { ObjectRemover } from './object-remover.ts';
import type { ObjectStore } from './object-store.ts';
import type { ResourceCatalog } from './resource-catalog.ts';
import type { StoredObject } from './stored-object.ts';
import { timestamp } from './timestamp.ts';

const storage = 'customresourcedefinitions.apiextensions.k8s.io';

/** What {@link DefinitionController} works on. */
export interface DefinitionParts {
  readonly store: ObjectStore;
  readonly remover: ObjectRemover;
  readonly catalog: ResourceCatalog;
  readonly clock: Clock;
  /** Ends the watches of a storage that is served no more. */
  readonly endWatches: (storage: string) => void;
}

/** Serves what custom resource definitions say, from their creation to their end, and writes `Established`. */
export class DefinitionController {
  readonly #parts: DefinitionParts;

  constructor(parts: DefinitionParts) {
    this.#parts = parts;
  }

  /** Begins to follow the store; it does so for as long as the store lives. */
  start(): void {
    this.#parts.store.subscribe(storage, ({ type, object, previous }) => {
      if (type === 'DELETED') this.#withdraw(object.metadata.name);
      else if (!sameJson(object['spec'], previous?.['spec'])) this.#serve(object);
    });
  }

  #serve(definition: StoredObject): void {
    const { catalog, store, clock } = this.#parts;
    catalog.define(definition.metadata.name, definition);
    const now = timestamp(clock.now());
    queueMicrotask(() => {
      const current = store.get(storage, '', definition.metadata.name);
      if (current === undefined) return;
      storeVersion(store, storage, withAt(current, ['status'], servedStatus(current, now)), current);
    });
  }

  /** A definition takes its objects with it. Its name is that of their storage. */
  #withdraw(name: string): void {
    const { store, remover, catalog, endWatches } = this.#parts;
    for (const object of store.list(name)) remover.drop(name, object);
    catalog.undefine(name);
    endWatches(name);
  }
}
