import { isStepBack } from './adoption.ts';
import { admitsPrerelease } from './prerelease.ts';
import { unfit, type RuleOptions } from './rule.ts';
import type { VersionLine } from './versioned.ts';

/**
 * What the rules of an explicit pattern (`calver:`, `glob:`, `regexp:`) have in common: they adopt the best tag from
 * a word or from outside the pattern, stable ones unless asked otherwise, and never a step back. `wholeTags` says
 * that versions are those of whole tags, so that a tag outside the pattern can be compared with one inside.
 */
export function explicitLine(
  { prerelease }: RuleOptions,
  wholeTags: boolean,
): Pick<VersionLine, 'refusesAdoption' | 'draw'> {
  return {
    refusesAdoption: ({ token }, situation, why) => {
      if (why === 'commit') return why;
      return wholeTags && isStepBack(token, situation.token) ? 'notNewer' : undefined;
    },
    draw: (value, own) =>
      admitsPrerelease(value.version, own, prerelease) ? { kind: 'fit', value } : unfit('prerelease'),
  };
}
