import { type JsonObject, listAt, numberAt, textAt } from '../../model/json.ts';
import { withAt } from './json-edit.ts';
import type { ObjectStore } from './object-store.ts';
import { isDeleting, isStoredObject, type StoredObject } from './stored-object.ts';

/** The finalizer under which an owner waits for its dependents. */
export const foregroundFinalizer = 'foregroundDeletion';

/** The finalizers of an object. */
export function finalizersOf(object: JsonObject): readonly unknown[] {
  return listAt(object, 'metadata', 'finalizers');
}

/** Whether an object that is being deleted has nothing left that holds it. */
function isReleased(storage: string, object: StoredObject): boolean {
  if (!isDeleting(object) || finalizersOf(object).length > 0) return false;
  // A namespace waits for its content, a pod for its kubelet.
  return storage !== 'namespaces' && (numberAt(object, 'metadata', 'deletionGracePeriodSeconds') ?? 0) === 0;
}

/** Stores a new version of an object; one that is being deleted and that nothing holds any more goes instead. */
export function storeVersion(
  store: ObjectStore,
  storage: string,
  next: JsonObject,
  before: StoredObject | undefined,
): StoredObject {
  const object = versioned(store, next);
  if (before !== undefined && isReleased(storage, object)) store.remove(storage, object, before);
  else store.put(storage, object, before);
  return object;
}

/** An object with the resource version that the store's next change must carry. */
export function versioned(store: ObjectStore, object: JsonObject): StoredObject {
  const next = withAt(object, ['metadata', 'resourceVersion'], store.nextVersion());
  if (!isStoredObject(next)) throw new TypeError('an object lost its identity on the way to the store');
  return next;
}

/** An object that no longer names certain owners. */
export function withoutOwners(object: JsonObject, uids: readonly string[]): JsonObject {
  const owners = listAt(object, 'metadata', 'ownerReferences').filter(
    (owner) => !uids.includes(textAt(owner, 'uid') ?? ''),
  );
  return withAt(object, ['metadata', 'ownerReferences'], owners.length === 0 ? undefined : owners);
}
