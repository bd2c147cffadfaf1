import type { PolicyRule } from '../model/policy.ts';
import { firstDifference } from './compare.ts';
import type { VersionedTag } from './prefer.ts';
import { admitsPrerelease } from './prerelease.ts';
import { unfit, type Rule, type RuleOptions } from './rule.ts';
import type { Version } from './token.ts';
import { readWholeTag, versionedRule } from './versioned.ts';

/** The rules that say how large a step may be; `digest` and `none` admit no step. */
export type Level = Extract<PolicyRule['kind'], 'patch' | 'minor' | 'major' | 'digest' | 'none'>;

/** A rule that follows versions up to a level. A current tag without a version is never replaced. */
export function levelRule(level: Level, options: RuleOptions): Rule<VersionedTag> {
  return versionedRule(
    {
      admitsCommits: false,
      read: readWholeTag,
      compatibility: options,
      refusesAdoption: (_candidate, _situation, why) => why,
      draw: (candidate, own) => {
        const { version } = candidate;
        if (!admitsPrerelease(version, own, options.prerelease)) return unfit('prerelease');
        return own && admitsStep(level, version, own, options)
          ? { kind: 'fit', value: candidate }
          : { kind: 'beyond', value: candidate, reason: 'level' };
      },
    },
    options,
  );
}

/** Whether a level admits the step to a newer version; one that changes no release number is of every level. */
function admitsStep(level: Level, to: Version, from: Version, { strictZero }: RuleOptions): boolean {
  if (level === 'digest' || level === 'none') return false;
  const index = firstDifference(to, from);
  if (level === 'major' || index === undefined || index >= 2) return true;
  const breaking = strictZero && from.components[0] === '0';
  return level === 'minor' && index === 1 && !breaking;
}
