import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { readDocument, section, tableRows } from './markdown.ts';

const root = join(import.meta.dirname, '..', '..');

suite('docs/concepts/safety.md', () => {
  const rows = tableRows(section(readDocument('docs/concepts/safety.md'), '## What is promised'));

  test('makes promises', () => assert.ok(rows.length > 20));

  for (const [promise = '', file = '', title = ''] of rows) {
    test(`has a test for: ${promise}`, () => {
      const path = join(root, file.replaceAll('`', ''));
      assert.ok(existsSync(path), `${file} does not exist`);
      assert.ok(titlesOf(readFileSync(path, 'utf8')).includes(title), `${file} has no test "${title}"`);
    });
  }
});

/** The titles of the tests in a file, as they are written: one that is put together keeps its `${…}`. */
function titlesOf(source: string): readonly string[] {
  const calls = /\b(?:it|test)\(\s*(['"`])(.*?)\1,/gs;
  return [...source.matchAll(calls)].map(([, , title = '']) => title);
}
