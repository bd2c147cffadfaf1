import assert from 'node:assert/strict';
import { test } from 'node:test';
import { closest } from '../../../src/policy/closest.ts';

const known = ['policy', 'pin', 'prerelease'];

test('a slip of one or two letters is understood', () => {
  assert.equal(closest('polcy', known), '; did you mean "policy"?');
  assert.equal(closest('preerlease', known), '; did you mean "prerelease"?');
});

test('of several the nearest is named', () => {
  assert.equal(closest('pinn', known), '; did you mean "pin"?');
});

test('nothing is guessed where nothing is near', () => {
  assert.equal(closest('interval', known), '');
  assert.equal(closest('polixxx', known), '');
  assert.equal(closest('', ['interval']), '');
  assert.equal(closest('p'.repeat(100_000), known), '');
});
