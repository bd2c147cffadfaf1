import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { readRetryAfter } from '../../../src/registry/retry-after.ts';

const now = Date.parse('2026-01-01T00:00:00Z');

suite('reading Retry-After', () => {
  const cases: readonly (readonly [title: string, text: string | undefined, expected: number | undefined])[] =
    [
      ['seconds', '30', 30_000],
      ['a date', 'Thu, 01 Jan 2026 00:01:30 GMT', 90_000],
      ['a date that is over as a second', 'Wed, 31 Dec 2025 00:00:00 GMT', 1_000],
      ['zero as a second', '0', 1_000],
      ['more than an hour as an hour', '86400', 3_600_000],
      ['nothing as nothing', undefined, undefined],
      ['nonsense as nothing', 'soon', undefined],
      ['an empty text as nothing', '', undefined],
    ];
  for (const [title, text, expected] of cases) {
    test(`reads ${title}`, () => {
      assert.equal(readRetryAfter(text, now), expected);
    });
  }
});
