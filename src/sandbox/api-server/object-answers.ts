import type { JsonObject } from '../../model/json.ts';
import { type ApiAnswer, jsonAnswer } from './api-exchange.ts';
import type { ObjectList } from './object-lister.ts';
import { apiVersionOf, type ResourceType } from './resource-type.ts';
import { bareText, type StoredObject, typedText } from './stored-object.ts';
import { metadataOnly, tableOf } from './table.ts';
import type { Rendering } from './watch.ts';

/** How and when objects are shown. */
export interface Showing {
  readonly rendering: Rendering;
  /** Milliseconds since the epoch, for ages. */
  readonly now: number;
}

/** An answer with one object. */
export function objectAnswer(
  code: number,
  type: ResourceType,
  object: StoredObject,
  { rendering, now }: Showing,
): ApiAnswer {
  switch (rendering.kind) {
    case 'object':
      return { code, text: typedText(type, object) };
    case 'metadata':
      return jsonAnswer(code, metadataOnly(object));
    case 'table': {
      const metadata = { resourceVersion: object.metadata.resourceVersion };
      const options = { includeObject: rendering.includeObject, now, withColumns: true };
      return jsonAnswer(code, tableOf(type, [object], metadata, options));
    }
    default:
      return rendering satisfies never;
  }
}

/** An answer with a list or a page of one. */
export function listAnswer(type: ResourceType, list: ObjectList, { rendering, now }: Showing): ApiAnswer {
  const { items, metadata } = list;
  switch (rendering.kind) {
    case 'object':
      return { code: 200, text: listText(type, items, metadata) };
    case 'metadata': {
      const kind = 'PartialObjectMetadataList';
      const shown = items.map(metadataOnly);
      return jsonAnswer(200, { kind, apiVersion: 'meta.k8s.io/v1', metadata, items: shown });
    }
    case 'table': {
      const options = { includeObject: rendering.includeObject, now, withColumns: true };
      return jsonAnswer(200, tableOf(type, items, metadata, options));
    }
    default:
      return rendering satisfies never;
  }
}

/** Items of built-in types come without `kind` and `apiVersion`, custom resources with them, as from a real server. */
function listText(type: ResourceType, items: readonly StoredObject[], metadata: JsonObject): string {
  const shown = type.schema === undefined ? metadata : { continue: '', ...metadata };
  const head = JSON.stringify({ kind: `${type.kind}List`, apiVersion: apiVersionOf(type), metadata: shown });
  const texts = items.map((object) => {
    if (type.schema !== undefined) return typedText(type, object);
    const { fromStorage } = type.behaviour;
    return fromStorage === undefined ? bareText(object) : JSON.stringify(fromStorage(object));
  });
  return `${head.slice(0, -1)},"items":[${texts.join(',')}]}`;
}

/** The answer to a deletion that left nothing behind. */
export function deletedAnswer(type: ResourceType, object: StoredObject): ApiAnswer {
  const { name, uid } = object.metadata;
  const group = type.group === '' ? {} : { group: type.group };
  return jsonAnswer(200, {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: { name, ...group, kind: type.plural, uid },
  });
}
