import { isStepBack } from './adoption.ts';
import { canonicalDigits, compareDigits, isDigits } from './digits.ts';
import { keyedRule, type Keyed } from './keyed.ts';
import type { Rule, RuleOptions } from './rule.ts';

/** A rule for tags that are nothing but digits: the greatest number of any size. No `1e5`, no hex, no sign. */
export function numericRule(options: RuleOptions): Rule<Keyed<string>> {
  return keyedRule(
    {
      admitsCommits: false,
      read: (tag) => (isDigits(tag) ? { key: canonicalDigits(tag), variant: '' } : 'outOfRange'),
      compare: compareDigits,
      adopts: (candidate, _reason, { token }) => !isStepBack(candidate, token),
    },
    options,
  );
}
