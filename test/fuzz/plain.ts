import assert from 'node:assert/strict';

/** What is told to people is one short line that no terminal obeys. */
export function assertOneLine(message: string): void {
  assert.notEqual(message, '');
  assert.doesNotMatch(message, /[\p{Cc}\u2028\u2029]/u);
  assert.ok(message.length <= 4_000, `a message of ${message.length} characters`);
}
