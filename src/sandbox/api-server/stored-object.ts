import { isJsonObject, type JsonObject, textAt } from '../../model/json.ts';
import { apiVersionOf, type ResourceType } from './resource-type.ts';

/** The metadata of an object that the server has accepted. */
export interface StoredMetadata extends JsonObject {
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
}

/** An object as it is kept: never changed in place, without `kind` and `apiVersion`, which its type tells. */
export interface StoredObject extends JsonObject {
  readonly metadata: StoredMetadata;
}

/** Whether an object has what storing it takes: a name, a UID and a resource version. */
export function isStoredObject(object: JsonObject): object is StoredObject {
  const { metadata } = object;
  return (
    isJsonObject(metadata) &&
    typeof metadata['name'] === 'string' &&
    typeof metadata['uid'] === 'string' &&
    typeof metadata['resourceVersion'] === 'string'
  );
}

/** The namespace of an object; empty for those of the whole cluster. */
export function namespaceOf(object: StoredObject): string {
  return textAt(object, 'metadata', 'namespace') ?? '';
}

/** The key of an object within its storage. Keys sort as the real storage sorts objects. */
export function objectKey(namespace: string, name: string): string {
  return `${namespace}/${name}`;
}

/** Whether somebody asked for the object to be deleted and something still holds it. */
export function isDeleting(object: StoredObject): boolean {
  return object.metadata['deletionTimestamp'] !== undefined;
}

const texts = new WeakMap<StoredObject, string>();

/** The JSON text of an object without `kind` and `apiVersion`; written once for each version of it. */
export function bareText(object: StoredObject): string {
  const known = texts.get(object);
  if (known !== undefined) return known;
  const text = JSON.stringify(object);
  texts.set(object, text);
  return text;
}

/** The JSON text of an object with `kind` and `apiVersion` in front. */
export function typedText(type: ResourceType, object: StoredObject): string {
  const { fromStorage } = type.behaviour;
  const bare = fromStorage === undefined ? bareText(object) : JSON.stringify(fromStorage(object));
  return `{"kind":${JSON.stringify(type.kind)},"apiVersion":${JSON.stringify(apiVersionOf(type))},${bare.slice(1)}`;
}

/** An object with `kind` and `apiVersion`, as clients see it. */
export function typedObject(type: ResourceType, object: JsonObject): JsonObject {
  const { fromStorage } = type.behaviour;
  return { kind: type.kind, apiVersion: apiVersionOf(type), ...(fromStorage?.(object) ?? object) };
}
