import { at, type JsonObject, listAt, textAt } from '../../model/json.ts';

/** The UID of the controller that owns an object, or undefined. */
export function controllerUid(object: JsonObject): string | undefined {
  const owner = listAt(object, 'metadata', 'ownerReferences').find(
    (reference) => at(reference, 'controller') === true,
  );
  return textAt(owner, 'uid');
}

/** The reference by which an object is owned by its controller. */
export function controllerReference(apiVersion: string, kind: string, owner: JsonObject): JsonObject {
  return {
    apiVersion,
    kind,
    name: nameOf(owner),
    uid: uidOf(owner),
    controller: true,
    blockOwnerDeletion: true,
  };
}

/** The name of an object. */
export function nameOf(object: JsonObject): string {
  return textAt(object, 'metadata', 'name') ?? '';
}

/** The namespace of an object; empty where it has none. */
export function namespaceOf(object: JsonObject): string {
  return textAt(object, 'metadata', 'namespace') ?? '';
}

/** The UID of an object. */
export function uidOf(object: JsonObject): string {
  return textAt(object, 'metadata', 'uid') ?? '';
}

/** Whether an object is about to go. */
export function isDeleting(object: JsonObject): boolean {
  return at(object, 'metadata', 'deletionTimestamp') !== undefined;
}
