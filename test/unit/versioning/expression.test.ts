import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileExpression } from '../../../src/versioning/expression.ts';

test('an expression must match the whole tag, with or without anchors', () => {
  for (const text of ['v\\d+', '^v\\d+$']) {
    const compiled = compileExpression(text);
    assert.ok(compiled.ok);
    assert.deepEqual(
      ['v1', 'xv1', 'v1x'].map((tag) => compiled.value.matches(tag)),
      [true, false, false],
    );
  }
});

test('both spellings of a named group are read, and a group that took no part is absent', () => {
  const compiled = compileExpression('(?P<major>\\d+)(?:-(?<variant>\\w+))?');
  assert.ok(compiled.ok);
  assert.deepEqual(compiled.value.groups.toSorted(), ['major', 'variant']);
  assert.deepEqual(compiled.value.capture('12'), new Map([['major', '12']]));
  assert.deepEqual(compiled.value.capture('12-a')?.get('variant'), 'a');
  assert.equal(compiled.value.capture('x'), undefined);
});

const refused: readonly (readonly [text: string, why: RegExp])[] = [
  ['(?=a)b', /at character 1: .*\(\?=/],
  ['a(?!b)', /at character 2: /],
  ['(?<=a)b', /\(\?<=/],
  ['(a)\\1', /escape/],
  ['(a', /missing closing/],
  ['x[z-a]', /at character 3: .*z-a/],
  ['a{1001}', /repeat/],
  ['.{400}.{400}', /too large/],
  ['(?:(?:.{0,30}){0,30}x)?', /too large/],
  ['a'.repeat(513), /longer than 512/],
];

for (const [text, why] of refused) {
  test(`${text.slice(0, 30)} is refused`, () => {
    const compiled = compileExpression(text);
    assert.ok(!compiled.ok);
    assert.match(compiled.problem.message, why);
  });
}

test('an expression that was compiled lately is not compiled again', () => {
  assert.equal(compileExpression('v(\\d+)-lately'), compileExpression('v(\\d+)-lately'));
});
