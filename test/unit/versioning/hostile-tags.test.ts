import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { isFloating } from '../../../src/versioning/floating.ts';
import { splitTail } from '../../../src/versioning/segment.ts';
import { compileSelection } from '../../../src/versioning/select.ts';
import { policyOf } from './policies.ts';

const source = new URL('../../../src/versioning/', import.meta.url);
const fillers = [
  '_',
  '-',
  '.',
  '0',
  '9',
  'a',
  'f',
  'g',
  'v',
  'Z',
  '1-',
  '1.',
  '.1',
  '-1-g',
  'rc',
  'rc.',
  '-rc1',
  '-b1',
];
const more = [
  'u1',
  '-alpha.beta',
  '20240101',
  '-20240101',
  '2024-01-01',
  '2024-01-01T',
  'sha256-',
  '.sig',
  'k3s',
  '0x',
];
const heads = ['', 'v', '1', '1.2.3', '1.2.3-', 'sha256-', '20240101T', 'a'];
const tails = ['', '!', '-', 'g', '1'];

/** Legal and almost legal tags of 128 characters that repeat something up to the last character. */
const hostile = heads.flatMap((head) =>
  [...fillers, ...more].flatMap((filler) =>
    tails.map((tail) => (head + filler.repeat(128)).slice(0, 128 - tail.length) + tail),
  ),
);

test('no built-in expression repeats a group, so none can take more than linear time on a tag', () => {
  const files = readdirSync(source).filter((name) => name.endsWith('.ts'));
  for (const name of files) {
    const text = readFileSync(fileURLToPath(new URL(name, source)), 'utf8');
    const literals =
      text.match(/(?<=[=(:&|,\s])\/(?![/*])(?:\\.|\[[^\]\n]*\]|[^/\n\\[])+\/[a-z]*(?=[.;,)\s])/g) ?? [];
    for (const literal of literals)
      assert.doesNotMatch(literal, /\)(?:[*+]|\{\d+,\})/, `${name}: ${literal}`);
  }
});

test('the tail of a version is read in one pass over a bounded number of pieces that make up the whole', () => {
  for (const tag of hostile) {
    const pieces = splitTail(tag);
    assert.ok(pieces.length <= 16);
    assert.equal(pieces.map(({ delimiter, text }) => delimiter + text).join(''), tag);
  }
});

const policies = [
  'major',
  'semver:>=0',
  'calver:YYYY.0M',
  'glob:*',
  'glob:*1*1*1*1*a*1*1*1*!'.slice(0, -1),
  'numeric',
];

for (const text of [...policies, 'regexp:(?:a*)*b', 'alphabetical']) {
  test(`${text} judges every hostile tag, and every one has its reason`, { timeout: 30_000 }, () => {
    const selector = compileSelection(policyOf(text, { precision: 'any', variant: 'family', scheme: 'any' }));
    assert.ok(selector.ok);
    const { reasons } = selector.value.explain({ current: '1.2.3', tags: hostile });
    assert.equal(reasons.size, new Set(hostile).size);
  });
}

test('a hostile current tag is judged as well', { timeout: 30_000 }, () => {
  const selector = compileSelection(policyOf('major'));
  assert.ok(selector.ok);
  for (const current of hostile) {
    assert.equal(typeof isFloating(current), 'boolean');
    const { choice } = selector.value.select({ current, tags: ['1.2.3', '2.0.0'] });
    assert.ok(choice === undefined || choice === '2.0.0');
  }
});

test('each tag of a long list is tokenised and judged once, so that the cost grows with the list only', () => {
  let judged = 0;
  const selector = compileSelection(policyOf('major'));
  assert.ok(selector.ok);
  const tags = Array.from({ length: 20_000 }, (_, index) => `1.${index % 100}.${index}`);
  const refuse = () => {
    judged += 1;
    return undefined;
  };
  const { choice } = selector.value.select({ current: '1.0.0', tags, refuse });
  assert.equal(choice, '1.99.19999');
  assert.equal(judged, 1);
});
