import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatTable, wrap } from '../../../src/commands/text-table.ts';

const columns = [
  { title: 'NAME', most: 120, least: 10 },
  { title: 'WHY', most: 200, least: 10 },
  { title: 'STATE', most: 20 },
];

test('a column is as wide as what it holds; nothing is a dash', () => {
  const rows = [{ cells: ['web', 'a longer text', 'Held'] }, { cells: ['api', '', 'UpToDate'] }];
  assert.deepEqual(formatTable(columns, rows, false), [
    'NAME  WHY            STATE',
    'web   a longer text  Held',
    'api   -              UpToDate',
  ]);
});

test('no line is longer than 100 columns, whatever the cells hold', () => {
  fc.assert(
    fc.property(fc.array(fc.array(fc.string({ maxLength: 300 }), { maxLength: 4 })), (cells) => {
      const lines = formatTable(
        columns,
        cells.map((row) => ({ cells: row })),
        false,
      );
      assert.ok(lines.every((line) => line.length <= 100));
    }),
  );
});

test('a cell cannot send a terminal anything', () => {
  const [, line] = formatTable(columns, [{ cells: ['\u001b[2Jw\u202eeb\r\n', 'x', 'y'] }], false);
  assert.equal(line, ' [2Jw eb   x    y');
});

test('colours are there only where they are asked for', () => {
  const rows = [{ cells: ['web', 'x', 'Held'], colour: 'yellow' as const }];
  assert.ok(formatTable(columns, rows, false).every((line) => !line.includes('\u001b')));
  const [, line = ''] = formatTable(columns, rows, true);
  assert.ok(line.startsWith('\u001b[33mweb ') && line.endsWith('\u001b[0m'), JSON.stringify(line));
});

test('a long text is broken at spaces', () => {
  const lines = wrap('word '.repeat(50).trim(), '  ');
  assert.ok(lines.every((line) => line.length <= 100));
  assert.equal(lines.join(' ').replaceAll(/ +/g, ' '), 'word '.repeat(50).trim());
});
