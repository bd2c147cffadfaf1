import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  formatUpdateRecords,
  readUpdateRecords,
  type UpdateRecord,
} from '../../../src/rollout/update-record.ts';
import { digestOf } from '../../support/fake-registry.ts';

const record: UpdateRecord = {
  container: 'app',
  from: 'app:1.2.3',
  to: 'app:1.3.0',
  digest: digestOf('new'),
  at: '2026-01-01T00:00:00.000Z',
  policy: 'minor',
};
const side = { ...record, container: 'side' };

test('what is written is read back', () => {
  assert.deepEqual(readUpdateRecords(formatUpdateRecords([record])), [record]);
  assert.deepEqual(readUpdateRecords(formatUpdateRecords([record, side])), [record, side]);
});

for (const [what, text] of [
  ['no annotation', undefined],
  ['no text', ''],
  ['no JSON', '{'],
  ['a list', '[]'],
  ['null', 'null'],
  ['a text', '"x"'],
  ['an annotation that is too long', formatUpdateRecords([{ ...record, policy: 'x'.repeat(70_000) }])],
  ['a record without a container', formatUpdateRecords([{ ...record, container: '' }])],
  ['a time that is none', formatUpdateRecords([{ ...record, at: 'yesterday' }])],
  ['a time that the custom resource refuses', formatUpdateRecords([{ ...record, at: '2026' }])],
  ['a day that does not exist', formatUpdateRecords([{ ...record, at: '2026-13-45T00:00:00Z' }])],
  ['a digest that is none', formatUpdateRecords([{ ...record, digest: 'sha256:x' }])],
  ['an image longer than any', formatUpdateRecords([{ ...record, from: 'x'.repeat(1_025) }])],
] as const) {
  test(`${what} holds no record`, () => assert.deepEqual(readUpdateRecords(text), []));
}

test('a bad record does not discard the good ones', () => {
  assert.deepEqual(readUpdateRecords(JSON.stringify({ ...record, more: [{}, 7, side] })), [record, side]);
});
