import { isDeepStrictEqual } from 'node:util';
import { at, isJsonObject, type JsonObject } from '../../model/json.ts';

/** The object at a path, or an empty one. */
export function objectAt(value: unknown, ...path: readonly string[]): JsonObject {
  const found = at(value, ...path);
  return isJsonObject(found) ? found : {};
}

/**
 * A copy of an object with another value at a path; everything beside the path is shared with the original.
 * Missing steps become objects. `undefined` takes the field away, without making the steps to it.
 */
export function withAt(object: JsonObject, path: readonly string[], value: unknown): JsonObject {
  const [key, ...rest] = path;
  if (key === undefined) return object;
  if (rest.length > 0) {
    const inner = object[key];
    if (value === undefined && !isJsonObject(inner)) return object;
    return { ...object, [key]: withAt(isJsonObject(inner) ? inner : {}, rest, value) };
  }
  if (value !== undefined) return { ...object, [key]: value };
  if (!Object.hasOwn(object, key)) return object;
  const { [key]: _removed, ...others } = object;
  return others;
}

/** A copy of an object that takes a field from another object: its value, or its absence. */
export function takeFrom(object: JsonObject, source: JsonObject, path: readonly string[]): JsonObject {
  return withAt(object, path, at(source, ...path));
}

/** A copy in which the missing fields of an object have the given values. */
export function withDefaults(object: JsonObject, defaults: JsonObject): JsonObject {
  let result = object;
  for (const [key, value] of Object.entries(defaults)) {
    if (result[key] === undefined || result[key] === null) result = { ...result, [key]: value };
  }
  return result;
}

/** A copy in which the value at a path, where there is one, is what a function makes of it. */
export function mapAt(
  object: JsonObject,
  path: readonly string[],
  change: (value: unknown) => unknown,
): JsonObject {
  const value = at(object, ...path);
  if (value === undefined) return object;
  const changed = change(value);
  return changed === value ? object : withAt(object, path, changed);
}

/** Whether two JSON values say the same. */
export function sameJson(one: unknown, other: unknown): boolean {
  return one === other || isDeepStrictEqual(one, other);
}

/** Whether a value is a JSON array. */
export function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}
