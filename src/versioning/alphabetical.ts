import { compareCodePoints } from './digits.ts';
import { keyedRule, type Keyed } from './keyed.ts';
import type { Rule, RuleOptions } from './rule.ts';

/**
 * A rule that takes the last tag by code point. Letters come after digits, so words such as `latest` count only where
 * the current tag is a word too, or where `allow-tags` names them.
 */
export function alphabeticalRule(options: RuleOptions): Rule<Keyed<string>> {
  return keyedRule(
    {
      admitsCommits: false,
      read: (tag, token, situation) => {
        const stray =
          token.kind === 'word' && situation.token.kind !== 'word' && options.allowTags.length === 0;
        return stray ? 'word' : { key: tag, variant: '' };
      },
      compare: compareCodePoints,
      adopts: () => true,
    },
    options,
  );
}
