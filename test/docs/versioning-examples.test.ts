import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Trial } from '../../src/commands/try/trial.ts';
import { fields } from '../../src/policy/fields.ts';
import { codeWords, readDocument, section, tableRows } from './markdown.ts';

suite('docs/concepts/versioning.md, examples', () => {
  const rows = tableRows(section(readDocument('docs/concepts/versioning.md'), '## Examples'));
  const trial = new Trial((key) => key, Date.UTC(2026, 0, 1));

  test('there are some', () => assert.ok(rows.length > 10));

  for (const [policy = '', present = '', tags = '', chosen = ''] of rows) {
    test(`${policy} takes ${present} to ${chosen}`, () => {
      const [current = ''] = codeWords(present);
      const settings = Object.fromEntries(codeWords(policy).map(settingOf));
      const answer = trial.answer({ current, tags: codeWords(tags), times: new Map(), settings });
      assert.ok(answer.ok, answer.ok ? '' : answer.problem.message);
      assert.equal(answer.value.selection.choice, codeWords(chosen)[0]);
    });
  }
});

/** `variant: family` is a setting of its own; the first words are the policy. */
function settingOf(words: string, index: number): readonly [string, string] {
  const colon = words.indexOf(': ');
  const key = words.slice(0, Math.max(0, colon));
  return index > 0 && Object.hasOwn(fields, key) ? [key, words.slice(colon + 2)] : ['policy', words];
}
