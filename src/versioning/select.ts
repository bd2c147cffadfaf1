import type { SelectionPolicy } from '../model/policy.ts';
import { ok, problem, type Result } from '../model/result.ts';
import { alphabeticalRule } from './alphabetical.ts';
import { calverRule } from './calver.ts';
import { levelRule } from './level.ts';
import { newestRule } from './newest.ts';
import { numericRule } from './numeric.ts';
import { patternSelector } from './pattern.ts';
import {
  selectorOf,
  type Explanation,
  type Selection,
  type Selector,
  type SelectorRequest,
} from './selector.ts';
import { semverRule } from './semver.ts';
import { compileFilters, type FilterCheck } from './tag-filter.ts';

export type { Explanation, Selection, Selector } from './selector.ts';

/** A policy, and from which tag among which tags it is asked to choose. */
export interface SelectionRequest extends SelectorRequest {
  readonly policy: SelectionPolicy;
}

/** Chooses the tag that may replace the current one. `InvalidPolicy` where the policy cannot be understood. */
export function selectTag(request: SelectionRequest): Result<Selection> {
  const selector = compileSelection(request.policy);
  return selector.ok ? ok(selector.value.select(request)) : selector;
}

/** As {@link selectTag}, with the one reason of every listed tag. */
export function explainTags(request: SelectionRequest): Result<Explanation> {
  const selector = compileSelection(request.policy);
  return selector.ok ? ok(selector.value.explain(request)) : selector;
}

/** Checks range, patterns, filters and groups of a policy without any tags: the problem, or undefined. */
export function checkPolicy(policy: SelectionPolicy): Result<undefined> {
  const selector = compileSelection(policy);
  return selector.ok ? ok(undefined) : selector;
}

/** Compiles a policy once, for many selections. `InvalidPolicy`, with the position, where it cannot be understood. */
export function compileSelection(policy: SelectionPolicy): Result<Selector> {
  const filters = compileFilters(policy);
  if (!filters.ok) return filters;
  const { kind } = policy.rule;
  if (kind !== 'glob' && kind !== 'regexp') {
    if (policy.order !== 'version')
      return problem('InvalidPolicy', 'order belongs to glob: and regexp: only');
    if (policy.extract !== undefined) {
      return problem('InvalidPolicy', 'extract belongs to glob: and regexp: only');
    }
  }
  return compileRule(policy, filters.value);
}

function compileRule(policy: SelectionPolicy, filter: FilterCheck): Result<Selector> {
  const { rule } = policy;
  switch (rule.kind) {
    case 'patch':
    case 'minor':
    case 'major':
    case 'digest':
    case 'none':
      return ok(selectorOf(levelRule(rule.kind, policy), filter));
    case 'numeric':
      return ok(selectorOf(numericRule(policy), filter));
    case 'alphabetical':
      return ok(selectorOf(alphabeticalRule(policy), filter));
    case 'newest':
      return ok(selectorOf(newestRule(policy), filter));
    case 'semver':
      return selecting(semverRule(rule.range, policy), filter);
    case 'calver':
      return selecting(calverRule(rule.pattern, policy), filter);
    case 'glob':
    case 'regexp':
      return patternSelector(rule, policy, filter);
  }
}

function selecting(rule: ReturnType<typeof semverRule>, filter: FilterCheck): Result<Selector> {
  return rule.ok ? ok(selectorOf(rule.value, filter)) : rule;
}
