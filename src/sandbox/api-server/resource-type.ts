import type { JsonObject } from '../../model/json.ts';
import type { FieldCause } from './api-fault.ts';
import type { StructuralSchema } from './structural-schema.ts';
import type { Column } from './table-columns.ts';

/** One kind of object that the API server serves: a row of the resource table. */
export interface ResourceType {
  /** `''` for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly namespaced: boolean;
  readonly subresources: ReadonlySet<Subresource>;
  /** Where the objects are kept; two types with the same storage show the same objects. */
  readonly storage: string;
  readonly behaviour: ResourceBehaviour;
  readonly columns: readonly Column[];
  /** The schema of a custom resource; built-in types have none here. */
  readonly schema: StructuralSchema | undefined;
}

/** A part of an object with an address of its own. */
export type Subresource = 'status' | 'scale' | 'binding' | 'eviction';

/** What differs between types beyond their names. Each follows the strategy of the real API server. */
export interface ResourceBehaviour {
  /** A change of one of these fields raises `metadata.generation`; empty for types without a generation. */
  readonly generationFields: readonly Generational[];
  /** Whether a create may bring a status; most types drop it. */
  readonly createKeepsStatus: boolean;
  /** Whether a PUT to a missing name creates the object. */
  readonly createOnUpdate: boolean;
  /** Whether a PUT may come without `metadata.resourceVersion`. */
  readonly unconditionalUpdate: boolean;
  /** Whether a delete answers with the object rather than with a Status. */
  readonly returnsDeleted: boolean;
  /** Whether lists are patched by merge keys (built-in types); custom resources know no such patch. */
  readonly strategicMerge: boolean;
  /** Fills in what the type's defaults say. */
  readonly applyDefaults?: (object: JsonObject) => JsonObject;
  /** What is wrong with an object; `before` is what it replaces. */
  readonly validate?: (object: JsonObject, before: JsonObject | undefined) => readonly FieldCause[];
  /** Why an object cannot even be read (answered with 400); a time in the wrong form, for instance. */
  readonly undecodable?: (object: JsonObject) => string | undefined;
  /** Turns an object as it is stored into this type's form, where two types share a storage. */
  readonly fromStorage?: (object: JsonObject) => JsonObject;
  /** The reverse of `fromStorage`. */
  readonly toStorage?: (object: JsonObject) => JsonObject;
  /** Field selectors beyond `metadata.name` and `metadata.namespace`. */
  readonly selectableFields: readonly string[];
}

/** What raises the generation: a top-level field, the annotations, or everything outside metadata and status. */
export type Generational = 'spec' | 'annotations' | 'everything';

/** `apps/v1`, or `v1` for the core group. */
export function apiVersionOf({ group, version }: Pick<ResourceType, 'group' | 'version'>): string {
  return group === '' ? version : `${group}/${version}`;
}
