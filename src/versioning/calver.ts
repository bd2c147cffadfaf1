import { ok, type Result } from '../model/result.ts';
import { compileCalver } from './calver-pattern.ts';
import { holdsHash } from './commit.ts';
import { explicitLine } from './explicit.ts';
import type { VersionedTag } from './prefer.ts';
import type { Rule, RuleOptions } from './rule.ts';
import { readTail } from './tail.ts';
import { versionedRule } from './versioned.ts';

/**
 * A rule for calendar versions of a pattern such as `YYYY.0M.MICRO`. A leading `v` is tolerated; what follows the
 * pattern is read as after any version: pre-release, rebuild number, variant.
 */
export function calverRule(pattern: string, options: RuleOptions): Result<Rule<VersionedTag>> {
  const compiled = compileCalver(pattern);
  if (!compiled.ok) return compiled;
  const spellsV = pattern.startsWith('v');
  return ok(
    versionedRule(
      {
        admitsCommits: false,
        read: (tag) => {
          const prefix = !spellsV && /^[vV]/.test(tag) ? tag.charAt(0) : '';
          const match = compiled.value(tag, prefix.length);
          if (!match) return 'outOfRange';
          const { components, end } = match;
          const tail = readTail(tag.slice(end), { rebuilds: true, pairs: false });
          const hash = holdsHash(tail.variant);
          return { kind: 'version', prefix, components, padded: false, scheme: 'year', ...tail, hash };
        },
        compatibility: { ...options, scheme: 'any' },
        ...explicitLine(options, true),
      },
      options,
    ),
  );
}
