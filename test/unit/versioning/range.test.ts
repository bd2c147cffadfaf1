import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'semver';
import { parseRange } from '../../../src/versioning/range.ts';

const refused: readonly (readonly [range: string, character: number, why: RegExp])[] = [
  ['latest', 1, /a version such as/],
  ['>= bar', 4, /a version such as/],
  ['1.2.3.4', 6, /must follow/],
  ['1.x.3', 1, /no number may follow a wildcard/],
  ['>=1.0 || ', 10, /must stand here/],
  ['|| 1.0', 1, /must stand here/],
  ['>=1.0,', 7, /must follow the comma/],
  ['1.0,,2.0', 5, /a version such as/],
  ['>=1.1<2', 6, /must follow/],
  ['^1.0 && 2', 6, /a version such as/],
  ['>=1 - 2', 1, /takes no operator/],
  ['1.0 -2', 5, /a version such as/],
  ['1.0.0-beta.01', 1, /no version by SemVer/],
  ['~99999999999999999999', 1, /too large/],
  ['<*', 1, /excludes every version/],
  ['^1.0 (beta)', 6, /a version such as/],
];

for (const [range, character, why] of refused) {
  test(`${JSON.stringify(range)} is refused at character ${character}`, () => {
    const parsed = parseRange(range);
    assert.ok(!parsed.ok);
    assert.equal(parsed.problem.reason, 'InvalidPolicy');
    assert.match(parsed.problem.message, new RegExp(`at character ${character}: `));
    assert.match(parsed.problem.message, why);
  });
}

test('a range longer than 512 characters is refused', () => {
  assert.equal(parseRange('1.0 || '.repeat(80)).ok, false);
});

const decided: readonly (readonly [range: string, admits: string, refuses: string])[] = [
  ['>=1.2, <2.0', '1.9.9', '2.0.0'],
  ['>=1.2 <2.0', '1.2.0', '1.1.9'],
  ['=> 1.2', '1.2.0', '1.1.9'],
  ['~> 1.2', '1.2.9', '1.3.0'],
  ['v1.x', '1.9.0', '2.0.0'],
  ['01.2', '1.2.3', '1.3.0'],
  ['1.2 - 1.4', '1.4.9', '1.5.0'],
  ['^*', '7.0.0', '7.0.0-rc.1'],
  ['>=1.0.0-0', '2.1.0-rc.1', '0.9.0'],
  ['<2.0.0-0 || >=3', '1.9.9-rc.1', '3.1.0-rc.1'],
  ['>1.2', '1.3.0', '1.2.9'],
  ['<=1.2', '1.2.9', '1.3.0'],
  ['!=1.2.3', '1.2.4', '1.2.3'],
];

for (const [range, admits, refuses] of decided) {
  test(`${range} admits ${admits} and refuses ${refuses}`, () => {
    const parsed = parseRange(range);
    assert.ok(parsed.ok);
    assert.deepEqual(
      [admits, refuses].map((text) => {
        const version = parse(text);
        assert.ok(version);
        return parsed.value.admits(version, false);
      }),
      [true, false],
    );
  });
}
