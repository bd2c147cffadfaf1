import type { PolicyRule, TagFilter } from '../model/policy.ts';
import { ok, problem, type Result } from '../model/result.ts';
import { closest } from './closest.ts';

const plainRules = [
  'patch',
  'minor',
  'major',
  'digest',
  'numeric',
  'alphabetical',
  'newest',
  'none',
] as const;
const argumentRules = ['semver', 'calver', 'glob', 'regexp'] as const;

/** The most characters that a range, pattern or expression may have. */
export const patternLimit = 512;

/** Reads the value of `plimsoll.dev/policy`. Patterns and ranges are checked later, where they are compiled. */
export function parseRule(text: string): Result<PolicyRule> {
  const plain = plainRules.find((kind) => kind === text);
  if (plain) return ok({ kind: plain });

  const colon = text.indexOf(':');
  const kind = argumentRules.find((rule) => rule === text.slice(0, Math.max(0, colon)));
  if (!kind) {
    const known = [...plainRules, ...argumentRules.map((rule) => `${rule}:…`)];
    const hint = closest(text, known) || `; known are ${known.join(', ')}`;
    return problem('InvalidPolicy', `is not a policy${hint}`);
  }
  const argument = text.slice(colon + 1);
  const fault = argumentFault(argument);
  if (fault) return problem('InvalidPolicy', `${kind}: ${fault}`);
  if (kind === 'semver') return ok({ kind, range: argument });
  return ok({ kind, pattern: argument });
}

/** Reads `allow-tags` and `ignore-tags`: `glob:…` or `regexp:…`, several on lines of their own. */
export function parseTagFilters(text: string): Result<readonly TagFilter[]> {
  const filters: TagFilter[] = [];
  for (const line of text.split('\n').map((part) => part.trim())) {
    if (line === '') continue;
    const kind = line.startsWith('glob:') ? 'glob' : line.startsWith('regexp:') ? 'regexp' : undefined;
    if (!kind) return problem('InvalidPolicy', `each line must begin with "glob:" or "regexp:"`);
    const pattern = line.slice(kind.length + 1);
    const fault = argumentFault(pattern);
    if (fault) return problem('InvalidPolicy', `${kind}: ${fault}`);
    filters.push({ kind, pattern });
  }
  return filters.length > 0 ? ok(filters) : problem('InvalidPolicy', 'holds no filter');
}

function argumentFault(argument: string): string | undefined {
  if (argument.trim() === '') return 'something must follow the colon';
  if (argument.length > patternLimit) return `is longer than ${patternLimit} characters`;
  return undefined;
}
