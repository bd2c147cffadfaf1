import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isReason, reasons, stateOf, states } from '../../../src/model/reasons.ts';

test('every reason is a CamelCase word that the custom resource admits', () => {
  for (const reason of Object.keys(reasons)) assert.match(reason, /^[A-Z][A-Za-z]{0,63}$/);
});

test('every reason has a state and means something in one sentence', () => {
  for (const { state, meaning } of Object.values(reasons)) {
    assert.ok(states.includes(state));
    assert.match(meaning, /^[A-Z].*\.$/);
    assert.doesNotMatch(meaning, /\n/);
  }
});

test('no two reasons mean the same', () => {
  const meanings = Object.values(reasons).map(({ meaning }) => meaning);
  assert.equal(new Set(meanings).size, meanings.length);
});

test('a word of the catalogue is known and an inherited one is not', () => {
  assert.ok(isReason('RateLimited'));
  assert.ok(!isReason('constructor'));
  assert.equal(stateOf('RateLimited'), 'Deferred');
});
