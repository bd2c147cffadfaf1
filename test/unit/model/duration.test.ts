import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatDuration, parseDuration } from '../../../src/model/duration.ts';

const year = 366 * 86_400_000;

for (const [text, milliseconds] of [
  ['0', 0],
  ['0s', 0],
  ['90s', 90_000],
  ['5m', 300_000],
  ['1h30m', 5_400_000],
  ['1d2h3m4s5ms', 93_784_005],
  ['366d', year],
] as const) {
  test(`${text} is ${milliseconds} ms`, () => assert.equal(parseDuration(text), milliseconds));
}

for (const text of [
  '',
  ' ',
  '5',
  '-5m',
  '1.5h',
  '5 m',
  '5M',
  '1m1h',
  '1m1m',
  '5mm',
  'm5',
  '367d',
  '٣m',
  '1e3s',
]) {
  test(`${JSON.stringify(text)} is no duration`, () => assert.equal(parseDuration(text), undefined));
}

test('a duration of many digits is refused and not rounded', () => {
  assert.equal(parseDuration('9'.repeat(9_999) + 's'), undefined);
});

test('what is written is read back', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: year }), (milliseconds) => {
      assert.equal(parseDuration(formatDuration(milliseconds)), milliseconds);
    }),
  );
});
