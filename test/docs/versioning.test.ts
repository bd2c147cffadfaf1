import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { SelectionPolicy } from '../../src/model/policy.ts';
import { selectTag } from '../../src/versioning/select.ts';
import { codeWords, readDocument, section, tableRows } from './markdown.ts';

const defaults: Omit<SelectionPolicy, 'rule'> = {
  prerelease: 'auto',
  variant: 'exact',
  precision: 'same',
  scheme: 'same',
  strictZero: false,
  order: 'version',
  extract: undefined,
  allowTags: [],
  ignoreTags: [],
};
const levels = ['patch', 'minor', 'major'] as const;

suite('docs/concepts/versioning.md', () => {
  const lines = section(readDocument('docs/concepts/versioning.md'), '## Where the line is');
  const tags = tableRows(lines).flatMap((cells) => cells.flatMap(codeWords));

  for (const [from = '', ...chosen] of tableRows(lines)) {
    for (const [index, kind] of levels.entries()) {
      test(`is right about ${from} under ${kind}`, () => {
        const current = codeWords(from)[0] ?? '';
        const selected = selectTag({ current, tags, policy: { ...defaults, rule: { kind } } });
        assert.ok(selected.ok);
        assert.equal(selected.value.choice, codeWords(chosen[index] ?? '')[0]);
      });
    }
  }
});
