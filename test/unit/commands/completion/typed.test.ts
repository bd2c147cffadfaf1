import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readTyped } from '../../../../src/commands/completion/typed.ts';

const flags = [
  { name: 'namespace', short: 'n', value: 'NAME', help: '' },
  { name: 'all', help: '' },
];
const typed = (...args: readonly string[]) => readTyped(args, flags);

test('the last word is what is being typed, and the words before it are what they are', () => {
  const { values, words, valueOf, last } = typed('-n', 'shop', 'deployment/web', '--all', '1.');
  assert.deepEqual([...values], [['namespace', 'shop']]);
  assert.deepEqual(words, ['deployment/web']);
  assert.equal(valueOf, undefined);
  assert.equal(last, '1.');
});

test('after a flag that takes a value, that value is being typed', () => {
  assert.equal(typed('--namespace', '').valueOf?.name, 'namespace');
  assert.equal(typed('-n', 'sh').valueOf?.name, 'namespace');
  assert.equal(typed('--all', '').valueOf, undefined);
});

test('a value may stand behind an equals sign', () => {
  assert.deepEqual([...typed('--namespace=shop', '').values], [['namespace', 'shop']]);
});

test('what is no flag of the command is passed over', () => {
  assert.deepEqual(typed('--unknown', '-x', 'deployment/web', '').words, ['deployment/web']);
});
