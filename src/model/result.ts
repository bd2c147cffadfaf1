import type { Reason } from './reasons.ts';

/** Why something could not be understood or done: a reason of the catalogue and one sentence for a person. */
export interface Problem {
  readonly reason: Reason;
  /** Says what, where and what to do; one line, no secret, safe to show. */
  readonly message: string;
}

/** A value, or the problem that stands in its place. */
export type Result<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: Problem };

/** Wraps a value. */
export function ok<T>(value: T): Result<T> {
  return { ok: true, value };
}

/** Wraps a problem. */
export function problem(reason: Reason, message: string): { readonly ok: false; readonly problem: Problem } {
  return { ok: false, problem: { reason, message } };
}
