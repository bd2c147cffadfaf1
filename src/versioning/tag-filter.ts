import type { SelectionPolicy, TagFilter } from '../model/policy.ts';
import { ok, problem, type Result } from '../model/result.ts';
import { compileExpression } from './expression.ts';
import { compileGlob } from './glob.ts';
import type { RejectReason } from './reject-reason.ts';

/** Why the filters of a policy drop a tag; undefined where they let it pass. */
export type FilterCheck = (tag: string) => Extract<RejectReason, 'ignored' | 'notAllowed'> | undefined;

/** Compiles `allow-tags` (one must match, where there are any) and `ignore-tags` (none may match). */
export function compileFilters({
  allowTags,
  ignoreTags,
}: Pick<SelectionPolicy, 'allowTags' | 'ignoreTags'>): Result<FilterCheck> {
  const allow = compileAll('allow-tags', allowTags);
  if (!allow.ok) return allow;
  const ignore = compileAll('ignore-tags', ignoreTags);
  if (!ignore.ok) return ignore;
  return ok((tag) => {
    if (ignore.value.some((matches) => matches(tag))) return 'ignored';
    return allow.value.length === 0 || allow.value.some((matches) => matches(tag)) ? undefined : 'notAllowed';
  });
}

function compileAll(
  key: string,
  filters: readonly TagFilter[],
): Result<readonly ((tag: string) => boolean)[]> {
  const compiled: ((tag: string) => boolean)[] = [];
  for (const filter of filters) {
    const matches = compileFilter(filter);
    if (!matches.ok) {
      const { reason, message } = matches.problem;
      return problem(reason, `${key} ${filter.kind}:${shorten(filter.pattern)}: ${message}`);
    }
    compiled.push(matches.value);
  }
  return ok(compiled);
}

function compileFilter({ kind, pattern }: TagFilter): Result<(tag: string) => boolean> {
  if (kind === 'glob') return compileGlob(pattern);
  const expression = compileExpression(pattern);
  return expression.ok ? ok(expression.value.matches) : expression;
}

function shorten(pattern: string): string {
  return pattern.length > 60 ? `${pattern.slice(0, 60)}…` : pattern;
}
