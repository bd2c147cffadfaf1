import { at, isJsonObject, type JsonObject, listAt } from '../../model/json.ts';
import { isList } from './json-edit.ts';

/** The `openAPIV3Schema` of one version of a custom resource; structural, so every field has a type. */
export type StructuralSchema = JsonObject;

/** What pruning leaves, and the paths of the fields that the schema does not know. */
export interface Pruned {
  readonly value: unknown;
  readonly unknown: readonly string[];
}

/** The schema of a field of an object: a named property, or the one that any key has. */
export function propertySchema(schema: StructuralSchema, key: string): StructuralSchema | undefined {
  const named = at(schema, 'properties', key);
  if (isJsonObject(named)) return named;
  const any = schema['additionalProperties'];
  return isJsonObject(any) ? any : undefined;
}

/** The schema of the items of a list. */
export function itemSchema(schema: StructuralSchema): StructuralSchema {
  const items = schema['items'];
  return isJsonObject(items) ? items : {};
}

function keepsUnknown(schema: StructuralSchema): boolean {
  return schema['x-kubernetes-preserve-unknown-fields'] === true || schema['additionalProperties'] === true;
}

/** Takes away what the schema does not name (KEP-95, pruning). `apiVersion`, `kind` and `metadata` always stay. */
export function pruneObject(
  object: JsonObject,
  schema: StructuralSchema,
): Pruned & { readonly value: JsonObject } {
  const { apiVersion, kind, metadata, ...content } = object;
  const pruned = prune(content, schema, '');
  const kept = Object.entries({ apiVersion, kind, metadata }).filter(([, value]) => value !== undefined);
  const value = isJsonObject(pruned.value) ? pruned.value : {};
  return { value: { ...Object.fromEntries(kept), ...value }, unknown: pruned.unknown };
}

function prune(value: unknown, schema: StructuralSchema, path: string): Pruned {
  if (isList(value)) {
    const items = value.map((item, index) => prune(item, itemSchema(schema), `${path}[${index}]`));
    return { value: items.map((item) => item.value), unknown: items.flatMap((item) => item.unknown) };
  }
  if (!isJsonObject(value)) return { value, unknown: [] };
  const kept: Record<string, unknown> = {};
  const unknown: string[] = [];
  for (const [key, inner] of Object.entries(value)) {
    const name = path === '' ? key : `${path}.${key}`;
    const known = propertySchema(schema, key);
    if (known === undefined && !keepsUnknown(schema)) {
      unknown.push(name);
      continue;
    }
    const pruned = known === undefined ? { value: inner, unknown: [] } : prune(inner, known, name);
    kept[key] = pruned.value;
    unknown.push(...pruned.unknown);
  }
  return { value: kept, unknown };
}

/** Fills in the schema's `default` values, outermost first; a null that may not be null counts as missing. */
export function applySchemaDefaults(value: unknown, schema: StructuralSchema): unknown {
  if (isList(value)) return value.map((item) => applySchemaDefaults(item, itemSchema(schema)));
  if (!isJsonObject(value)) return value;
  const result: Record<string, unknown> = { ...defaultsOf(schema), ...withoutIdleNulls(value, schema) };
  for (const [key, inner] of Object.entries(result)) {
    const property = propertySchema(schema, key);
    if (property !== undefined) result[key] = applySchemaDefaults(inner, property);
  }
  return result;
}

function defaultsOf(schema: StructuralSchema): JsonObject {
  const properties = isJsonObject(schema['properties']) ? schema['properties'] : {};
  const defaults = Object.entries(properties).map(
    ([key, property]) => [key, at(property, 'default')] as const,
  );
  return Object.fromEntries(
    defaults.filter(([, value]) => value !== undefined).map(([key, value]) => [key, structuredClone(value)]),
  );
}

function withoutIdleNulls(object: JsonObject, schema: StructuralSchema): JsonObject {
  const kept = Object.entries(object).filter(([key, value]) => {
    const property = propertySchema(schema, key);
    return value !== null || property === undefined || property['nullable'] === true;
  });
  return Object.fromEntries(kept);
}

/** The names of the fields that must be there. */
export function requiredFields(schema: StructuralSchema): readonly string[] {
  return listAt(schema, 'required').filter((name) => typeof name === 'string');
}
