import assert from 'node:assert/strict';
import { test } from 'node:test';
import { format, inspect } from 'node:util';
import { secretOf, secretText } from '../../support/secrets.ts';

const secret = secretOf('hunter2');

for (const [way, shown] of [
  ['a text', String(secret)],
  ['JSON', JSON.stringify({ deep: [secret] })],
  ['inspect', inspect({ deep: { deeper: { deepest: { secret } } } }, { depth: 9, showHidden: true })],
  ['format', format('%s %o %j', secret, secret, secret)],
  ['its keys', JSON.stringify(Object.entries(secret))],
  ['a copy of its fields', JSON.stringify(Object.assign({}, secret))],
] as const) {
  test(`${way} does not show it`, () => assert.doesNotMatch(shown, /hunter2/));
}

test('a copy by structuredClone holds nothing', () => {
  assert.doesNotMatch(inspect(structuredClone(secret), { showHidden: true }), /hunter2/);
});

test('its text is there for who asks by name', () => assert.equal(secret.reveal(), secretText('hunter2')));
