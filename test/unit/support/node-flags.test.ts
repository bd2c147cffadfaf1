import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { nodeFlags } from '../../support/node-flags.ts';

test('the image runs the program with the flags of its first line', () => {
  const dockerfile = readFileSync(new URL('../../../Dockerfile', import.meta.url), 'utf8');
  const entrypoint: unknown = JSON.parse(/^ENTRYPOINT (.+)$/m.exec(dockerfile)?.[1] ?? 'null');
  assert.deepEqual(entrypoint, ['/nodejs/bin/node', ...nodeFlags(), '/app/dist/plimsoll.js']);
});

test('this Node knows the flags, and WebAssembly runs under them', () => {
  // The smallest module there is: its magic number and version.
  const source =
    'console.log(new WebAssembly.Module(new Uint8Array([0,97,115,109,1,0,0,0])) instanceof Object)';
  assert.ok(nodeFlags().length > 0);
  const said = execFileSync(process.execPath, [...nodeFlags(), '-e', source], { encoding: 'utf8' });
  assert.equal(said, 'true\n');
});
