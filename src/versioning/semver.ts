import { parse, type SemVer } from 'semver';
import { ok, type Result } from '../model/result.ts';
import { affinity } from './adoption.ts';
import type { VersionedTag } from './prefer.ts';
import { admitsPrerelease } from './prerelease.ts';
import { parseRange, type VersionRange } from './range.ts';
import type { RejectReason } from './reject-reason.ts';
import { unfit, type Rule, type RuleOptions, type Situation, type Verdict } from './rule.ts';
import type { Version } from './token.ts';
import { prefixClass } from './tokenise.ts';
import { readWholeTag, versionedRule } from './versioned.ts';

/** How many numbers a version has by SemVer 2.0.0. */
const semverComponents = 3;

/**
 * A rule that follows versions within a constraint. Prefix, variant and rebuild number are not part of the version
 * that the constraint is tested on; they must agree with the current tag, or with the word that is replaced.
 */
export function semverRule(text: string, options: RuleOptions): Result<Rule<VersionedTag>> {
  const range = parseRange(text);
  if (!range.ok) return range;
  const rule = versionedRule(
    {
      admitsCommits: false,
      read: readWholeTag,
      compatibility: options,
      refusesAdoption: ({ version }, situation) => unadoptable(version, situation, options),
      draw: (candidate, own) => judgeRange(range.value, candidate, own, options),
    },
    options,
  );
  return ok(rule);
}

/** The release numbers and the pre-release of a version, padded to three; undefined beyond what SemVer can hold. */
export function toSemVer({ components, prerelease }: Version): SemVer | undefined {
  const [major = '0', minor = '0', patch = '0'] = components;
  const suffix = prerelease === undefined ? '' : `-${prerelease.text}`;
  return parse(`${major}.${minor}.${patch}${suffix}`) ?? undefined;
}

/** Why a word may not be replaced by a version, whatever the range. */
function unadoptable(version: Version, situation: Situation, options: RuleOptions): RejectReason | undefined {
  const { length } = version.components;
  if (prefixClass(version.prefix) !== '') return 'prefix';
  const precise = options.precision === 'any' ? length <= semverComponents : length === semverComponents;
  if (!precise) return 'precision';
  return affinity(version, situation, options) < 0 ? 'variant' : undefined;
}

/** The range decides on pre-releases, except that `prerelease: false` forbids and `true` opens them. */
function judgeRange(
  range: VersionRange,
  value: VersionedTag,
  own: Version | undefined,
  { prerelease }: RuleOptions,
): Verdict<VersionedTag> {
  const { version } = value;
  const stable = version.prerelease === undefined;
  if (!stable && prerelease === 'false') return unfit('prerelease');
  const semver = toSemVer(version);
  if (!semver) return unfit('outOfRange');
  if (range.admits(semver, prerelease === 'true')) return { kind: 'fit', value };
  if (!stable && range.admits(semver, true)) return unfit('prerelease');
  return admitsPrerelease(version, own, prerelease)
    ? { kind: 'beyond', value, reason: 'outOfRange' }
    : unfit('outOfRange');
}
