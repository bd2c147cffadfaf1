import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Cut, cutFilm } from '../../../scripts/demo/film.ts';
import { drawFilm } from '../../../scripts/demo/svg.ts';
import { plain, Terminal } from '../../../scripts/demo/terminal.ts';

const cut: Cut = { height: 3, longestPause: 2, timeToRead: 1, shortest: 0.1 };

test('the terminal writes lines over, and takes away what is below', () => {
  const terminal = new Terminal();
  terminal.write('first\nsecond\nthird\n');
  terminal.write('\u001b[2A\r\u001b[2Kother\n\n');
  assert.deepEqual(terminal.lines, ['first', 'other', 'third']);
  terminal.write('\u001b[2A\r\u001b[Jlast\n');
  assert.deepEqual(terminal.lines, ['first', 'last']);
});

test('colours stay in a line, and can be left out', () => {
  const terminal = new Terminal();
  terminal.write('\u001b[?25l\u001b[32;1mok\u001b[0m well\n');
  assert.deepEqual(terminal.lines, ['\u001b[32;1mok\u001b[0m well']);
  assert.equal(plain(terminal.lines[0] ?? ''), 'ok well');
});

test('a line that changes is two texts, one after the other', () => {
  const film = cutFilm(
    [
      { at: 0, lines: ['old'] },
      { at: 1.5, lines: ['new'] },
    ],
    cut,
  );
  assert.deepEqual(film.shots, [
    { row: 0, text: 'old', from: 0, to: 1.5 },
    { row: 0, text: 'new', from: 1.5, to: undefined },
  ]);
});

test('long pauses become short, new lines can be read, and what flashes by is left out', () => {
  const film = cutFilm(
    [
      { at: 0, lines: ['a'] },
      { at: 60, lines: ['a', 'b', 'c', 'd'] },
      { at: 60.1, lines: ['a', 'flash', 'c', 'd'] },
      { at: 60.15, lines: ['a', 'e', 'c', 'd'] },
    ],
    cut,
  );
  assert.deepEqual(
    film.shots.map(({ text, from }) => [text, Math.round(from * 100) / 100]),
    [
      ['b', 2],
      ['a', 0],
      ['c', 2],
      ['d', 2],
      ['e', 3.05],
    ],
  );
});

test('the lines move up when there are more than fit', () => {
  const lines = ['1', '2', '3', '4', '5'];
  const film = cutFilm(
    [
      { at: 0, lines: lines.slice(0, 2) },
      { at: 1, lines },
    ],
    cut,
  );
  assert.deepEqual(film.scrolls, [{ at: 1, row: 2 }]);
});

test('whoever plays nothing sees the last picture, and no text becomes markup', () => {
  const film = cutFilm(
    [
      { at: 0, lines: ['<old>'] },
      { at: 1, lines: ['\u001b[31m<new> & "more"\u001b[0m'] },
    ],
    cut,
  );
  const svg = drawFilm(film, 'a title');
  assert.match(svg, /class="s"[^>]*>&lt;old&gt;</);
  assert.match(svg, /class="e"[^>]*><tspan class="red">&lt;new&gt; &amp; &quot;more&quot;</);
  assert.match(svg, /prefers-reduced-motion/);
  assert.match(svg, /prefers-color-scheme:dark/);
});
