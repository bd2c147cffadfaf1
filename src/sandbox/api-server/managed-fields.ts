import { isJsonObject, type JsonObject, listAt, textAt } from '../../model/json.ts';
import { changedFields, type FieldSet, stillPresent, unionOf, without } from './field-set.ts';
import { objectAt, sameJson, withAt } from './json-edit.ts';
import type { Subresource } from './resource-type.ts';

/** Who writes, as `metadata.managedFields` remembers it. */
export interface FieldManager {
  readonly name: string;
  /** The version of the API that the write went through. */
  readonly apiVersion: string;
  readonly subresource: Subresource | undefined;
  /** RFC 3339 in whole seconds. */
  readonly time: string;
}

/** Metadata that nobody owns, because the server writes it. */
const serverMetadata = [
  'name',
  'namespace',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'selfLink',
  'managedFields',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
];

/** The name under which a writer is remembered: the query parameter, or the user agent up to its first slash. */
export function managerName(fieldManager: string | undefined, userAgent: string): string {
  if (fieldManager !== undefined && fieldManager !== '') return fieldManager;
  return (userAgent.split('/')[0] ?? '').slice(0, 128) || 'unknown';
}

/**
 * An object whose `managedFields` tell of this write: what changed now belongs to the writer (KEP-555, `Update`).
 * Unchanged where nothing else changed.
 */
export function withOwnership(
  after: JsonObject,
  before: JsonObject | undefined,
  manager: FieldManager,
): JsonObject {
  const entries = listAt(before ?? after, 'metadata', 'managedFields').filter(isJsonObject);
  const changed = changedFields(before === undefined ? undefined : ownable(before), ownable(after));
  const kept = entries.flatMap((entry) => remaining(entry, changed, after, manager));
  const nothing = Object.keys(changed).length === 0;
  const fields = nothing
    ? kept
    : [...kept.filter((entry) => !isEntryOf(entry, manager)), ownEntry(kept, changed, manager)];
  const same = sameJson(fields, entries);
  const managedFields = same ? entries : fields;
  return withAt(after, ['metadata', 'managedFields'], managedFields.length === 0 ? undefined : managedFields);
}

function ownEntry(kept: readonly JsonObject[], changed: FieldSet, manager: FieldManager): JsonObject {
  const mine = kept.find((entry) => isEntryOf(entry, manager));
  return {
    manager: manager.name,
    operation: 'Update',
    apiVersion: manager.apiVersion,
    time: manager.time,
    fieldsType: 'FieldsV1',
    fieldsV1: unionOf(objectAt(mine, 'fieldsV1'), changed),
    ...(manager.subresource === undefined ? {} : { subresource: manager.subresource }),
  };
}

function isEntryOf(entry: JsonObject, manager: FieldManager): boolean {
  return (
    textAt(entry, 'manager') === manager.name &&
    textAt(entry, 'operation') === 'Update' &&
    textAt(entry, 'apiVersion') === manager.apiVersion &&
    textAt(entry, 'subresource') === manager.subresource
  );
}

/** What an entry keeps: the fields that still exist and that this write did not take over. */
function remaining(
  entry: JsonObject,
  changed: FieldSet,
  after: JsonObject,
  manager: FieldManager,
): readonly JsonObject[] {
  const fields = objectAt(entry, 'fieldsV1');
  const present = stillPresent(fields, after);
  const left = isEntryOf(entry, manager) ? present : without(present, changed);
  if (Object.keys(left).length === 0) return [];
  return [sameJson(left, fields) ? entry : { ...entry, fieldsV1: left }];
}

function ownable(object: JsonObject): JsonObject {
  const { kind: _kind, apiVersion: _apiVersion, metadata, ...rest } = object;
  const owned = Object.entries(isJsonObject(metadata) ? metadata : {}).filter(
    ([key]) => !serverMetadata.includes(key),
  );
  return owned.length === 0 ? rest : { metadata: Object.fromEntries(owned), ...rest };
}
