import { type JsonObject, textAt } from '../model/json.ts';
import { objectKey, type Store } from './store.ts';

/** The identity and version of an object that a {@link Mirror} has seen. */
interface Seen {
  readonly uid: string;
  readonly resourceVersion: string;
}

/**
 * Keeps a store equal to what the API server says of one collection: the synchronous half of a reflector.
 * Only objects that this mirror has seen are ever taken out, so several may fill one store (one for each namespace).
 */
export class Mirror<T> {
  readonly #store: Store<T>;
  readonly #project: (object: JsonObject) => T | undefined;
  readonly #seen = new Map<string, Seen>();
  #listed: Set<string> | undefined;

  /** `project` reduces an object to what is kept of it; undefined keeps nothing. */
  constructor(store: Store<T>, project: (object: JsonObject) => T | undefined) {
    this.#store = store;
    this.#project = project;
  }

  /** How many objects the server has, whether or not anything is kept of them. */
  get size(): number {
    return this.#seen.size;
  }

  /** A list begins, or begins again: what is not put until {@link endList} will be gone. */
  beginList(): void {
    this.#listed = new Set();
  }

  endList(): void {
    const listed = this.#listed ?? new Set();
    this.#listed = undefined;
    this.#forgetAll(this.#seen.keys().filter((key) => !listed.has(key)));
  }

  /**
   * Takes in an object of a list or an event; returns whether it had the metadata that every object has.
   * The same version again changes nothing. Another uid under the same name is a deletion and an addition.
   */
  put(object: JsonObject): boolean {
    const key = keyOf(object);
    const seen = seenOf(object);
    if (key === undefined || seen === undefined) return false;
    this.#listed?.add(key);
    const before = this.#seen.get(key);
    if (before?.uid === seen.uid && before.resourceVersion === seen.resourceVersion) return true;
    if (before !== undefined && before.uid !== seen.uid) this.#forget(key);
    const kept = this.#project(object);
    this.#seen.set(key, seen);
    if (kept === undefined) this.#store.delete(key);
    else this.#store.set(key, kept);
    return true;
  }

  /** Takes in a deletion; one of an older object under the same name is ignored. */
  remove(object: JsonObject): boolean {
    const key = keyOf(object);
    if (key === undefined) return false;
    const before = this.#seen.get(key);
    if (before?.uid === textAt(object, 'metadata', 'uid')) this.#forget(key);
    return true;
  }

  /** The whole collection is gone: its resource is no longer served. */
  clear(): void {
    this.#forgetAll(this.#seen.keys());
  }

  /** A listener that fails on one object keeps none of the others in. */
  #forgetAll(keys: Iterable<string>): void {
    const faults: unknown[] = [];
    for (const key of keys) {
      try {
        this.#forget(key);
      } catch (fault) {
        faults.push(fault);
      }
    }
    if (faults.length > 0) throw faults[0];
  }

  #forget(key: string): void {
    this.#seen.delete(key);
    this.#store.delete(key);
  }
}

function keyOf(object: JsonObject): string | undefined {
  const name = textAt(object, 'metadata', 'name');
  return name === undefined ? undefined : objectKey(textAt(object, 'metadata', 'namespace'), name);
}

function seenOf(object: JsonObject): Seen | undefined {
  const uid = textAt(object, 'metadata', 'uid');
  const resourceVersion = textAt(object, 'metadata', 'resourceVersion');
  return uid === undefined || resourceVersion === undefined ? undefined : { uid, resourceVersion };
}
