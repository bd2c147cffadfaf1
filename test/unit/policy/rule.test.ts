import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseRule, parseTagFilters } from '../../../src/policy/rule.ts';

for (const kind of [
  'patch',
  'minor',
  'major',
  'digest',
  'numeric',
  'alphabetical',
  'newest',
  'none',
] as const) {
  test(`${kind} is a rule`, () => assert.deepEqual(parseRule(kind), { ok: true, value: { kind } }));
}

test('a range and a pattern are kept as they were written', () => {
  assert.deepEqual(parseRule('semver:>=1.0, <2'), {
    ok: true,
    value: { kind: 'semver', range: '>=1.0, <2' },
  });
  assert.deepEqual(parseRule('glob:main-*'), { ok: true, value: { kind: 'glob', pattern: 'main-*' } });
  assert.deepEqual(parseRule('regexp:^a:b$'), { ok: true, value: { kind: 'regexp', pattern: '^a:b$' } });
  assert.deepEqual(parseRule('calver:YYYY.0M'), { ok: true, value: { kind: 'calver', pattern: 'YYYY.0M' } });
});

for (const [text, said] of [
  ['', /is not a policy/],
  ['Minor', /did you mean "minor"/],
  ['mnior', /did you mean "minor"/],
  ['semver', /is not a policy/],
  ['semver:', /something must follow/],
  ['glob:  ', /something must follow/],
  ['constructor', /is not a policy/],
  ['constructor:x', /is not a policy/],
  [':x', /is not a policy/],
  [`regexp:${'a'.repeat(513)}`, /longer than 512/],
] as const) {
  test(`${JSON.stringify(text.slice(0, 20))} is refused`, () => {
    const rule = parseRule(text);
    assert.ok(!rule.ok);
    assert.equal(rule.problem.reason, 'InvalidPolicy');
    assert.match(rule.problem.message, said);
  });
}

test('filters stand on lines of their own', () => {
  assert.deepEqual(parseTagFilters(' glob:*-alpine \n\nregexp:^v\\d+$\n'), {
    ok: true,
    value: [
      { kind: 'glob', pattern: '*-alpine' },
      { kind: 'regexp', pattern: '^v\\d+$' },
    ],
  });
});

for (const text of ['', '\n', '*-alpine', 'glob:', 'glob:a\nb']) {
  test(`${JSON.stringify(text)} is no filter`, () => assert.ok(!parseTagFilters(text).ok));
}
