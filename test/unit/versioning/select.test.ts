import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SelectionPolicy } from '../../../src/model/policy.ts';
import {
  checkPolicy,
  explainTags,
  selectTag,
  type Selection,
  type SelectionRequest,
} from '../../../src/versioning/select.ts';
import { filterOf, policyOf } from './policies.ts';

function choose(request: SelectionRequest): Selection {
  const selected = selectTag(request);
  assert.ok(selected.ok, selected.ok ? '' : selected.problem.message);
  return selected.value;
}

test('every tag has exactly one reason', () => {
  const policy = policyOf('minor', {
    ignoreTags: [filterOf('glob:*-broken')],
    allowTags: [filterOf('regexp:[^_]+'), filterOf('glob:release_*')],
  });
  const expected = {
    '1.2.3': 'current',
    '1.4.0': 'chosen',
    '1.3.0': 'notNewer',
    '1.2.2': 'notNewer',
    '2.0.0': 'level',
    '1.5.0-rc.1': 'prerelease',
    '1.5.0-alpine': 'variant',
    '1.5': 'precision',
    '1.5.0-1': 'build',
    '900.0.0': 'tooFar',
    '2024.1.0': 'scheme',
    'release_1.5.0': 'prefix',
    latest: 'word',
    a1b2c3d: 'commit',
    '1.5.0.sig': 'artefact',
    '1.5.0+1': 'illegal',
    '1.5.0-broken': 'ignored',
    '1.5.0_x': 'notAllowed',
  };
  const explained = explainTags({ current: '1.2.3', policy, tags: Object.keys(expected) });
  assert.ok(explained.ok);
  assert.deepEqual(Object.fromEntries(explained.value.reasons), expected);
  assert.equal(explained.value.selection.counts.notNewer, 2);
});

test('latest names the newest compatible tag beyond the level or the range', () => {
  const tags = ['1.2.3', '1.2.4', '2.0.0', '3.0.0-rc.1', '3.0.0-alpine', '2024.1.0'];
  const latest = (policy: SelectionPolicy, current = '1.2.3') => choose({ current, policy, tags }).latest;
  assert.equal(latest(policyOf('patch')), '2.0.0');
  assert.equal(latest(policyOf('digest')), '2.0.0');
  assert.equal(latest(policyOf('semver:^1.0')), '2.0.0');
  assert.equal(latest(policyOf('major'), '2.0.0'), '2.0.0');
  assert.equal(latest(policyOf('major'), '3.0.0'), undefined);
});

test('what the caller refuses gives way to the next best tag, and is asked from the best downwards', () => {
  const asked: string[] = [];
  const selection = choose({
    current: '1.0.0',
    policy: policyOf('minor'),
    tags: ['1.1.0', '1.4.0', '1.2.0', '1.3.0'],
    refuse: (tag) => {
      asked.push(tag);
      return tag === '1.4.0' ? 'tooYoung' : tag === '1.3.0' ? 'rejected' : undefined;
    },
  });
  assert.deepEqual(asked, ['1.4.0', '1.3.0', '1.2.0']);
  assert.equal(selection.choice, '1.2.0');
  assert.equal(selection.latest, '1.4.0');
  assert.deepEqual(selection.counts, { tooYoung: 1, rejected: 1, notNewer: 1 });
});

test('a tag that is listed twice counts once', () => {
  const { counts } = choose({ current: '1.0.0', policy: policyOf('minor'), tags: ['2.0.0', '2.0.0'] });
  assert.deepEqual(counts, { level: 1 });
});

interface Choice {
  readonly why: string;
  readonly policy: SelectionPolicy;
  readonly current: string;
  readonly tags: readonly string[];
  readonly choice: string | undefined;
}

