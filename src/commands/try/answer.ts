import type { Problem, Result } from '../../model/result.ts';
import type { RejectReason } from '../../versioning/reject-reason.ts';
import type { Explanation } from '../../versioning/select.ts';

/** An answer as programs read it: the tag to move to, and why not each of the others. */
export type Answer =
  | { readonly choice: string | null; readonly reasons: Readonly<Record<string, RejectReason>> }
  | { readonly error: Problem };

/** Puts an answer into the form that programs read. The current tag, where it is listed, is `notNewer` than itself. */
export function answerOf(answered: Result<Explanation>): Answer {
  if (!answered.ok) return { error: answered.problem };
  const { selection, reasons } = answered.value;
  const rejected: [string, RejectReason][] = [];
  for (const [tag, reason] of reasons) {
    if (reason !== 'chosen') rejected.push([tag, reason === 'current' ? 'notNewer' : reason]);
  }
  // A tag may be called `__proto__`; fromEntries makes it a property like any other.
  return { choice: selection.choice ?? null, reasons: Object.fromEntries(rejected) };
}
