import { isJsonObject, type JsonObject } from '../../model/json.ts';
import { ApiFault, badRequest, type FieldCause } from './api-fault.ts';
import { undecodableMetadata, validateMetadata } from './metadata-validation.ts';
import { normalForm, normalMetadata } from './normal-form.ts';
import { apiVersionOf, type ResourceType } from './resource-type.ts';
import { validateBySchema } from './schema-validation.ts';
import { applySchemaDefaults, pruneObject } from './structural-schema.ts';

/** What happens to fields that the type does not know (query parameter `fieldValidation`). */
export type FieldValidation = 'Ignore' | 'Warn' | 'Strict';

/** An object as the server understands it, and what it has to say about it. */
export interface Decoded {
  readonly object: JsonObject;
  readonly warnings: readonly string[];
}

/**
 * Reads a body as an object of a type: checks what it claims to be and drops what nobody knows.
 * Throws 400 where it cannot be read, or where `Strict` meets an unknown field.
 */
export function decodeObject(type: ResourceType, body: unknown, validation: FieldValidation): Decoded {
  if (!isJsonObject(body)) throw badRequest('the body of the request is not a JSON object');
  checkIdentity(type, body);
  const why = undecodableMetadata(body) ?? type.behaviour.undecodable?.(body);
  if (why !== undefined) throw badRequest(`${cannotHandle(type)}: ${why}`);
  const { kind: _kind, apiVersion: _apiVersion, ...content } = body;
  if (type.schema === undefined) return { object: normalForm(content), warnings: [] };
  const { value, unknown } = pruneObject(normalMetadata(content), type.schema);
  const complaints = unknown.toSorted().map((field) => `unknown field "${field}"`);
  if (validation === 'Strict' && complaints.length > 0) {
    throw badRequest(`${cannotHandle(type)}: strict decoding error: ${complaints.join(', ')}`);
  }
  return { object: value, warnings: validation === 'Warn' ? complaints : [] };
}

/** The same for the result of a patch, where what cannot be read is 422 and names the patch. */
export function decodePatched(type: ResourceType, patched: unknown, validation: FieldValidation): Decoded {
  try {
    return decodeObject(type, patched, validation);
  } catch (fault) {
    if (!(fault instanceof ApiFault)) throw fault;
    const why = fault.message.replace(`${cannotHandle(type)}: `, '');
    const message = `Invalid value: ${JSON.stringify(JSON.stringify(patched))}: ${why}`;
    const cause = { reason: 'FieldValueInvalid', message, field: 'patch' };
    throw new ApiFault({
      code: 422,
      reason: 'Invalid',
      message: ` "" is invalid: patch: ${message}`,
      details: { causes: [cause] },
    });
  }
}

/** Fills in what the type says is there when nothing is written. */
export function withTypeDefaults(type: ResourceType, object: JsonObject): JsonObject {
  const { schema, behaviour } = type;
  if (schema === undefined) return behaviour.applyDefaults?.(object) ?? object;
  const { metadata, ...content } = object;
  const filled = applySchemaDefaults(content, schema);
  return { metadata, ...(isJsonObject(filled) ? filled : {}) };
}

/** Everything that is wrong with an object of a type; `before` is what it replaces. */
export function validateObject(
  type: ResourceType,
  object: JsonObject,
  before: JsonObject | undefined,
): readonly FieldCause[] {
  const { schema, behaviour, group } = type;
  const { metadata: _metadata, ...content } = object;
  // Names of roles are only path segments: `system:node` is one.
  const ofMetadata = group === 'rbac.authorization.k8s.io' ? [] : validateMetadata(object);
  const ofType = behaviour.validate?.(object, before) ?? [];
  const ofSchema = schema === undefined ? [] : validateBySchema(content, schema, '');
  return [...ofMetadata, ...ofType, ...ofSchema];
}

function checkIdentity(type: ResourceType, body: JsonObject): void {
  const { kind, apiVersion } = body;
  if (type.schema !== undefined && (kind === undefined || kind === '')) {
    const text = JSON.stringify(body);
    const excerpt = text.length > 25 ? `${text.slice(0, 25)} ...` : text;
    const missing = `Object 'Kind' is missing in '${text}' (${excerpt})`;
    throw badRequest(`the object provided is unrecognized (must be of type ${type.kind}): ${missing}`);
  }
  const expected = apiVersionOf(type);
  if (apiVersion !== undefined && apiVersion !== '' && apiVersion !== expected) {
    throw badRequest(
      `the API version in the data (${textOf(apiVersion)}) does not match the expected API version (${expected})`,
    );
  }
  if (kind !== undefined && kind !== '' && kind !== type.kind) {
    throw badRequest(`${textOf(kind)} in version "${type.version}" cannot be handled as a ${type.kind}`);
  }
}

function cannotHandle({ kind, version }: ResourceType): string {
  return `${kind} in version "${version}" cannot be handled as a ${kind}`;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
