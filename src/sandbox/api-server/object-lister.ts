import { isJsonObject, type JsonObject, numberAt, textAt } from '../../model/json.ts';
import { badRequest, expired, notFound, tooNew } from './api-fault.ts';
import { hasSelectors, numberOf, selectorsOf } from './list-query.ts';
import type { ObjectStore } from './object-store.ts';
import { namespaceOf, objectKey, type StoredObject } from './stored-object.ts';
import type { Target } from './write-request.ts';

/** How many lists that are being paged through are kept as they were. */
const snapshotLimit = 64;

/** A list, or a page of one. */
export interface ObjectList {
  readonly items: readonly StoredObject[];
  /** `metadata` of the list: its resource version, and where it goes on. */
  readonly metadata: JsonObject;
}

/** Where a list goes on: after a key, as it was at a version. */
interface Position {
  readonly version: number;
  readonly after: string;
}

/** Reads objects one by one and in lists. All pages of a list show the cluster as it was at the first. */
export class ObjectLister {
  readonly #store: ObjectStore;
  readonly #snapshots = new Map<string, readonly StoredObject[]>();

  constructor(store: ObjectStore) {
    this.#store = store;
  }

  get({ type, namespace, name }: Target): StoredObject {
    const object = this.#store.get(type.storage, namespace, name);
    if (object === undefined) throw notFound(type, name);
    return object;
  }

  /** The objects of a collection that a query asks for; an empty namespace stands for all of them. */
  list(target: Target, query: URLSearchParams): ObjectList {
    checkVersion(query, this.#store.version);
    const selects = selectorsOf(target.type, query);
    const position = readPosition(query.get('continue') ?? '');
    const version = position?.version ?? this.#store.version;
    const all = this.#objects(target, position);
    const start = position === undefined ? 0 : all.findIndex((object) => keyOf(object) > position.after);
    const wanted = (start < 0 ? [] : all.slice(start)).filter(selects);
    const limit = numberOf(query, 'limit') ?? 0;
    const items = limit === 0 ? wanted : wanted.slice(0, limit);
    const rest = wanted.length - items.length;
    const last = items.at(-1);
    if (rest === 0 || last === undefined) return { items, metadata: { resourceVersion: String(version) } };
    this.#keep(target, version, all);
    const continueAt = writePosition({ version, after: keyOf(last) });
    const remaining = hasSelectors(query) ? {} : { remainingItemCount: rest };
    return { items, metadata: { resourceVersion: String(version), continue: continueAt, ...remaining } };
  }

  /** Forgets how lists were: who pages through one has to begin again. */
  compact(): void {
    this.#snapshots.clear();
  }

  #objects({ type, namespace }: Target, position: Position | undefined): readonly StoredObject[] {
    if (position === undefined)
      return this.#store.list(type.storage, namespace === '' ? undefined : namespace);
    const kept = this.#snapshots.get(snapshotKey(type.storage, namespace, position.version));
    if (kept !== undefined) return kept;
    throw expired(
      'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.',
    );
  }

  #keep({ type, namespace }: Target, version: number, objects: readonly StoredObject[]): void {
    this.#snapshots.set(snapshotKey(type.storage, namespace, version), objects);
    const [oldest] = this.#snapshots.keys();
    if (this.#snapshots.size > snapshotLimit && oldest !== undefined) this.#snapshots.delete(oldest);
  }
}

function snapshotKey(storage: string, namespace: string, version: number): string {
  return `${storage}/${namespace}/${version}`;
}

function keyOf(object: StoredObject): string {
  return objectKey(namespaceOf(object), object.metadata.name);
}

/** A list may ask to be not older than a version; one that has not come to pass cannot be waited for here. */
function checkVersion(query: URLSearchParams, current: number): void {
  if ((query.get('continue') ?? '') !== '') return;
  const asked = numberOf(query, 'resourceVersion');
  if (asked !== undefined && asked > current) throw tooNew(asked, current);
}

function writePosition(position: Position): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url');
}

function readPosition(token: string): Position | undefined {
  if (token === '') return undefined;
  const value = parseJson(Buffer.from(token, 'base64url').toString());
  const [version, after] = [numberAt(value, 'version'), textAt(value, 'after')];
  if (version === undefined || after === undefined) throw badRequest('continue key is not valid');
  return { version, after };
}

function parseJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