const choices: readonly Choice[] = [
  {
    why: 'strict-zero refuses a minor step below 1.0 and allows a patch',
    policy: policyOf('minor', { strictZero: true }),
    current: '0.9.7',
    tags: ['0.10.0', '0.9.8'],
    choice: '0.9.8',
  },
  {
    why: 'a rebuild of another numbering is no rebuild of this one',
    policy: policyOf('patch'),
    current: '17.0.8_7',
    tags: ['17.0.8-9', '17.0.8_8'],
    choice: '17.0.8_8',
  },
  {
    why: 'prerelease: false leaves a pre-release only for a stable version',
    policy: policyOf('major', { prerelease: 'false' }),
    current: '1.2.0-rc.1',
    tags: ['1.2.0-rc.2', '1.2.0'],
    choice: '1.2.0',
  },
  {
    why: 'a date with a time and one without are two numberings',
    policy: policyOf('major'),
    current: '20240601',
    tags: ['20240101000000', '20240602'],
    choice: '20240602',
  },
  {
    why: 'a level never moves from a branch and commit to another commit with larger digits',
    policy: policyOf('major'),
    current: 'main-abc1234',
    tags: ['main-abc1235', 'main-abc9999'],
    choice: undefined,
  },
  {
    why: 'ties keep the padding and the final word of the current tag',
    policy: policyOf('major'),
    current: '18.04.0.Final',
    tags: ['20.4.0.Final', '20.04.0', '20.04.0.Final'],
    choice: '20.04.0.Final',
  },
  {
    why: 'semver adopts the variant that a word names',
    policy: policyOf('semver:^1.27'),
    current: 'stable-alpine',
    tags: ['1.27.5', '1.27.4-alpine', '1.27.6-slim'],
    choice: '1.27.4-alpine',
  },
  {
    why: 'semver adopts the plain image from a word that names no variant',
    policy: policyOf('semver:*'),
    current: 'latest',
    tags: ['1.0.0-alpine', '1.0.0-rc.1', '0.9.0', '1.1', '20240101'],
    choice: '0.9.0',
  },
  {
    why: 'semver does not go down into its range',
    policy: policyOf('semver:^1.0'),
    current: '2.1.0',
    tags: ['1.9.0'],
    choice: undefined,
  },
  {
    why: 'semver takes as many numbers as the current tag has',
    policy: policyOf('semver:^1.2'),
    current: '1.2',
    tags: ['1.3.1', '1.4', '2.0'],
    choice: '1.4',
  },
  {
    why: 'a leading zero or a number beyond SemVer is no reason to fail',
    policy: policyOf('semver:>=1.0.0'),
    current: '1.0.0',
    tags: ['1.0.99999999999999999999', '01.2.0'],
    choice: '01.2.0',
  },
  {
    why: 'a glob keeps variant and precision where the current tag matches it',
    policy: policyOf('glob:1.*'),
    current: '1.5-alpine',
    tags: ['1.6', '1.6.1-alpine', '1.6-alpine', '1.7-rc1-alpine'],
    choice: '1.6-alpine',
  },
  {
    why: 'a glob is adopted, but not as a step back',
    policy: policyOf('glob:1.*'),
    current: '2.0.0',
    tags: ['1.9.0'],
    choice: undefined,
  },
  {
    why: 'a glob is adopted with the variant of the current tag if there is a choice',
    policy: policyOf('glob:2.*'),
    current: '1.0.0-alpine',
    tags: ['2.1.0', '2.0.0-alpine'],
    choice: '2.0.0-alpine',
  },
  {
    why: 'a glob never chooses a commit',
    policy: policyOf('glob:*', { order: 'alphabetical' }),
    current: 'a',
    tags: ['sha-abcdef0', 'deadbeef', 'b'],
    choice: 'b',
  },
  {
    why: 'a regexp is the author naming commits',
    policy: policyOf('regexp:(?P<version>\\d+\\.\\d+\\.\\d+)-\\d+-g[0-9a-f]{7}'),
    current: '1.2.3-4-gabcdef0',
    tags: ['1.2.4-1-g0abcdef', '1.2.5'],
    choice: '1.2.4-1-g0abcdef',
  },
  {
    why: 'groups order a tag by its parts, and the variant stays',
    policy: policyOf('regexp:(?P<variant>\\w+)-v(?P<major>\\d+)_(?P<minor>\\d+)(?:(?P<prerelease>rc\\d+))?'),
    current: 'web-v1_9',
    tags: ['web-v1_10', 'api-v3_0', 'web-v2_0rc1'],
    choice: 'web-v1_10',
  },
  {
    why: 'compatibility is another word for variant',
    policy: policyOf('regexp:(?P<major>\\d+)(?P<compatibility>.*)'),
    current: '1-a',
    tags: ['2-b', '2-a'],
    choice: '2-a',
  },
  {
    why: 'extract says what a glob orders by',
    policy: policyOf('glob:main-*', { extract: 'main-\\w+-(?P<version>\\d+)', order: 'numeric' }),
    current: 'main-x-9',
    tags: ['main-y-10', 'main-a-2', 'main-12'],
    choice: 'main-y-10',
  },
  {
    why: 'numbers of any size are compared exactly',
    policy: policyOf('numeric'),
    current: '9007199254740993',
    tags: ['9007199254740992', '9007199254740994', '1e99', '0xff', 'NaN'],
    choice: '9007199254740994',
  },
  {
    why: 'numeric is adopted, but not as a step back',
    policy: policyOf('numeric'),
    current: 'v200',
    tags: ['100'],
    choice: undefined,
  },
  {
    why: 'alphabetical passes words over unless they were asked for',
    policy: policyOf('alphabetical'),
    current: '2024-01-01',
    tags: ['latest', '2024-01-02'],
    choice: '2024-01-02',
  },
  {
    why: 'alphabetical follows words from a word',
    policy: policyOf('alphabetical'),
    current: 'blue',
    tags: ['azure', 'green'],
    choice: 'green',
  },
  {
    why: 'policy none chooses nothing',
    policy: policyOf('none'),
    current: '1.0.0',
    tags: ['1.0.1'],
    choice: undefined,
  },
];

