import { isJsonObject, type JsonObject, listAt, textAt } from '../../model/json.ts';
import type { FieldCause } from './api-fault.ts';
import { objectAt, sameJson } from './json-edit.ts';

const subdomain = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/;
const labelText = /^(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/;
const annotationLimit = 262_144;

const subdomainRule =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const labelRule =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

/** Why metadata cannot even be decoded (a 400), or undefined: maps of strings must hold strings. */
export function undecodableMetadata({ metadata }: JsonObject): string | undefined {
  if (metadata === undefined) return undefined;
  if (!isJsonObject(metadata)) return 'metadata must be an object';
  return wrongTextMap(metadata, 'labels') ?? wrongTextMap(metadata, 'annotations');
}

/** Why a field is no map of strings, or undefined where it is one or is missing. */
export function wrongTextMap(object: JsonObject, field: string): string | undefined {
  const map = object[field];
  if (map === undefined || map === null) return undefined;
  if (!isJsonObject(map)) return `${field} must be a map of strings`;
  const wrong = Object.entries(map).find(([, value]) => typeof value !== 'string');
  return wrong === undefined ? undefined : `${field}.${wrong[0]} must be a string`;
}

/** What is wrong with the metadata of any object. */
export function validateMetadata(object: JsonObject): readonly FieldCause[] {
  const metadata = objectAt(object, 'metadata');
  return [
    ...checkName('metadata.name', textAt(metadata, 'name') ?? ''),
    ...checkLabels(objectAt(metadata, 'labels')),
    ...checkAnnotations(objectAt(metadata, 'annotations')),
    ...checkOwners(listAt(metadata, 'ownerReferences')),
  ];
}

/** What is wrong with a `generateName`: one trailing hyphen is allowed, a trailing dot is not. */
export function validateGenerateName(generateName: string): readonly FieldCause[] {
  const masked = generateName.length > 1 ? generateName.replace(/-$/, 'a') : generateName;
  return checkName('metadata.generateName', masked);
}

/** Which fields of the metadata changed that never may. */
export function validateMetadataUpdate(object: JsonObject, before: JsonObject): readonly FieldCause[] {
  return ['name', 'namespace', 'uid'].flatMap((field): readonly FieldCause[] => {
    const value = textAt(object, 'metadata', field);
    return sameJson(value, textAt(before, 'metadata', field)) ? [] : [immutable(`metadata.${field}`, value)];
  });
}

/** The cause for a field that was changed and must not be. */
export function immutable(field: string, value: unknown): FieldCause {
  const message = `Invalid value: ${JSON.stringify(value ?? '')}: field is immutable`;
  return { reason: 'FieldValueInvalid', message, field };
}

function checkName(field: string, name: string): readonly FieldCause[] {
  if (name === '') {
    return [
      {
        reason: 'FieldValueRequired',
        message: 'Required value: name or generateName is required',
        field: 'metadata.name',
      },
    ];
  }
  const why =
    name.length > 253 ? 'must be no more than 253 bytes' : subdomain.test(name) ? undefined : subdomainRule;
  return why === undefined ? [] : [invalidValue(field, name, why)];
}

function checkLabels(labels: JsonObject): readonly FieldCause[] {
  return Object.values(labels).flatMap((value): readonly FieldCause[] => {
    const text = String(value);
    if (text.length > 63) return [invalidValue('metadata.labels', text, 'must be no more than 63 bytes')];
    return labelText.test(text) ? [] : [invalidValue('metadata.labels', text, labelRule)];
  });
}

function checkAnnotations(annotations: JsonObject): readonly FieldCause[] {
  const size = Object.entries(annotations).reduce(
    (sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(String(value)),
    0,
  );
  if (size <= annotationLimit) return [];
  const message = `Too long: may not be more than ${annotationLimit} bytes`;
  return [{ reason: 'FieldValueTooLong', message, field: 'metadata.annotations' }];
}

function checkOwners(owners: readonly unknown[]): readonly FieldCause[] {
  return owners.flatMap((owner, index) =>
    ['apiVersion', 'kind', 'name', 'uid'].flatMap((field): readonly FieldCause[] => {
      const path = `metadata.ownerReferences[${index}].${field}`;
      return (textAt(owner, field) ?? '') === ''
        ? [invalidValue(path, '', `${field === 'apiVersion' ? 'version' : field} must not be empty`)]
        : [];
    }),
  );
}

/** The cause for a value that a field cannot have. */
export function invalidValue(field: string, value: unknown, why: string): FieldCause {
  return { reason: 'FieldValueInvalid', message: `Invalid value: ${JSON.stringify(value)}: ${why}`, field };
}
