import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const shipped = fileURLToPath(new URL('../../cases', import.meta.url));

/** Reads a case file from the directory named by PLIMSOLL_CASES, else from test/cases. */
export function readCases<T>(name: string, isCase: (value: unknown) => value is T): readonly T[] {
  const directory = process.env['PLIMSOLL_CASES'] ?? shipped;
  const parsed: unknown = JSON.parse(readFileSync(join(directory, name), 'utf8'));
  if (!Array.isArray(parsed) || !parsed.every(isCase))
    throw new TypeError(`${name} holds something else than cases`);
  return parsed;
}
