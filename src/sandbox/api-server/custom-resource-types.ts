import { at, isJsonObject, type JsonObject, listAt, textAt } from '../../model/json.ts';
import { objectAt } from './json-edit.ts';
import { printerColumns } from './printer-columns.ts';
import { customBehaviour } from './resource-table.ts';
import type { ResourceType, Subresource } from './resource-type.ts';

/** The types that a CustomResourceDefinition brings, one for each version that it serves. */
export function customResourceTypes(definition: JsonObject): readonly ResourceType[] {
  return listAt(definition, 'spec', 'versions')
    .filter(isJsonObject)
    .filter((version) => version['served'] === true)
    .map((version) => customResourceType(definition, version));
}

function customResourceType(definition: JsonObject, version: JsonObject): ResourceType {
  const names = objectAt(definition, 'spec', 'names');
  const [group = '', plural = ''] = [textAt(definition, 'spec', 'group'), textAt(names, 'plural')];
  const subresources = (['status', 'scale'] as const satisfies readonly Subresource[]).filter(
    (name) => at(version, 'subresources', name) !== undefined,
  );
  return {
    group,
    version: textAt(version, 'name') ?? '',
    kind: textAt(names, 'kind') ?? '',
    plural,
    singular: textAt(names, 'singular') ?? '',
    shortNames: texts(names, 'shortNames'),
    categories: texts(names, 'categories'),
    namespaced: textAt(definition, 'spec', 'scope') === 'Namespaced',
    subresources: new Set(subresources),
    storage: `${plural}.${group}`,
    behaviour: { ...customBehaviour, selectableFields: selectable(version) },
    columns: printerColumns(version),
    schema: objectAt(version, 'schema', 'openAPIV3Schema'),
  };
}

function selectable(version: JsonObject): readonly string[] {
  return listAt(version, 'selectableFields').flatMap(
    (field) => textAt(field, 'jsonPath')?.replace(/^\./, '') ?? [],
  );
}

function texts(object: JsonObject, field: string): readonly string[] {
  return listAt(object, field).filter((value) => typeof value === 'string');
}
