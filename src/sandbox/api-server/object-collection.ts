import { namespaceOf, objectKey, type StoredObject } from './stored-object.ts';

/** The objects of one storage, by key and in key order. */
export class ObjectCollection {
  readonly #objects = new Map<string, StoredObject>();
  readonly #namespaces = new Map<string, Set<string>>();
  #sortedKeys: readonly string[] | undefined;

  get(key: string): StoredObject | undefined {
    return this.#objects.get(key);
  }

  /** Adds an object or puts it in the place of an older version. */
  set(object: StoredObject): void {
    const namespace = namespaceOf(object);
    const key = objectKey(namespace, object.metadata.name);
    if (!this.#objects.has(key)) {
      this.#sortedKeys = undefined;
      const members = this.#namespaces.get(namespace) ?? new Set();
      this.#namespaces.set(namespace, members.add(key));
    }
    this.#objects.set(key, object);
  }

  delete(object: StoredObject): void {
    const namespace = namespaceOf(object);
    const key = objectKey(namespace, object.metadata.name);
    this.#objects.delete(key);
    this.#sortedKeys = undefined;
    const members = this.#namespaces.get(namespace);
    members?.delete(key);
    if (members?.size === 0) this.#namespaces.delete(namespace);
  }

  /** All objects, or those of one namespace, in key order. */
  list(namespace: string | undefined): readonly StoredObject[] {
    const keys =
      namespace === undefined ? this.#allSorted() : sorted([...(this.#namespaces.get(namespace) ?? [])]);
    return keys.flatMap((key) => this.#objects.get(key) ?? []);
  }

  #allSorted(): readonly string[] {
    this.#sortedKeys ??= sorted([...this.#objects.keys()]);
    return this.#sortedKeys;
  }
}

function sorted(keys: string[]): readonly string[] {
  return keys.sort((one, other) => (one < other ? -1 : one > other ? 1 : 0));
}
