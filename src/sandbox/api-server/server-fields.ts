import { type JsonObject, numberAt, textAt } from '../../model/json.ts';
import { objectAt, sameJson, takeFrom, withAt } from './json-edit.ts';
import type { Generational, ResourceType } from './resource-type.ts';
import type { Target } from './write-request.ts';

/** Metadata that only the server changes. */
const untouchable = [
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'managedFields',
];

/** A new object without the metadata that it may not bring, and without a status unless its type lets it. */
export function withoutServerFields(type: ResourceType, object: JsonObject): JsonObject {
  const bare = untouchable.reduce((result, field) => withAt(result, ['metadata', field], undefined), object);
  if (!type.subresources.has('status') || type.behaviour.createKeepsStatus) return bare;
  return withAt(bare, ['status'], type.schema === undefined ? {} : undefined);
}

/** Puts back what an update at this address may not change: the server's metadata, and what lies beside the subresource. */
export function withServerFields(
  { type, subresource }: Target,
  before: JsonObject,
  next: JsonObject,
): JsonObject {
  const restored = untouchable.reduce((result, field) => takeFrom(result, before, ['metadata', field]), next);
  const object = ['uid', 'namespace'].reduce((result, field) => takeMissing(result, before, field), restored);
  if (!type.subresources.has('status')) return object;
  if (subresource !== 'status') return takeFrom(object, before, ['status']);
  // Built-in types let annotations through with the status; custom resources take the status and nothing else.
  const rest = type.schema === undefined ? takeFrom(before, object, ['metadata', 'annotations']) : before;
  return takeFrom(rest, object, ['status']);
}

/** The object with its generation raised where something changed that counts for its type; a status never does. */
export function withGeneration(
  { type, subresource }: Target,
  object: JsonObject,
  before: JsonObject,
): JsonObject {
  const { generationFields } = type.behaviour;
  const changed =
    subresource !== 'status' &&
    generationFields.some((field) => !sameJson(counted(object, field), counted(before, field)));
  if (!changed) return object;
  return withAt(object, ['metadata', 'generation'], (numberAt(before, 'metadata', 'generation') ?? 0) + 1);
}

function counted(object: JsonObject, field: Generational): unknown {
  if (field === 'annotations') return objectAt(object, 'metadata', 'annotations');
  if (field === 'spec') return object['spec'];
  const { metadata: _metadata, status: _status, ...content } = object;
  return content;
}

function takeMissing(object: JsonObject, before: JsonObject, field: string): JsonObject {
  const present = textAt(object, 'metadata', field) !== undefined;
  return present ? object : takeFrom(object, before, ['metadata', field]);
}
