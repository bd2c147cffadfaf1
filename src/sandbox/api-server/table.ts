import type { JsonObject } from '../../model/json.ts';
import type { ResourceType } from './resource-type.ts';
import type { StoredObject } from './stored-object.ts';
import { typedObject } from './stored-object.ts';

/** How much of each object a table carries beside the cells: the query parameter `includeObject`. */
export type IncludeObject = 'None' | 'Metadata' | 'Object';

/** What a table is made from. */
export interface TableOptions {
  readonly includeObject: IncludeObject;
  /** Milliseconds since the epoch, for ages. */
  readonly now: number;
  /** Whether the columns are described; a watch describes them with its first event only. */
  readonly withColumns: boolean;
}

/** The `meta.k8s.io/v1` Table that `kubectl get` prints. */
export function tableOf(
  type: ResourceType,
  objects: readonly StoredObject[],
  listMetadata: JsonObject,
  options: TableOptions,
): JsonObject {
  const definitions = type.columns.map(({ cell: _cell, ...definition }) => definition);
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: listMetadata,
    columnDefinitions: options.withColumns ? definitions : [],
    rows: objects.map((object) => rowOf(type, object, options)),
  };
}

function rowOf(type: ResourceType, object: StoredObject, { includeObject, now }: TableOptions): JsonObject {
  const shown = type.behaviour.fromStorage?.(object) ?? object;
  const cells = type.columns.map((column) => column.cell(shown, now));
  if (includeObject === 'None') return { cells };
  return { cells, object: includeObject === 'Object' ? typedObject(type, object) : metadataOnly(object) };
}

/** An object reduced to its metadata (`meta.k8s.io/v1` PartialObjectMetadata). */
export function metadataOnly(object: StoredObject): JsonObject {
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata };
}
