import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { isJsonObject, type JsonObject } from '../../src/model/json.ts';

const folder = join(import.meta.dirname, '..', '..', 'docs', 'migrate');

/** A page of the documentation for people who come from another tool. */
export interface Migration {
  /** The tool, as the file is called. */
  readonly tool: string;
  readonly text: string;
  /** What people write there: code of the section "Before". */
  readonly before: string;
  /** What they write here: the objects of the section "After", or of the whole page where nothing changes. */
  readonly after: readonly JsonObject[];
}

/** Every page of `docs/migrate`. */
export function readMigrations(): readonly Migration[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.md'))
    .map((file) => {
      const text = readFileSync(join(folder, file), 'utf8');
      const [, after = text] = text.split('\n## After\n');
      return {
        tool: file.slice(0, -'.md'.length),
        text,
        before: codeIn(text.split('\n## Before\n')[1] ?? text),
        after: manifestsIn(codeIn(after)),
      };
    });
}

/** The first block of code of a text. */
function codeIn(text: string): string {
  return /^```(?:yaml|json)\n([^]*?)^```$/m.exec(text)?.[1] ?? '';
}

/** The objects of a block of YAML. */
export function manifestsIn(code: string): readonly JsonObject[] {
  return parseAllDocuments(code).map((document): JsonObject => {
    const object: unknown = 'toJS' in document ? document.toJS() : undefined;
    if (!isJsonObject(object)) throw new Error(`this is no object: ${code}`);
    return object;
  });
}
