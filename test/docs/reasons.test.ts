import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { suite, test } from 'node:test';
import { reasons } from '../../src/model/reasons.ts';
import { headings, readDocument, root, section } from './markdown.ts';

suite('docs/reference/reasons.md', () => {
  const document = readDocument('docs/reference/reasons.md');
  const notGiven = 'Not given by this version.';

  test('holds every reason of the catalogue in its order, and nothing else', () => {
    const written = headings(document).filter((line) => line.startsWith('## '));
    assert.deepEqual(
      written.map((line) => line.slice(3)),
      Object.keys(reasons),
    );
  });

  for (const [reason, { state, meaning }] of Object.entries(reasons)) {
    test(`says of ${reason} what the catalogue says, and what to do`, () => {
      const [said, stated, advice, ...more] = section(document, `## ${reason}`).trim().split('\n\n');
      assert.equal(said, meaning);
      assert.equal(stated, `State: \`${state}\`.`);
      assert.ok(advice);
      assert.deepEqual(more, []);
    });
  }

  test('marks the reasons that no code gives, and only those', () => {
    const given = globSync('src/**/*.ts', { cwd: root })
      .filter((path) => path !== 'src/model/reasons.ts')
      .map((path) => readDocument(path))
      .join('\n');
    const missing = Object.keys(reasons).filter((reason) => !given.includes(`'${reason}'`));
    const marked = Object.keys(reasons).filter((reason) =>
      section(document, `## ${reason}`).includes(`\n${notGiven}\n`),
    );
    assert.deepEqual(marked, missing);
  });
});

suite('docs/troubleshoot.md', () => {
  test('leads to every reason for which nothing is updated, once', () => {
    const answers = section(
      readDocument('docs/troubleshoot.md'),
      '## It is `Held`, `Deferred`, `RolledBack` or `Error`',
    );
    const stopping = ['Held', 'Deferred', 'RolledBack', 'Error'];
    const wanted = Object.entries(reasons).filter(([, { state }]) => stopping.includes(state));
    assert.deepEqual(
      [...answers.matchAll(/\[`(\w+)`\]\(reference/g)].map(([, reason = '']) => reason).toSorted(),
      wanted.map(([reason]) => reason).toSorted(),
    );
  });
});
