import type { PolicyRule } from '../model/policy.ts';
import { ok, problem, type Result } from '../model/result.ts';
import { isStepBack } from './adoption.ts';
import { canonicalDigits, compareCodePoints, compareDigits, isDigits } from './digits.ts';
import { explicitLine } from './explicit.ts';
import { compileExpression } from './expression.ts';
import { readGroups, type Extraction } from './extract.ts';
import { compileGlob } from './glob.ts';
import { keyedRule, type Keyed } from './keyed.ts';
import { trustedTime } from './newest.ts';
import type { VersionedTag } from './prefer.ts';
import type { Rule, RuleOptions } from './rule.ts';
import { selectorOf, type Selector } from './selector.ts';
import type { FilterCheck } from './tag-filter.ts';
import { readWholeTag, versionedRule } from './versioned.ts';

type PatternPolicy = Extract<PolicyRule, { kind: 'glob' | 'regexp' }>;

/** What the author's pattern says of a tag. */
interface Pattern {
  readonly matches: (tag: string) => boolean;
  readonly extraction: Extraction | undefined;
  /** Whether the author's own expression may name commit tags. */
  readonly admitsCommits: boolean;
}

/**
 * Compiles a `glob:` or `regexp:` policy, ordered as it says; `extract` or the expression's own named groups may say
 * what is compared. Faults in either are told with their position.
 */
export function patternSelector(
  policy: PatternPolicy,
  options: RuleOptions,
  filter: FilterCheck,
): Result<Selector> {
  const compiled = compilePattern(policy, options.extract);
  if (!compiled.ok) return compiled;
  const pattern = compiled.value;
  const { order } = options;
  if (pattern.extraction?.numbered === true && order !== 'version') {
    return problem('InvalidPolicy', `groups for parts of a version need the order version, not ${order}`);
  }
  switch (order) {
    case 'version':
      return ok(selectorOf(byVersion(pattern, options), filter));
    case 'alphabetical':
      return ok(selectorOf(byText(pattern, options), filter));
    case 'numeric':
      return ok(selectorOf(byNumber(pattern, options), filter));
    case 'created':
      return ok(selectorOf(byTime(pattern, options), filter));
  }
}

function compilePattern({ kind, pattern }: PatternPolicy, extract: string | undefined): Result<Pattern> {
  const named = extract === undefined ? undefined : compileExpression(extract);
  if (named && !named.ok) return problem(named.problem.reason, `extract: ${named.problem.message}`);
  if (named && named.value.groups.length === 0) {
    return problem('InvalidPolicy', 'extract: the expression has no named group such as (?P<version>…)');
  }
  if (kind === 'glob') {
    const glob = compileGlob(pattern);
    return glob.ok ? withGroups(named?.value, { matches: glob.value, admitsCommits: false }) : glob;
  }
  const expression = compileExpression(pattern);
  if (!expression.ok) return expression;
  const grouped = expression.value.groups.length > 0;
  if (grouped && named) {
    return problem('InvalidPolicy', 'named groups belong to the policy or to extract, not to both');
  }
  const { matches } = expression.value;
  return withGroups(grouped ? expression.value : named?.value, { matches, admitsCommits: true });
}

function withGroups(
  expression: Parameters<typeof readGroups>[0] | undefined,
  pattern: Omit<Pattern, 'extraction'>,
): Result<Pattern> {
  if (!expression) return ok({ ...pattern, extraction: undefined });
  const extraction = readGroups(expression);
  return extraction.ok ? ok({ ...pattern, extraction: extraction.value }) : extraction;
}

function byVersion(
  { matches, extraction, admitsCommits }: Pattern,
  options: RuleOptions,
): Rule<VersionedTag> {
  const explicit = { precision: 'any', scheme: 'any', variant: options.variant } as const;
  return versionedRule(
    {
      admitsCommits,
      read: (tag, token) => {
        if (!matches(tag)) return 'outOfRange';
        if (extraction) return extraction.version(tag, token);
        return readWholeTag(tag, token);
      },
      compatibility: extraction?.numbered === true ? explicit : options,
      ...explicitLine(options, extraction === undefined),
    },
    options,
  );
}

function byText(pattern: Pattern, options: RuleOptions): Rule<Keyed<string>> {
  return keyedRule(
    {
      admitsCommits: pattern.admitsCommits,
      read: (tag) => {
        const extracted = extractText(pattern, tag);
        return extracted ? { key: extracted.text, variant: extracted.variant } : 'outOfRange';
      },
      compare: compareCodePoints,
      adopts: () => true,
    },
    options,
  );
}

function byNumber(pattern: Pattern, options: RuleOptions): Rule<Keyed<string>> {
  return keyedRule(
    {
      admitsCommits: pattern.admitsCommits,
      read: (tag) => {
        const extracted = extractText(pattern, tag);
        if (!extracted || !isDigits(extracted.text)) return 'outOfRange';
        return { key: canonicalDigits(extracted.text), variant: extracted.variant };
      },
      compare: compareDigits,
      adopts: (candidate, _reason, { token }) =>
        pattern.extraction !== undefined || !isStepBack(candidate, token),
    },
    options,
  );
}

function byTime(pattern: Pattern, options: RuleOptions): Rule<Keyed<number>> {
  return keyedRule(
    {
      admitsCommits: pattern.admitsCommits,
      read: (tag, _token, situation) => {
        const extracted = extractText(pattern, tag);
        if (!extracted) return 'outOfRange';
        const key = trustedTime(tag, situation);
        return key === undefined ? 'undated' : { key, variant: extracted.variant };
      },
      compare: (a, b) => a - b,
      adopts: (_candidate, reason) => reason !== 'undated',
    },
    options,
  );
}

function extractText({ matches, extraction }: Pattern, tag: string): ReturnType<Extraction['text']> {
  if (!matches(tag)) return undefined;
  return extraction ? extraction.text(tag) : { text: tag, variant: '' };
}
