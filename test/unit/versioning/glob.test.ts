import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import picomatch from 'picomatch';
import { compileGlob } from '../../../src/versioning/glob.ts';

const piece = fc.oneof(
  fc.constantFrom('*', '?', 'a', 'b', '1', '.', '-', '_', 'main', '[a-c]', '[!a]', '[^0-9]', '[.-]'),
  fc.constantFrom('{a,b}', '{1,2,main}', '{a*,b?}', '{,v}', '{a,{b,1}}'),
);
const globs = fc.array(piece, { minLength: 1, maxLength: 5 }).map((pieces) => pieces.join(''));
const tags = fc
  .array(fc.constantFrom('a', 'b', 'c', '1', '2', '.', '-', '_', 'v', 'main'), { minLength: 1, maxLength: 6 })
  .map((pieces) => `a${pieces.join('')}`);

test('a glob matches what picomatch matches', () => {
  fc.assert(
    fc.property(globs, tags, (glob, tag) => {
      const compiled = compileGlob(glob);
      assert.ok(compiled.ok);
      assert.equal(
        compiled.value(tag),
        picomatch(glob, { noextglob: true, dot: true, nonegate: true, posix: true })(tag),
      );
    }),
    { numRuns: 5_000 },
  );
});

const refused: readonly (readonly [glob: string, character: number])[] = [
  ['main-[', 6],
  ['{a,b', 1],
  ['a{b}', 2],
  ['+(a|b)', 1],
  ['!main', 1],
  ['{1..3}-\\d', 1],
  ['a\\*', 2],
  ['a/b', 2],
  ['a,b', 2],
  ['a}', 2],
];

for (const [glob, character] of refused) {
  test(`${glob} is refused at character ${character}`, () => {
    const compiled = compileGlob(glob);
    assert.ok(!compiled.ok);
    assert.match(compiled.problem.message, new RegExp(`at character ${character}: `));
  });
}

test('a range that runs backwards and a glob of more than 512 characters are refused', () => {
  assert.equal(compileGlob('[z-a]').ok, false);
  assert.equal(compileGlob('a'.repeat(513)).ok, false);
});

test('many stars cost no more than few', { timeout: 10_000 }, () => {
  const compiled = compileGlob(`${'*a'.repeat(40)}b`);
  assert.ok(compiled.ok);
  assert.equal(compiled.value('a'.repeat(128)), false);
});
