import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fields } from '../../../src/policy/fields.ts';

for (const [key, text, settings] of [
  ['order', 'created', { order: 'created' }],
  ['prerelease', 'true', { prerelease: 'true' }],
  ['variant', 'family', { variant: 'family' }],
  ['precision', 'any', { precision: 'any' }],
  ['scheme', 'any', { scheme: 'any' }],
  ['strict-zero', 'true', { strictZero: true }],
  ['digest', 'hold', { digest: 'hold' }],
  ['apply', 'pin', { apply: 'pin' }],
  ['pin', 'false', { pin: false }],
  ['mode', 'notify', { mode: 'notify' }],
  ['interval', '1h30m', { schedule: { kind: 'every', milliseconds: 5_400_000 } }],
  ['schedule', '@every 90s', { schedule: { kind: 'every', milliseconds: 90_000 } }],
  ['pull-secret', 'my.secret-1', { pullSecret: 'my.secret-1' }],
  ['rollout-deadline', '20m', { rolloutDeadline: 1_200_000 }],
  ['verify-for', '0s', { verifyFor: 0 }],
  ['init-containers', 'true', { initContainers: true }],
  ['suspend', 'true', { suspend: true }],
  ['extract', '(?P<version>\\d+)', { extract: '(?P<version>\\d+)' }],
] as const) {
  test(`${key}: ${text} is read`, () => {
    assert.deepEqual(fields[key]?.read(text), { ok: true, value: settings });
  });
}

test('every key that takes a word refuses another one', () => {
  for (const [key, { read }] of Object.entries(fields)) {
    const answer = read('?!');
    if (key === 'extract') continue;
    assert.ok(!answer.ok, key);
    assert.equal(answer.problem.reason, 'InvalidPolicy');
  }
});
