import { isJsonObject, type JsonObject } from '../../model/json.ts';
import { badRequest, notFound, patchDoesNotApply, unsupportedMediaType } from './api-fault.ts';
import { applyJsonPatch } from './json-patch.ts';
import { applyMergePatch } from './merge-patch.ts';
import { decodePatched } from './object-decoder.ts';
import type { ObjectStore } from './object-store.ts';
import type { ObjectWriter } from './object-writer.ts';
import type { ResourceType } from './resource-type.ts';
import { typedObject } from './stored-object.ts';
import { applyStrategicMerge } from './strategic-merge.ts';
import type { Target, WriteOptions, Written } from './write-request.ts';

const jsonPatch = 'application/json-patch+json';
const mergePatch = 'application/merge-patch+json';
const apply = 'application/apply-patch+yaml';
const strategicMerge = 'application/strategic-merge-patch+json';

/** Applies patches to stored objects; each call is one atomic step. */
export class ObjectPatcher {
  readonly #store: ObjectStore;
  readonly #writer: ObjectWriter;

  constructor(store: ObjectStore, writer: ObjectWriter) {
    this.#store = store;
    this.#writer = writer;
  }

  /** Changes an object as a patch of the given content type says. */
  patch(target: Target, contentType: string, body: unknown, options: WriteOptions): Written {
    const { type, namespace, name } = target;
    const before = this.#store.get(type.storage, namespace, name);
    if (before === undefined) {
      // An unknown kind of patch is refused before anything is looked for.
      checkContentType(type, contentType);
      throw notFound(type, name);
    }
    const patched = patchDocument(type, typedObject(type, before), contentType, body);
    const decoded = decodePatched(type, patched, options.fieldValidation);
    return this.#writer.replace(target, before, decoded, options);
  }
}

/** A document with a patch applied; throws 415, 400 or 422 where it cannot be. */
export function patchDocument(
  type: ResourceType,
  document: JsonObject,
  contentType: string,
  body: unknown,
): JsonObject {
  checkContentType(type, contentType);
  if (contentType === jsonPatch) return jsonPatched(document, body);
  if (!isJsonObject(body)) throw badRequest('error decoding patch: it is not a JSON object');
  return contentType === mergePatch ? applyMergePatch(document, body) : applyStrategicMerge(document, body);
}

function checkContentType(type: ResourceType, contentType: string): void {
  const accepted = [jsonPatch, mergePatch, ...(type.behaviour.strategicMerge ? [strategicMerge] : [])];
  if (accepted.includes(contentType)) return;
  if (contentType !== apply) throw unsupportedMediaType([...accepted, apply]);
  const note = ' (server-side apply is not part of this sandbox; use one of these, or a real cluster)';
  throw unsupportedMediaType(accepted, note);
}

function jsonPatched(document: JsonObject, body: unknown): JsonObject {
  const outcome = applyJsonPatch(document, body);
  if (outcome === 'undecodable') throw badRequest('error decoding patch: it is not a list of operations');
  if (!outcome.ok || !isJsonObject(outcome.document)) throw patchDoesNotApply();
  return outcome.document;
}
