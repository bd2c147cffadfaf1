import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseRange } from '../../../src/versioning/range.ts';
import { toSemVer } from '../../../src/versioning/semver.ts';
import { tokenise } from '../../../src/versioning/tokenise.ts';
import { readCases } from './cases.ts';

interface Case {
  readonly id: string;
  readonly range: string;
  readonly version: string;
  readonly includePrerelease: boolean;
  readonly expected: boolean;
}

for (const { id, range, version, includePrerelease, expected } of readCases('ranges.json', isCase)) {
  const verb = expected ? 'satisfies' : 'does not satisfy';
  const among = includePrerelease ? ' with pre-releases' : '';
  test(`case ${id}: ${version} ${verb} ${JSON.stringify(range)}${among}`, () => {
    const parsed = parseRange(range);
    const token = tokenise(version);
    const semver = token.kind === 'version' ? toSemVer(token) : undefined;
    assert.ok(semver);
    assert.equal(parsed.ok && parsed.value.admits(semver, includePrerelease), expected);
  });
}

function isCase(value: unknown): value is Case {
  return (
    typeof value === 'object' &&
    value !== null &&
    'range' in value &&
    'version' in value &&
    'expected' in value
  );
}
