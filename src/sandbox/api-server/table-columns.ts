import { at, type JsonObject, numberAt, textAt } from '../../model/json.ts';
import { ageOf } from './human-duration.ts';

/** One column of the tables that `kubectl get` prints. */
export interface Column {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'date';
  /** `name` marks the column that identifies the row. */
  readonly format: string;
  readonly description: string;
  /** 0 is always shown, anything else with `-o wide` only. */
  readonly priority: number;
  /** The cell for an object; `now` in milliseconds since the epoch, for ages. */
  readonly cell: (object: JsonObject, now: number) => unknown;
}

/** Makes a column of text. */
export function column(name: string, cell: Column['cell'], priority = 0): Column {
  return { name, type: 'string', format: '', description: '', priority, cell };
}

/** Makes a column of the number at a path; 0 where there is none. */
export function countColumn(name: string, ...path: readonly string[]): Column {
  return { ...column(name, (object) => numberAt(object, ...path) ?? 0), type: 'integer' };
}

/** A column that is shown with `-o wide` only. */
export function wide(shown: Column): Column {
  return { ...shown, priority: 1 };
}

/** Makes a column of the text at a path; `<none>` where there is none. */
export function textColumn(name: string, ...path: readonly string[]): Column {
  return column(name, (object) => cellText(at(object, ...path)));
}

/** The name of the object; the first column of nearly every table. */
export const nameColumn: Column = {
  ...column('Name', (object) => textAt(object, 'metadata', 'name') ?? ''),
  format: 'name',
};

/** How long ago the object was created. */
export const ageColumn: Column = column('Age', (object, now) =>
  ageOf(textAt(object, 'metadata', 'creationTimestamp'), now),
);

/** The table of a type that has no better one. */
export const plainColumns: readonly Column[] = [nameColumn, ageColumn];

function cellText(value: unknown): string {
  if (typeof value === 'string' && value !== '') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : '<none>';
}
