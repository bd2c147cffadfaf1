import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { SelectionPolicy } from '../../../src/model/policy.ts';
import { believable } from '../../../src/versioning/newest.ts';
import { checkPolicy, explainTags } from '../../../src/versioning/select.ts';
import { policyOf } from './policies.ts';

interface Example {
  readonly policy: string;
  readonly options?: Partial<SelectionPolicy>;
  readonly current: string;
  /** What becomes of each tag. */
  readonly tags: Readonly<Record<string, string>>;
}

const byNumber = { order: 'numeric' } as const;

/** One sentence of the rules each, with tags of which another rule would choose another one. */
const examples: Readonly<Record<string, Example>> = {
  'a hotfix counts before a rebuild': {
    policy: 'major',
    current: '1.2.3-hotfix1-r1',
    tags: { '1.2.3-hotfix1-r9': 'notNewer', '1.2.3-hotfix2-r1': 'chosen' },
  },
  'of equal versions the one with the final word of the present tag is taken': {
    policy: 'major',
    current: '1.0.0.Final',
    tags: { '1.0.1': 'notNewer', '1.0.1.Final': 'chosen', '1.0.1.GA': 'notNewer' },
  },
  'of equal versions the one with more numbers is taken, whatever its spelling': {
    policy: 'major',
    options: { precision: 'any', prerelease: 'true' },
    current: '1.0-rc1',
    tags: { '2.0_rc1': 'notNewer', '2.0.0-rc1': 'chosen' },
  },
  'what an expression calls the variant must stay under every order': {
    policy: 'regexp:(?P<version>\\d+)-(?P<variant>[a-z]+)',
    options: byNumber,
    current: '1-alpine',
    tags: { '3-slim': 'variant', '2-alpine': 'chosen' },
  },
  'a tag of another numbering outside of the pattern does not keep the pattern from being taken up': {
    policy: 'glob:v1.*',
    current: '20240101',
    tags: { 'v1.5': 'chosen' },
  },
  'the same version outside of the pattern is no reason to move': {
    policy: 'glob:v1.*',
    current: '1.2.3',
    tags: { 'v1.2.3': 'notNewer' },
  },
  'a pattern that a commit matches orders no commits, and leaves none': {
    policy: 'glob:*',
    current: 'a1b2c3d',
    tags: { '1.0.0': 'commit', b2c3d4e: 'commit' },
  },
  'a range with a pre-release admits none where prerelease is false': {
    policy: 'semver:>=1.0.0-0',
    options: { prerelease: 'false' },
    current: '1.0.0',
    tags: { '1.1.0-rc.1': 'prerelease', '1.0.1': 'chosen' },
  },
  'a range without a pre-release admits them where prerelease is true': {
    policy: 'semver:^1.0',
    options: { prerelease: 'true' },
    current: '1.0.0',
    tags: { '1.1.0-rc.1': 'chosen', '2.0.0-rc.1': 'outOfRange' },
  },
  'a word is replaced by no version behind another word': {
    policy: 'semver:*',
    current: 'stable',
    tags: { 'release-2.0.0': 'prefix', 'v1.0.0': 'chosen' },
  },
  'a word is replaced by its own kind of image, or by the plain one': {
    policy: 'semver:*',
    current: 'stable-alpine',
    tags: { '2.0.0-slim': 'variant', '1.9.0': 'notNewer', '1.8.0-alpine': 'chosen' },
  },
  'from what is stored beside an image nothing moves': {
    policy: 'glob:*',
    options: { order: 'alphabetical' },
    current: '1.0.0.sig',
    tags: { '2.0.0': 'artefact' },
  },
  'a pre-release that nobody knows comes before those that are known': {
    policy: 'regexp:(?P<major>\\d+)\\.(?P<minor>\\d+)(?:-(?P<prerelease>.+))?',
    current: '1.0-wip1',
    tags: { '1.0-wip2': 'notNewer', '1.0-alpha1': 'chosen' },
  },
};

suite('the rules', () => {
  for (const [rule, { policy, options = {}, current, tags }] of Object.entries(examples)) {
    test(rule, () => {
      const explained = explainTags({ current, policy: policyOf(policy, options), tags: Object.keys(tags) });
      assert.ok(explained.ok, explained.ok ? '' : explained.problem.message);
      assert.deepEqual(Object.fromEntries(explained.value.reasons), tags);
    });
  }

  for (const [kind, longest] of [
    ['glob', `1${'*'.repeat(511)}`],
    ['regexp', `${'(?i)'.repeat(127)}abcd`],
    ['semver', `1${' '.repeat(511)}`],
  ] as const) {
    test(`${kind}: takes 512 characters and not one more`, () => {
      assert.equal(longest.length, 512);
      assert.deepEqual(checkPolicy(policyOf(`${kind}:${longest}`)), { ok: true, value: undefined });
      const beyond = checkPolicy(policyOf(`${kind}:${longest}1`));
      assert.match(beyond.ok ? '' : beyond.problem.message, /is longer than 512 characters/);
    });
  }

  test('times are believed from 1990 on, and up to a day ahead of the clock', () => {
    const now = Date.parse('2026-06-01T00:00:00Z');
    const known = (time: string) => believable(time, now) !== undefined;
    assert.deepEqual(['1989-12-31T23:59:59Z', '1990-01-01T00:00:00Z'].map(known), [false, true]);
    assert.deepEqual(['2026-06-02T00:00:00Z', '2026-06-02T00:00:01Z'].map(known), [true, false]);
  });
});
