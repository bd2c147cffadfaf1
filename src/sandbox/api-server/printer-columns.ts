import { isJsonObject, type JsonObject, listAt, numberAt, textAt } from '../../model/json.ts';
import { ageOf } from './human-duration.ts';
import { parseJsonPath } from './json-path.ts';
import { ageColumn, type Column, nameColumn } from './table-columns.ts';

/** The table of a custom resource: its name and its `additionalPrinterColumns`, or its age where it has none. */
export function printerColumns(version: JsonObject): readonly Column[] {
  const columns = listAt(version, 'additionalPrinterColumns').filter(isJsonObject).map(printerColumn);
  return [nameColumn, ...(columns.length === 0 ? [ageColumn] : columns)];
}

function printerColumn(definition: JsonObject): Column {
  const type = columnType(textAt(definition, 'type'));
  const path = textAt(definition, 'jsonPath') ?? '';
  const read = parseJsonPath(path) ?? (() => []);
  return {
    name: textAt(definition, 'name') ?? '',
    type,
    format: textAt(definition, 'format') ?? '',
    description:
      textAt(definition, 'description') ?? `Custom resource definition column (in JSONPath format): ${path}`,
    priority: numberAt(definition, 'priority') ?? 0,
    cell: (object, now) => cellOf(read(object), type, now),
  };
}

function columnType(text: string | undefined): Column['type'] {
  const types: readonly Column['type'][] = ['integer', 'number', 'boolean', 'date'];
  return types.find((type) => type === text) ?? 'string';
}

/** A missing value is an empty cell; of several values the first counts, except in text. */
function cellOf(values: readonly unknown[], type: Column['type'], now: number): unknown {
  const [first] = values;
  if (first === undefined) return null;
  if (type === 'date') return typeof first === 'string' ? ageOf(first, now) : null;
  if (type !== 'string') return first;
  return values.map((value) => (typeof value === 'string' ? value : JSON.stringify(value))).join(' ');
}
