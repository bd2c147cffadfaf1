import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { textMapAt } from '../../src/model/json.ts';
import { codeWords, readDocument, tableRows } from './markdown.ts';

suite('docs/adr/0006-dependencies.md', () => {
  test('has a sentence for every dependency', () => {
    const manifest: unknown = JSON.parse(readDocument('package.json'));
    const names = [
      ...Object.keys(textMapAt(manifest, 'dependencies')),
      ...Object.keys(textMapAt(manifest, 'devDependencies')),
    ];
    const explained = tableRows(readDocument('docs/adr/0006-dependencies.md')).flatMap(([name = '']) =>
      codeWords(name),
    );
    const ofTypes = (name: string) => (name.startsWith('@types/') ? '@types/*' : name);
    assert.deepEqual(explained.toSorted(), [...new Set(names.map(ofTypes))].toSorted());
  });
});
