import { isJsonObject, type JsonObject } from '../../model/json.ts';
import { isList, sameJson } from './json-edit.ts';

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

/** The fields of `after` that are not as they were in `before`. */
export function changedFields(before: unknown, after: JsonObject): FieldSet {
  const fields: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(after)) {
    const old = isJsonObject(before) ? before[key] : undefined;
    if (!sameJson(old, value)) fields[`f:${key}`] = changedValue(key, old, value);
  }
  return fields;
}

function changedValue(key: string, before: unknown, after: unknown): FieldSet {
  const own = before === undefined ? { '.': {} } : {};
  if (isJsonObject(after)) {
    return Object.keys(after).length === 0 ? {} : { ...own, ...changedFields(before, after) };
  }
  const keys = listMapKeys[key];
  if (!isList(after) || keys === undefined || !after.every(isJsonObject)) return {};
  const fields: Record<string, unknown> = { ...own };
  for (const item of after) {
    const id = itemId(item, keys);
    const old: unknown = isList(before)
      ? before.find((other) => isJsonObject(other) && itemId(other, keys) === id)
      : undefined;
    if (sameJson(old, item)) continue;
    fields[`k:${id}`] = { ...(old === undefined ? { '.': {} } : {}), ...changedFields(old, item) };
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
