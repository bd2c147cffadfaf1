import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compareVersions, compareWithinFamily } from '../../../src/versioning/compare.ts';
import { compareSpelling } from '../../../src/versioning/prefer.ts';
import type { Version } from '../../../src/versioning/token.ts';
import { tokenise } from '../../../src/versioning/tokenise.ts';
import { anyTag, similarTag } from './arbitrary-tags.ts';

const versions = fc
  .oneof(anyTag, similarTag)
  .map((tag) => ({ tag, version: tokenise(tag) }))
  .filter((found): found is { tag: string; version: Version } => found.version.kind === 'version');

const current = tokenise('v1.04.0.Final');

const orders = {
  compareVersions,
  compareWithinFamily,
} as const;

for (const [name, compare] of Object.entries(orders)) {
  test(`${name} is antisymmetric`, () => {
    fc.assert(
      fc.property(versions, versions, (a, b) => {
        assert.equal(Math.sign(compare(a.version, b.version)), -Math.sign(compare(b.version, a.version)) + 0);
      }),
      { numRuns: 5_000 },
    );
  });

  test(`${name} is transitive`, () => {
    fc.assert(
      fc.property(versions, versions, versions, (a, b, c) => {
        const [low, middle, high] = [a.version, b.version, c.version].toSorted(compare);
        assert.ok(low && middle && high);
        assert.ok(compare(low, middle) <= 0 && compare(middle, high) <= 0 && compare(low, high) <= 0);
        if (compare(low, middle) === 0 && compare(middle, high) === 0) assert.equal(compare(low, high), 0);
      }),
      { numRuns: 20_000 },
    );
  });
}

test('tags of equal versions still have one order, so that the choice is one', () => {
  fc.assert(
    fc.property(versions, versions, (a, b) => {
      const order = compareSpelling(a, b, current);
      assert.equal(order === 0, a.tag === b.tag);
      assert.equal(Math.sign(order), -Math.sign(compareSpelling(b, a, current)) + 0);
    }),
    { numRuns: 5_000 },
  );
});

const ascending: readonly (readonly string[])[] = [
  ['0.9', '0.10', '1', '1.0.1', '1.1', '2'],
  [
    '1.0.0-dev.1',
    '1.0.0-alpha',
    '1.0.0-alpha.1',
    '1.0.0-alpha.beta',
    '1.0.0-beta',
    '1.0.0-beta.2',
    '1.0.0-beta.11',
  ],
  ['1.0.0b2', '1.0.0-M1', '1.0.0-preview.1', '1.0.0-rc.1', '1.0.0', '1.0.0-hotfix1', '1.0.1-rc1'],
  ['1.0.0-9', '1.0.0-10', '1.0.0-10-1'],
  ['1.99999999999999999998', '1.99999999999999999999', '1.100000000000000000000'],
  ['8.9-1137', '8.10-1052.1724178568', '8.10-1052.1724178569', '8.10-1054.1'],
];

for (const tags of ascending) {
  test(`in ascending order: ${tags.join(' < ')}`, () => {
    const read = tags.map((tag) => ({ tag, version: tokenise(tag) }));
    const sorted = read.toReversed().toSorted((a, b) => {
      assert.ok(a.version.kind === 'version' && b.version.kind === 'version');
      return compareVersions(a.version, b.version);
    });
    assert.deepEqual(
      sorted.map(({ tag }) => tag),
      tags,
    );
  });
}
