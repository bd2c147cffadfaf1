import { isJsonObject, type JsonObject, textAt } from '../model/json.ts';

/** One line of a watch, understood (API concepts, "Efficient detection of changes"). */
export type WatchEvent =
  | { readonly kind: 'put' | 'removed'; readonly object: JsonObject; readonly resourceVersion: string }
  | { readonly kind: 'bookmark'; readonly resourceVersion: string }
  | { readonly kind: 'error'; readonly status: JsonObject };

/** Reads a line of a watch; undefined where it is none that a server sends. */
export function readWatchEvent(line: unknown): WatchEvent | undefined {
  if (!isJsonObject(line)) return undefined;
  const object = line['object'];
  if (!isJsonObject(object)) return undefined;
  if (line['type'] === 'ERROR') return { kind: 'error', status: object };
  const resourceVersion = textAt(object, 'metadata', 'resourceVersion');
  if (resourceVersion === undefined) return undefined;
  switch (line['type']) {
    case 'ADDED':
    case 'MODIFIED':
      return { kind: 'put', object, resourceVersion };
    case 'DELETED':
      return { kind: 'removed', object, resourceVersion };
    case 'BOOKMARK':
      return { kind: 'bookmark', resourceVersion };
    default:
      return undefined;
  }
}
