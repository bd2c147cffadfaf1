import assert from 'node:assert/strict';
import { after } from 'node:test';
import { leakIn } from './secrets.ts';

const leaks: string[] = [];

/**
 * Notes a text that somebody may read: a log, an event, a metric, a status, an error. When the tests of the file have ended,
 * the file fails if any such text held a secret of the tests.
 */
export function shown(where: string, text: string): void {
  const leak = leakIn(text);
  if (leak !== undefined) leaks.push(`${where} shows a secret: …${leak}…`);
}

after(() => {
  assert.deepEqual(leaks, []);
});
