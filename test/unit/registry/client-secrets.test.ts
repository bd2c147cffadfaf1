import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { inspect } from 'node:util';
import type { Fault } from '../../../src/sandbox/registry/faults.ts';
import { secretText } from '../../support/secrets.ts';
import { accessTo, credential, failureOf, given, patiently } from './harness.ts';

suite('secrets', () => {
  const password = secretText('hunter2');
  const encoded = Buffer.from(`ann:${password}`).toString('base64');
  const faults: readonly (readonly [title: string, auth: 'basic' | 'token', fault: Fault | undefined])[] = [
    ['a refused password', 'basic', undefined],
    ['a refused token', 'token', undefined],
    ['a dropped connection', 'token', { kind: 'drop' }],
    ['an error of the server', 'basic', { kind: 'answer', status: 500 }],
    [
      'a token server that repeats what it was sent',
      'token',
      { kind: 'answer', status: 200, body: JSON.stringify({ errors: [{ message: 'no' }] }) },
    ],
  ];
  for (const [title, auth, fault] of faults) {
    test(`are in no part of the error about ${title}`, async (t) => {
      const { registry, client } = await given(t, { auth, users: { ann: 'other' } });
      if (fault !== undefined) registry.faults.add({ operation: 'token' }, fault);
      if (fault !== undefined && auth === 'basic') registry.faults.add({}, fault);
      const access = accessTo(registry, 'shop/web', credential('ann', 'hunter2'));
      const error = await failureOf(client.listTags(access, patiently));
      const shown = `${inspect(error, { depth: 10, showHidden: true })} ${error.stack ?? ''} ${JSON.stringify(error)}`;
      assert.ok(!shown.includes(password) && !shown.includes(encoded) && !/Bearer ey/.test(shown));
    });
  }
});
