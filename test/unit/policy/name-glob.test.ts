import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import picomatch from 'picomatch';
import { compileNameGlob } from '../../../src/policy/name-glob.ts';

const patternPiece = fc.constantFrom('a', 'b', '/', '*', '**', '?', '.', '-', '{a,b}', '{a,b/c}');
const namePiece = fc.constantFrom('a', 'b', 'c', '/', '.', '-');

test('a glob on names matches what picomatch matches, where a double star stands for whole parts', () => {
  fc.assert(
    fc.property(
      fc.array(patternPiece, { minLength: 1, maxLength: 6 }).map((pieces) => pieces.join('')),
      fc.array(namePiece, { minLength: 1, maxLength: 8 }).map((pieces) => pieces.join('')),
      (glob, name) => {
        // A double star within a part, dots as parts and slashes at the ends are where globs disagree; no name has them.
        fc.pre(!/\*{2}/.test(glob) && !/(^|\/)\.*(\/|$)/.test(name) && !/(^|\/)\.*(\/|$)/.test(glob));
        const compiled = compileNameGlob(glob);
        assert.ok(compiled.ok);
        const options = { noextglob: true, dot: true, nonegate: true, strictSlashes: true, posix: true };
        assert.equal(compiled.value(name), picomatch(glob, options)(name), `${glob} on ${name}`);
      },
    ),
  );
});

test('a double star crosses slashes, a single one does not', () => {
  const matches = (glob: string, name: string) => {
    const compiled = compileNameGlob(glob);
    return compiled.ok && compiled.value(name);
  };
  assert.ok(matches('ghcr.io/acme/**', 'ghcr.io/acme/team/web'));
  assert.ok(matches('**/web', 'ghcr.io/acme/team/web'));
  assert.ok(!matches('ghcr.io/acme/*', 'ghcr.io/acme/team/web'));
  assert.ok(!matches('ghcr.io', 'ghcr-io'));
});

test('many stars on a long name take no longer than a few', () => {
  const compiled = compileNameGlob('*a'.repeat(100));
  assert.ok(compiled.ok);
  assert.equal(compiled.value(`${'a'.repeat(255)}b`), false);
});

for (const glob of ['', 'a b', '[ab]', '!(a)', '{a', 'a}', '{a,{b,c}}', 'a'.repeat(257)]) {
  test(`the glob ${JSON.stringify(glob.slice(0, 12))} is refused`, () => {
    const compiled = compileNameGlob(glob);
    assert.ok(!compiled.ok);
    assert.equal(compiled.problem.reason, 'InvalidPolicy');
  });
}
