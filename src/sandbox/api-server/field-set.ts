import { isJsonObject, type JsonObject } from '../../model/json.ts';
import { isList, sameJson } from './json-edit.ts';
import type { ResourceType } from './resource-type.ts';

/** A set of fields in the form of `fieldsV1`: `f:` and a name, `k:` and a key of a list, `.` for the thing itself. */
export type FieldSet = JsonObject;

/** The lists whose items are told apart by these fields (`x-kubernetes-list-map-keys` of the built-in types). */
const listMapKeys: Readonly<Record<string, readonly string[]>> = {
  containers: ['name'],
  initContainers: ['name'],
  env: ['name'],
  volumes: ['name'],
  imagePullSecrets: ['name'],
  conditions: ['type'],
  ports: ['containerPort', 'protocol'],
  volumeMounts: ['mountPath'],
  ownerReferences: ['uid'],
};

/** Fields of built-in types that are always there, so that they are never owned as such. */
const structs: ReadonlySet<string> = new Set([
  'metadata',
  'spec',
  'status',
  'template',
  'jobTemplate',
  'strategy',
  'updateStrategy',
  'containers',
  'source',
]);

/** Fields of built-in types that are owned as a whole (`x-kubernetes-map-type: atomic`). */
const atoms: ReadonlySet<string> = new Set([
  'regarding',
  'involvedObject',
  'selector',
  'nodeSelector',
  'fieldRef',
  'resourceFieldRef',
  'secretKeyRef',
  'configMapKeyRef',
]);

/** Lists of built-in types whose items are owned as a whole. */
const atomLists: ReadonlySet<string> = new Set(['imagePullSecrets']);

/** The fields of `after` that are not as they were in `before`. */
export function changedFields(before: unknown, after: JsonObject, type: ResourceType): FieldSet {
  const fields: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(after)) {
    const old = isJsonObject(before) ? before[key] : undefined;
    if (!sameJson(old, value)) fields[`f:${key}`] = changedValue({ key, type }, old, value);
  }
  return fields;
}

interface Field {
  readonly key: string;
  readonly type: ResourceType;
}

function changedValue(field: Field, before: unknown, after: unknown): FieldSet {
  const { key, type } = field;
  const builtIn = type.schema === undefined;
  const self =
    before === undefined && !(structs.has(key) && (builtIn || key === 'metadata')) ? { '.': {} } : {};
  if (isJsonObject(after)) {
    const whole = Object.keys(after).length === 0 || (builtIn && atoms.has(key));
    return whole ? {} : { ...self, ...changedFields(before, after, type) };
  }
  // Without the markers of a schema, a list of a custom resource is owned as a whole.
  return builtIn && isList(after) ? changedItems(field, before, after, self) : {};
}

function changedItems(
  { key, type }: Field,
  before: unknown,
  after: readonly unknown[],
  self: FieldSet,
): FieldSet {
  const keys = listMapKeys[key];
  if (keys === undefined || !after.every(isJsonObject)) return {};
  const fields: Record<string, unknown> = { ...self };
  const known = new Map(
    (isList(before) ? before : []).filter(isJsonObject).map((item) => [itemId(item, keys), item]),
  );
  for (const item of after) {
    const id = itemId(item, keys);
    const old = known.get(id);
    if (sameJson(old, item)) continue;
    const added = old === undefined ? { '.': {} } : {};
    fields[`k:${id}`] = atomLists.has(key) ? {} : { ...added, ...changedFields(old, item, type) };
  }
  return fields;
}

function itemId(item: JsonObject, keys: readonly string[]): string {
  const present = keys.filter((key) => item[key] !== undefined);
  return JSON.stringify(Object.fromEntries(present.map((key) => [key, item[key]])));
}

/** The fields that are in either set. */
export function unionOf(one: FieldSet, other: FieldSet): FieldSet {
  const result: Record<string, unknown> = { ...one };
  for (const [key, inner] of Object.entries(other)) {
    const mine = result[key];
    result[key] = isJsonObject(mine) && isJsonObject(inner) ? unionOf(mine, inner) : inner;
  }
  return result;
}

/** The fields of one set that are not in the other. `.` stays where something below it stays. */
export function without(one: FieldSet, other: FieldSet): FieldSet {
  const result: Record<string, unknown> = {};
  for (const [key, inner] of Object.entries(one)) {
    const theirs = other[key];
    if (theirs === undefined || !isJsonObject(inner)) result[key] = inner;
    else if (Object.keys(inner).length > 0) {
      const rest = without(inner, isJsonObject(theirs) ? theirs : {});
      if (Object.keys(rest).length > 0) result[key] = rest;
    }
  }
  return result;
}

/** The fields of a set that an object still has. */
export function stillPresent(fields: FieldSet, value: unknown): FieldSet {
  const result: Record<string, unknown> = {};
  for (const [key, inner] of Object.entries(fields)) {
    const found = step(value, key);
    if (found === undefined || !isJsonObject(inner)) continue;
    const rest = stillPresent(inner, found.value);
    if (Object.keys(inner).length === 0 || Object.keys(rest).length > 0) result[key] = rest;
  }
  return result;
}

function step(value: unknown, key: string): { readonly value: unknown } | undefined {
  if (key === '.') return { value };
  if (key.startsWith('f:')) {
    return isJsonObject(value) && value[key.slice(2)] !== undefined
      ? { value: value[key.slice(2)] }
      : undefined;
  }
  if (!isList(value) || !key.startsWith('k:')) return undefined;
  const item: unknown = value.find(
    (candidate) =>
      isJsonObject(candidate) && itemId(candidate, Object.keys(parsed(key.slice(2)))) === key.slice(2),
  );
  return item === undefined ? undefined : { value: item };
}

function parsed(text: string): JsonObject {
  const value: unknown = JSON.parse(text);
  return isJsonObject(value) ? value : {};
}
