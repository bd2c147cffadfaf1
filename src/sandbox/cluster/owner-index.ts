import type { Store } from '../../kube/store.ts';
import type { JsonObject } from '../../model/json.ts';
import { controllerUid } from './ownership.ts';

/** Finds the objects of a store by the UID of the controller that owns them, without looking through them all. */
export class OwnerIndex {
  readonly #store: Store<JsonObject>;
  readonly #keys = new Map<string, Set<string>>();

  constructor(store: Store<JsonObject>) {
    this.#store = store;
    store.onChange((key, now, before) => {
      this.#remove(key, before);
      this.#add(key, now);
    });
  }

  /** The objects that a controller owns, in no particular order. */
  ownedBy(uid: string): readonly JsonObject[] {
    const objects = [...(this.#keys.get(uid) ?? [])].map((key) => this.#store.get(key));
    return objects.filter((object) => object !== undefined);
  }

  #add(key: string, object: JsonObject | undefined): void {
    const uid = object === undefined ? undefined : controllerUid(object);
    if (uid === undefined) return;
    const keys = this.#keys.get(uid) ?? new Set();
    this.#keys.set(uid, keys.add(key));
  }

  #remove(key: string, object: JsonObject | undefined): void {
    const uid = object === undefined ? undefined : controllerUid(object);
    const keys = uid === undefined ? undefined : this.#keys.get(uid);
    if (uid === undefined || keys === undefined) return;
    keys.delete(key);
    if (keys.size === 0) this.#keys.delete(uid);
  }
}
