import { isJsonObject, listAt } from '../../model/json.ts';
import type { FieldCause } from './api-fault.ts';
import { isList, sameJson } from './json-edit.ts';
import { itemSchema, propertySchema, requiredFields, type StructuralSchema } from './structural-schema.ts';

/**
 * What a schema finds wrong with a value: type, enum, pattern, lengths, counts, bounds, required, date-time.
 * Rules in CEL (`x-kubernetes-validations`) are not evaluated here; only a real API server does that.
 */
export function validateBySchema(
  value: unknown,
  schema: StructuralSchema,
  path: string,
): readonly FieldCause[] {
  if (value === null && schema['nullable'] === true) return [];
  const wrongType = checkType(value, schema, path);
  if (wrongType !== undefined) return [wrongType];
  return [...checkValue(value, schema, path), ...checkInside(value, schema, path)];
}

function checkType(value: unknown, schema: StructuralSchema, path: string): FieldCause | undefined {
  const type = schema['type'];
  if (schema['x-kubernetes-int-or-string'] === true) {
    const fits = typeof value === 'string' || Number.isInteger(value);
    return fits ? undefined : typeFault(path, 'integer,string', value);
  }
  if (typeof type !== 'string' || type === jsonType(value)) return undefined;
  if (type === 'number' && jsonType(value) === 'integer') return undefined;
  return typeFault(path, type, value);
}

function jsonType(value: unknown): string {
  if (value === null) return 'null';
  if (isList(value)) return 'array';
  if (Number.isInteger(value)) return 'integer';
  return typeof value;
}

function typeFault(path: string, wanted: string, value: unknown): FieldCause {
  const got = JSON.stringify(jsonType(value));
  const message = `Invalid value: ${got}: ${path} in body must be of type ${wanted}: ${got}`;
  return { reason: 'FieldValueTypeInvalid', message, field: path };
}

function checkValue(value: unknown, schema: StructuralSchema, path: string): readonly FieldCause[] {
  const allowed = listAt(schema, 'enum');
  if (allowed.length > 0 && !allowed.some((one) => sameJson(one, value))) {
    const list = allowed.map((one) => JSON.stringify(one)).join(', ');
    const message = `Unsupported value: ${JSON.stringify(value)}: supported values: ${list}`;
    return [{ reason: 'FieldValueNotSupported', message, field: path }];
  }
  if (typeof value === 'string') return checkText(value, schema, path);
  if (typeof value === 'number') return checkNumber(value, schema, path);
  if (isList(value)) return checkCount(value.length, ['minItems', 'maxItems'], schema, path);
  if (isJsonObject(value)) {
    return checkCount(Object.keys(value).length, ['minProperties', 'maxProperties'], schema, path);
  }
  return [];
}

function checkText(value: string, schema: StructuralSchema, path: string): readonly FieldCause[] {
  const { maxLength, minLength, pattern, format } = schema;
  const length = Array.from(value).length;
  if (typeof maxLength === 'number' && length > maxLength) {
    return [
      {
        reason: 'FieldValueTooLong',
        message: `Too long: may not be more than ${maxLength} bytes`,
        field: path,
      },
    ];
  }
  const should: string[] = [];
  if (typeof minLength === 'number' && length < minLength)
    should.push(`should be at least ${minLength} chars long`);
  // The pattern comes from a custom resource definition of our own, not from whoever writes the object.
  if (typeof pattern === 'string' && !new RegExp(pattern).test(value)) {
    should.push(`should match '${pattern}'`);
  }
  if (format === 'date-time' && !isDateTime(value)) {
    const quoted = JSON.stringify(value);
    const message = `Invalid value: ${quoted}: ${path} in body must be of type date-time: ${quoted}`;
    return [{ reason: 'FieldValueTypeInvalid', message, field: path }];
  }
  return should.map((what) => valueFault(path, value, what));
}

function isDateTime(text: string): boolean {
  return (
    /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/.test(text) &&
    !Number.isNaN(Date.parse(text))
  );
}

function checkNumber(value: number, schema: StructuralSchema, path: string): readonly FieldCause[] {
  const { minimum, maximum } = schema;
  if (typeof minimum === 'number' && value < minimum) {
    return [valueFault(path, value, `should be greater than or equal to ${minimum}`)];
  }
  if (typeof maximum === 'number' && value > maximum) {
    return [valueFault(path, value, `should be less than or equal to ${maximum}`)];
  }
  return [];
}

function checkCount(
  count: number,
  [least, most]: readonly [string, string],
  schema: StructuralSchema,
  path: string,
): readonly FieldCause[] {
  const [minimum, maximum] = [schema[least], schema[most]];
  if (typeof maximum === 'number' && count > maximum) {
    const message = `Too many: ${count}: must have at most ${maximum} ${maximum === 1 ? 'item' : 'items'}`;
    return [{ reason: 'FieldValueTooMany', message, field: path }];
  }
  if (typeof minimum === 'number' && count < minimum) {
    return [valueFault(path, count, `should have at least ${minimum} items`)];
  }
  return [];
}

function checkInside(value: unknown, schema: StructuralSchema, path: string): readonly FieldCause[] {
  if (isList(value)) {
    return value.flatMap((item, index) => validateBySchema(item, itemSchema(schema), `${path}[${index}]`));
  }
  if (!isJsonObject(value)) return [];
  const missing = requiredFields(schema)
    .filter((name) => value[name] === undefined)
    .map(
      (name): FieldCause => ({
        reason: 'FieldValueRequired',
        message: 'Required value',
        field: join(path, name),
      }),
    );
  const inner = Object.keys(value)
    .toSorted()
    .flatMap((key) => {
      const field = value[key];
      const property = propertySchema(schema, key);
      return property === undefined ? [] : validateBySchema(field, property, join(path, key));
    });
  return [...missing, ...inner];
}

function join(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}

function valueFault(path: string, value: unknown, what: string): FieldCause {
  const message = `Invalid value: ${JSON.stringify(value)}: ${path} in body ${what}`;
  return { reason: 'FieldValueInvalid', message, field: path };
}
