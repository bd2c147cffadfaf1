import { isJsonObject, type JsonObject } from '../../model/json.ts';

/** Applies a JSON Merge Patch (RFC 7386): objects merge, `null` removes, everything else replaces. */
export function applyMergePatch(target: unknown, patch: JsonObject): JsonObject {
  const result: Record<string, unknown> = isJsonObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else if (isJsonObject(value)) result[key] = applyMergePatch(result[key], value);
    else result[key] = value;
  }
  return result;
}
