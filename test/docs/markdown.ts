import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The root of the repository. */
export const root = join(import.meta.dirname, '..', '..');

/** Reads a document by its path from the root. */
export function readDocument(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

/** The cells of every row of the tables of a document, without heads and rules. */
export function tableRows(text: string): readonly (readonly string[])[] {
  const lines = text.split('\n');
  const isRow = (line: string | undefined) => line?.startsWith('|') === true;
  const isRule = (line: string | undefined) => line !== undefined && /^\|(?:-+\|)+$/.test(line);
  return lines
    .filter((line, index) => isRow(line) && !isRule(line) && !isRule(lines[index + 1]))
    .map((line) =>
      line
        .slice(1, -1)
        .split(/(?<!\\)\|/)
        .map((cell) => cell.trim().replaceAll('\\|', '|')),
    );
}

/** The text of a section: from its heading to the next one of the same or a higher level. */
export function section(text: string, heading: string): string {
  const level = /^#+/.exec(heading)?.[0].length ?? 0;
  const lines = text.split('\n');
  const start = lines.indexOf(heading);
  if (start < 0) throw new Error(`there is no heading ${JSON.stringify(heading)}`);
  const rest = lines.slice(start + 1);
  let inCode = false;
  const end = rest.findIndex((line) => {
    if (line.startsWith('```')) inCode = !inCode;
    return !inCode && (/^(#+) /.exec(line)?.[1]?.length ?? 99) <= level;
  });
  return rest.slice(0, end < 0 ? undefined : end).join('\n');
}

/** Headings of a document outside of code, as written. */
export function headings(text: string): readonly string[] {
  return withoutCode(text)
    .split('\n')
    .filter((line) => /^#+ /.test(line));
}

/** A document without its fenced code blocks. */
export function withoutCode(text: string): string {
  return text.replaceAll(/^```.*?^```$/gms, '');
}

/** The words in backticks of a text, in order. */
export function codeWords(text: string): readonly string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, word = '']) => word);
}
