import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LabelValues, statusLabel } from '../../../src/observe/label-values.ts';

test('values have a series each up to the limit, and keep it', () => {
  const values = new LabelValues(2);
  assert.deepEqual(
    ['a', 'b', 'c', 'a', 'd'].map((value) => values.of(value)),
    ['a', 'b', 'other', 'a', 'other'],
  );
});

test('values that are named have a series of their own and take none from others', () => {
  const values = new LabelValues(1, (value) => value.startsWith('known'));
  assert.deepEqual(
    ['known-1', 'known-2', 'a', 'b', 'known-3'].map((value) => values.of(value)),
    ['known-1', 'known-2', 'a', 'other', 'known-3'],
  );
});

for (const [code, label] of [
  ['200', '200'],
  ['429', '429'],
  ['418', '4xx'],
  ['999', '9xx'],
  ['none', 'none'],
  ['Unavailable', 'Unavailable'],
] as const) {
  test(`status ${code} is shown as ${label}`, () => assert.equal(statusLabel(code), label));
}
