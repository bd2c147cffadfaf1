import { numberAt, textAt } from '../../model/json.ts';
import { conflict, notFound } from './api-fault.ts';
import { finalizersOf, foregroundFinalizer, storeVersion, versioned, withoutOwners } from './deletion.ts';
import { sameJson, withAt } from './json-edit.ts';
import type { ObjectStore } from './object-store.ts';
import { isDeleting, type StoredObject } from './stored-object.ts';
import { timestamp } from './timestamp.ts';
import type { Sources, Target } from './write-request.ts';

/** How a deletion is meant: the fields of `DeleteOptions` that matter. */
export interface DeleteOptions {
  readonly gracePeriodSeconds: number | undefined;
  readonly propagation: 'Background' | 'Foreground' | 'Orphan';
  readonly uid: string | undefined;
  readonly resourceVersion: string | undefined;
  readonly dryRun: boolean;
}

/** A deletion that asks for nothing special. */
export const plainDelete: DeleteOptions = {
  gracePeriodSeconds: undefined,
  propagation: 'Background',
  uid: undefined,
  resourceVersion: undefined,
  dryRun: false,
};

/** What a deletion came to: the object is `gone`, or it is marked and something still holds it. */
export interface Removed {
  readonly gone: boolean;
  readonly object: StoredObject;
}

/** Deletes objects by the rules of the API server: preconditions, grace, finalizers, propagation. */
export class ObjectRemover {
  readonly #store: ObjectStore;
  readonly #sources: Sources;

  constructor(store: ObjectStore, sources: Sources) {
    this.#store = store;
    this.#sources = sources;
  }

  /** Deletes an object, or marks it where finalizers, a kubelet or its content hold it. */
  remove({ type, namespace, name }: Target, options: DeleteOptions): Removed {
    const before = this.#store.get(type.storage, namespace, name);
    if (before === undefined) throw notFound(type, name);
    const why = unmetPrecondition(before, options);
    if (why !== undefined) throw conflict(type, name, why);
    if (options.dryRun) return { gone: true, object: before };
    if (options.propagation === 'Orphan') this.#orphanDependents(before);
    const held = options.propagation === 'Foreground' ? withForegroundFinalizer(before) : before;
    const grace = type.storage === 'pods' ? podGrace(before, options) : 0;
    const holders = finalizersOf(held).length;
    if (grace === 0 && holders === 0 && type.storage !== 'namespaces')
      return this.#drop(type.storage, before);
    return { gone: false, object: this.#mark(type.storage, before, { held, grace }) };
  }

  /** Takes an object away at once, whatever holds it. */
  drop(storage: string, object: StoredObject): void {
    this.#drop(storage, object);
  }

  #drop(storage: string, before: StoredObject): Removed {
    const ended = isDeleting(before) ? { deletionGracePeriodSeconds: 0 } : {};
    const last = versioned(this.#store, { ...before, metadata: { ...before.metadata, ...ended } });
    this.#store.remove(storage, last, before);
    return { gone: true, object: last };
  }

  #mark(storage: string, before: StoredObject, { held, grace }: Hold): StoredObject {
    if (isDeleting(before) && sameJson(held, before) && grace >= remainingGrace(before)) return before;
    const since = isDeleting(before)
      ? {}
      : { deletionTimestamp: timestamp(this.#sources.clock.now() + grace * 1_000) };
    const generation = numberAt(before, 'metadata', 'generation');
    const raised = generation === undefined || isDeleting(before) ? {} : { generation: generation + 1 };
    const seconds = storage === 'namespaces' ? {} : { deletionGracePeriodSeconds: grace };
    const metadata = { ...held.metadata, ...since, ...raised, ...seconds };
    const marked = withAt(held, ['metadata'], metadata);
    const next = storage === 'namespaces' ? withAt(marked, ['status', 'phase'], 'Terminating') : marked;
    return storeVersion(this.#store, storage, next, before);
  }

  #orphanDependents(owner: StoredObject): void {
    for (const { storage, object } of this.#store.dependentsOf(owner.metadata.uid)) {
      storeVersion(this.#store, storage, withoutOwners(object, [owner.metadata.uid]), object);
    }
  }
}

interface Hold {
  readonly held: StoredObject;
  /** Seconds. */
  readonly grace: number;
}

function unmetPrecondition(
  object: StoredObject,
  { uid, resourceVersion }: DeleteOptions,
): string | undefined {
  const { metadata } = object;
  if (uid !== undefined && uid !== metadata.uid) {
    return `the UID in the precondition (${uid}) does not match the UID in record (${metadata.uid}). The object might have been deleted and then recreated`;
  }
  if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion) {
    return `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${metadata.resourceVersion}). The object might have been modified`;
  }
  return undefined;
}

function withForegroundFinalizer(object: StoredObject): StoredObject {
  const finalizers = finalizersOf(object);
  if (finalizers.includes(foregroundFinalizer)) return object;
  return { ...object, metadata: { ...object.metadata, finalizers: [...finalizers, foregroundFinalizer] } };
}

/** Seconds that a pod gets to end: none before it is on a node or after it has ended. */
function podGrace(pod: StoredObject, { gracePeriodSeconds }: DeleteOptions): number {
  const phase = textAt(pod, 'status', 'phase');
  const unscheduled = (textAt(pod, 'spec', 'nodeName') ?? '') === '';
  if (unscheduled || phase === 'Succeeded' || phase === 'Failed') return 0;
  return gracePeriodSeconds ?? numberAt(pod, 'spec', 'terminationGracePeriodSeconds') ?? 30;
}

function remainingGrace(object: StoredObject): number {
  return numberAt(object, 'metadata', 'deletionGracePeriodSeconds') ?? 0;
}
