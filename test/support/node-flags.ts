import { readFileSync } from 'node:fs';

/** The flags of Node that the program is meant to run with: those of its first line, which the bundle keeps. */
export function nodeFlags(): readonly string[] {
  const [first = ''] = readFileSync(new URL('../../src/main.ts', import.meta.url), 'utf8').split('\n', 1);
  return first.split(' ').filter((word) => word.startsWith('--'));
}
