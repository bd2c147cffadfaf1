import type { ResourceBehaviour, ResourceType, Subresource } from './resource-type.ts';
import { plainColumns } from './table-columns.ts';

/** How most built-in types behave. */
export const usual: ResourceBehaviour = {
  generationFields: [],
  createKeepsStatus: false,
  createOnUpdate: false,
  unconditionalUpdate: true,
  returnsDeleted: false,
  strategicMerge: true,
  selectableFields: [],
};

/** What a row of the resource table says beyond group, version and kind. */
export interface Row extends Partial<Omit<ResourceType, 'kind' | 'behaviour' | 'subresources'>> {
  readonly subresources?: readonly Subresource[];
  readonly behaviour?: Partial<ResourceBehaviour>;
}

/** Makes a type of its group, version and kind, and of what differs from the usual. */
export function row(
  groupVersion: string,
  kind: string,
  { subresources = [], behaviour = {}, ...rest }: Row = {},
): ResourceType {
  const [first = '', second] = groupVersion.split('/');
  const [group, version] = second === undefined ? ['', first] : [first, second];
  const singular = kind.toLowerCase();
  const plural =
    rest.plural ?? (singular.endsWith('s') ? `${singular}es` : `${singular.replace(/y$/, 'ie')}s`);
  return {
    group,
    version,
    kind,
    singular,
    shortNames: [],
    categories: [],
    namespaced: true,
    columns: plainColumns,
    schema: undefined,
    ...rest,
    plural,
    storage: rest.storage ?? (group === '' ? plural : `${plural}.${group}`),
    subresources: new Set(subresources),
    behaviour: { ...usual, ...behaviour },
  };
}

/** Types whose generation rises with their specification. */
export const bySpec = { generationFields: ['spec'] } as const;

/** What `kubectl get all` shows. */
export const all = ['all'];
