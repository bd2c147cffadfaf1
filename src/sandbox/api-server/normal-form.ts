import { isJsonObject, type JsonObject } from '../../model/json.ts';
import { isList, mapAt } from './json-edit.ts';

/** Maps that vanish when they are empty, because the API server's own types leave them out (`omitempty`). */
const vanishing: ReadonlySet<string> = new Set([
  'labels',
  'annotations',
  'matchLabels',
  'nodeSelector',
  'data',
  'stringData',
  'limits',
  'requests',
]);

/**
 * The form in which a built-in type keeps an object: no nulls, no empty lists, no empty maps that would be left out.
 * It matters to clients: where the last annotation goes, the annotations map goes with it.
 */
export function normalForm(object: JsonObject): JsonObject {
  const result: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(object)) {
    const normal = normalValue(value);
    if (normal === null || (isList(normal) && normal.length === 0)) continue;
    if (vanishing.has(key) && isJsonObject(normal) && Object.keys(normal).length === 0) continue;
    result[key] = normal;
  }
  return result;
}

/** The form of a custom resource: only its metadata is of a built-in type. */
export function normalMetadata(object: JsonObject): JsonObject {
  return mapAt(object, ['metadata'], (metadata) =>
    isJsonObject(metadata) ? normalForm(metadata) : metadata,
  );
}

function normalValue(value: unknown): unknown {
  if (isList(value)) return value.map(normalValue);
  return isJsonObject(value) ? normalForm(value) : value;
}
