import { isJsonObject, type JsonObject, listAt, textAt } from '../../model/json.ts';
import type { FieldCause } from './api-fault.ts';
import { objectAt, withDefaults } from './json-edit.ts';
import { invalidValue } from './metadata-validation.ts';

/** What the API server adds to a CustomResourceDefinition: the names that follow from the kind, and no conversion. */
export function withDefinitionDefaults(object: JsonObject): JsonObject {
  const names = objectAt(object, 'spec', 'names');
  const kind = textAt(names, 'kind') ?? '';
  const spec = withDefaults(objectAt(object, 'spec'), { conversion: { strategy: 'None' } });
  const named = withDefaults(names, { singular: kind.toLowerCase(), listKind: `${kind}List` });
  return { ...object, spec: { ...spec, names: named } };
}

/** What is wrong with a CustomResourceDefinition; its schemas are taken as they are. */
export function validateDefinition(object: JsonObject): readonly FieldCause[] {
  const causes: FieldCause[] = [];
  const spec = objectAt(object, 'spec');
  const [group = '', plural = ''] = [textAt(spec, 'group'), textAt(spec, 'names', 'plural')];
  const name = textAt(object, 'metadata', 'name') ?? '';
  if (name !== `${plural}.${group}`) {
    causes.push(invalidValue('metadata.name', name, 'must be spec.names.plural+"."+spec.group'));
  }
  for (const field of ['group', 'scope']) {
    if (textAt(spec, field) === undefined) causes.push(required(`spec.${field}`));
  }
  if (textAt(spec, 'names', 'kind') === undefined) causes.push(required('spec.names.kind'));
  const versions = listAt(spec, 'versions').filter(isJsonObject);
  if (versions.filter((version) => version['storage'] === true).length !== 1) {
    causes.push(invalidValue('spec.versions', '', 'must have exactly one version marked as storage version'));
  }
  for (const [index, version] of versions.entries()) {
    const schema = objectAt(version, 'schema', 'openAPIV3Schema');
    const field = `spec.versions[${index}].schema.openAPIV3Schema`;
    if (textAt(schema, 'type') !== 'object') causes.push(required(`${field}.type`));
  }
  return causes;
}

/** What the server writes into the status of a definition that it serves. */
export function servedStatus(definition: JsonObject, now: string): JsonObject {
  const stored = listAt(definition, 'spec', 'versions').find(
    (version) => isJsonObject(version) && version['storage'] === true,
  );
  const condition = (type: string, reason: string, message: string) => ({
    type,
    status: 'True',
    lastTransitionTime: now,
    reason,
    message,
  });
  return {
    conditions: [
      condition('NamesAccepted', 'NoConflicts', 'no conflicts found'),
      condition('Established', 'InitialNamesAccepted', 'the initial names have been accepted'),
    ],
    acceptedNames: objectAt(definition, 'spec', 'names'),
    storedVersions: [textAt(stored, 'name') ?? ''],
  };
}

function required(field: string): FieldCause {
  return { reason: 'FieldValueRequired', message: 'Required value', field };
}
