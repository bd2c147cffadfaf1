import { at, type JsonObject } from '../../model/json.ts';
import type { ResourceType } from './resource-type.ts';

/** A question about fields of an object. */
export type FieldMatcher = (object: JsonObject) => boolean;

/** The text that is not a field selector of this type, for the error message. */
export interface UnknownField {
  readonly unknown: string;
}

const always: readonly string[] = ['metadata.name', 'metadata.namespace'];

/** Reads a field selector (`metadata.name=web,status.phase!=Running`) for one type. */
export function parseFieldSelector(type: ResourceType, text: string): FieldMatcher | UnknownField {
  const matchers: FieldMatcher[] = [];
  for (const term of text.split(',').filter((part) => part !== '')) {
    const parts = /^(?<field>[^=!]+)(?<operator>!=|==|=)(?<value>.*)$/.exec(term)?.groups;
    const field = parts?.['field'] ?? term;
    if (parts === undefined || ![...always, ...type.behaviour.selectableFields].includes(field)) {
      return { unknown: field };
    }
    const value = parts['value'] ?? '';
    const wanted = parts['operator'] !== '!=';
    matchers.push((object) => (fieldText(object, field) === value) === wanted);
  }
  return (object) => matchers.every((matches) => matches(object));
}

function fieldText(object: JsonObject, field: string): string {
  const value = at(object, ...field.split('.'));
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : '';
}
