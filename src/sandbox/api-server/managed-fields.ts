import { isJsonObject, type JsonObject, listAt, textAt } from '../../model/json.ts';
import { changedFields, type FieldSet, stillPresent, unionOf, without } from './field-set.ts';
import { objectAt, sameJson, withAt } from './json-edit.ts';
import { apiVersionOf } from './resource-type.ts';
import type { Target } from './write-request.ts';

/** Who writes, as `metadata.managedFields` remembers it. */
export interface FieldManager {
  readonly name: string;
  /** What was written to, and through which address. */
  readonly target: Pick<Target, 'type' | 'subresource'>;
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
  const owned = (object: JsonObject) => ownable(object, manager.target);
  const changed = changedFields(before === undefined ? {} : owned(before), owned(after), manager.target.type);
  const kept = entries.flatMap((entry) => remaining(entry, changed, after, manager));
  const nothing = Object.keys(changed).length === 0;
  const fields = nothing
    ? kept
    : [...kept.filter((entry) => !isEntryOf(entry, manager)), ownEntry(kept, changed, manager)];
  const managedFields = fields.toSorted(byTime);
  return withAt(after, ['metadata', 'managedFields'], managedFields.length === 0 ? undefined : managedFields);
}

function identityOf({ name, target }: FieldManager): JsonObject {
  const { type, subresource } = target;
  const identity = { manager: name, operation: 'Update', apiVersion: apiVersionOf(type) };
  return subresource === undefined ? identity : { ...identity, subresource };
}

function ownEntry(kept: readonly JsonObject[], changed: FieldSet, manager: FieldManager): JsonObject {
  const mine = kept.find((entry) => isEntryOf(entry, manager));
  return {
    ...identityOf(manager),
    time: manager.time,
    fieldsType: 'FieldsV1',
    fieldsV1: unionOf(objectAt(mine, 'fieldsV1'), changed),
  };
}

function isEntryOf(entry: JsonObject, manager: FieldManager): boolean {
  const { time: _time, fieldsType: _type, fieldsV1: _fields, ...identity } = entry;
  return sameJson(identity, identityOf(manager));
}

/** Entries are kept by time, and by name where times are equal. */
function byTime(one: JsonObject, other: JsonObject): number {
  const [mine, theirs] = [one, other].map((entry) => `${textAt(entry, 'time')} ${textAt(entry, 'manager')}`);
  return (mine ?? '').localeCompare(theirs ?? '');
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

/** The part of an object that a write through an address can own. */
function ownable(object: JsonObject, { type, subresource }: FieldManager['target']): JsonObject {
  const { kind: _kind, apiVersion: _apiVersion, metadata, status, ...rest } = object;
  const entries = Object.entries(isJsonObject(metadata) ? metadata : {});
  const owned = Object.fromEntries(entries.filter(([key]) => !serverMetadata.includes(key)));
  const head = Object.keys(owned).length === 0 ? {} : { metadata: owned };
  if (subresource === 'status') return status === undefined ? head : { ...head, status };
  return type.subresources.has('status') || status === undefined
    ? { ...head, ...rest }
    : { ...head, ...rest, status };
}
