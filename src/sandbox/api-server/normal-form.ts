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

/** Fields that vanish when they say `false` or 0, because that is what they mean when they are missing. */
const vanishingZeros: ReadonlySet<string> = new Set([
  'paused',
  'hostNetwork',
  'hostPID',
  'hostIPC',
  'stdin',
  'tty',
  'minReadySeconds',
  'initialDelaySeconds',
  'unschedulable',
]);

/** Times that the API server shows even where there are none. */
const shownNulls: ReadonlySet<string> = new Set(['lastProbeTime']);

/**
 * The form in which a built-in type keeps an object: no nulls, no empty lists, nothing that the server's own types leave out when it is empty.
 * It matters to clients: where the last annotation goes, the annotations map goes with it.
 */
export function normalForm(object: JsonObject): JsonObject {
  const result: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(object)) {
    const normal = normalValue(value);
    if (normal === null && !shownNulls.has(key)) continue;
    if (isList(normal) && normal.length === 0) continue;
    if (vanishingZeros.has(key) && (normal === false || normal === 0)) continue;
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
