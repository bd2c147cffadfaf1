import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { scenes } from '../../src/commands/demo/scenes.ts';
import { readDocument } from './markdown.ts';

const titles = scenes.map(({ title }) => title);
const again = 'the demo has other scenes than the recording; run: npm run record-demo';

suite('the recording of the demo', () => {
  test('shows in the README every scene, in order, and all of them well', () => {
    const recorded = [...readDocument('README.md').matchAll(/^(ok {2}|FAIL) (.*)$/gm)];
    assert.deepEqual(
      recorded.map(([, mark, title]) => `${mark} ${title}`),
      titles.map((title) => `ok   ${title}`),
      again,
    );
  });

  test('shows the same as a film, small enough for a README', () => {
    const film = readDocument('docs/demo.svg').replaceAll('&quot;', '"').replaceAll('&amp;', '&');
    for (const title of titles) assert.ok(film.includes(` ${title}<`), again);
    assert.ok(film.length < 150_000);
  });
});
