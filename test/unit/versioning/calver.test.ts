import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileCalver } from '../../../src/versioning/calver-pattern.ts';
import { selectTag } from '../../../src/versioning/select.ts';
import { policyOf } from './policies.ts';

const read: readonly (readonly [pattern: string, tag: string, components: string | undefined])[] = [
  ['YYYY.0M.MICRO', '2024.07.1', '2024.7.1'],
  ['YYYY.0M.MICRO', '2024.7.1', undefined],
  ['YYYY.MM.MICRO', '2024.07.1', undefined],
  ['YYYY.0M.MICRO', '2024.13.0', undefined],
  ['YYYY.0M.MICRO', '2024.07.1.5', undefined],
  ['YYYY0M0D', '20240229', '2024.2.29'],
  ['YYYY0M0D', '20230229', undefined],
  ['0D.0M.YYYY', '21.07.2024', '2024.7.21'],
  ['YY.MINOR', '24.100', '2024.100'],
  ['0Y.0M', '24.04', '2024.4'],
  ['YYYY.WW', '2024.53', '2024.53'],
  ['YYYY.0W', '2024.54', undefined],
  ['release-YYYY.MICRO', 'release-2024.99999999999999999999', '2024.99999999999999999999'],
  ['YYYY.MICRO', '1024.1', undefined],
];

for (const [pattern, tag, components] of read) {
  test(`${tag} under ${pattern} is ${components ?? 'no version'}`, () => {
    const compiled = compileCalver(pattern);
    assert.ok(compiled.ok);
    assert.equal(compiled.value(tag, 0)?.components.join('.'), components);
  });
}

const refused: readonly (readonly [pattern: string, character: number, why: RegExp])[] = [
  ['MAJOR.YYYY', 1, /begins no token/],
  ['YYYY.X', 6, /begins no token/],
  ['YYYY.MICROMINOR', 11, /fixed width/],
  ['YYYY.YY', 6, /two tokens for the year/],
  ['MINOR.MICRO', 1, /no year/],
  ['YYYY.DD', 1, /day but no month/],
  ['YYYY.MM.WW', 1, /month and a week/],
];

for (const [pattern, character, why] of refused) {
  test(`${pattern} is refused at character ${character}`, () => {
    const compiled = compileCalver(pattern);
    assert.ok(!compiled.ok);
    assert.match(compiled.problem.message, new RegExp(`at character ${character}: `));
    assert.match(compiled.problem.message, why);
  });
}

const chosen: readonly (readonly [current: string, tags: readonly string[], choice: string | undefined])[] = [
  ['v2024.07.1', ['2024.08.0', 'v2024.08.0'], 'v2024.08.0'],
  ['2024.07.1-alpine', ['2024.08.0', '2024.07.2-alpine'], '2024.07.2-alpine'],
  ['latest', ['2024.07.2', '2024.08.0-rc1'], '2024.07.2'],
  ['1.2.3', ['2024.07.2'], '2024.07.2'],
  ['2024.9.1', ['2024.08.0'], undefined],
];

for (const [current, tags, choice] of chosen) {
  test(`from ${current}, of ${tags.join(' and ')}, YYYY.0M.MICRO chooses ${choice ?? 'nothing'}`, () => {
    const selected = selectTag({ current, tags, policy: policyOf('calver:YYYY.0M.MICRO') });
    assert.equal(selected.ok && selected.value.choice, choice);
  });
}
