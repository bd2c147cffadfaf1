import type { JsonObject } from '../../model/json.ts';
import { badRequest } from './api-fault.ts';
import { type FieldMatcher, parseFieldSelector } from './field-selector.ts';
import { labelsOf, parseLabelSelector } from './label-selector.ts';
import type { ResourceType } from './resource-type.ts';
import type { StoredObject } from './stored-object.ts';

/** Whether an object is asked for by the selectors of a query. */
export type ObjectMatcher = (object: StoredObject) => boolean;

/** The selectors of a list or a watch as one question; throws 400 where one cannot be read. */
export function selectorsOf(type: ResourceType, query: URLSearchParams): ObjectMatcher {
  const labelText = query.get('labelSelector') ?? '';
  const labels = parseLabelSelector(labelText);
  if (labels === undefined) throw badRequest(`unable to parse requirement: ${labelText}`);
  const fieldText = query.get('fieldSelector') ?? '';
  const fields = parseFieldSelector(type, fieldText);
  if (typeof fields !== 'function') throw badRequest(`field label not supported: ${fields.unknown}`);
  return matcher(type, fields, labelText === '' ? undefined : (object) => labels(labelsOf(object)));
}

function matcher(type: ResourceType, fields: FieldMatcher, labels: FieldMatcher | undefined): ObjectMatcher {
  const { fromStorage } = type.behaviour;
  return (object) => {
    const shown: JsonObject = fromStorage?.(object) ?? object;
    return fields(shown) && (labels === undefined || labels(shown));
  };
}

/** Whether a query selects at all; a selected list does not tell how many objects remain. */
export function hasSelectors(query: URLSearchParams): boolean {
  return (query.get('labelSelector') ?? '') !== '' || (query.get('fieldSelector') ?? '') !== '';
}

/** A whole number of a query that is not negative; undefined where it is missing. */
export function numberOf(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name) ?? '';
  if (text === '') return undefined;
  if (!/^\d{1,15}$/.test(text)) throw badRequest(`strconv.ParseInt: parsing "${text}": invalid syntax`);
  return Number(text);
}