for (const { why, policy, current, tags, choice } of choices) {
  test(why, () => {
    assert.equal(choose({ current, policy, tags }).choice, choice);
  });
}

const invalid: readonly (readonly [policy: SelectionPolicy, why: RegExp])[] = [
  [policyOf('semver:latest'), /^the range cannot be read at character 1/],
  [policyOf('calver:FOO'), /^the calendar pattern cannot be read at character 1/],
  [policyOf('glob:['), /^the glob cannot be read at character 1/],
  [policyOf('regexp:('), /^the expression cannot be read/],
  [policyOf('regexp:(?P<mayor>\\d+)'), /the group "mayor" has no meaning/],
  [policyOf('regexp:(?P<minor>\\d+)'), /"major" is missing/],
  [policyOf('regexp:(?P<major>\\d+)(?P<version>.*)'), /cannot stand beside/],
  [policyOf('regexp:(?P<major>\\d)(?P<variant>a)(?P<compatibility>b)'), /the same thing/],
  [policyOf('regexp:(?P<major>\\d+)', { order: 'numeric' }), /need the order version/],
  [policyOf('regexp:(?P<major>\\d+)', { extract: '(?P<major>.*)' }), /not to both/],
  [policyOf('glob:*', { extract: '(.*)' }), /^extract: .*no named group/],
  [policyOf('glob:*', { extract: '(?=x)' }), /^extract: /],
  [policyOf('minor', { order: 'numeric' }), /order belongs to/],
  [policyOf('minor', { extract: '(?P<version>.*)' }), /extract belongs to/],
  [policyOf('minor', { allowTags: [filterOf('glob:{a')] }), /^allow-tags glob:\{a: .*at character 1/],
  [policyOf('minor', { ignoreTags: [filterOf('regexp:a{2000}')] }), /^ignore-tags regexp:a\{2000\}: /],
];

for (const [policy, why] of invalid) {
  test(`a policy that cannot be understood is refused before any tag is seen: ${why.source}`, () => {
    const checked = checkPolicy(policy);
    assert.ok(!checked.ok);
    assert.equal(checked.problem.reason, 'InvalidPolicy');
    assert.match(checked.problem.message, why);
    assert.doesNotMatch(checked.problem.message, /\n/);
  });
}
