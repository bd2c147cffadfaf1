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

/** Wraps a problem. What somebody else chose for a name stays visible in the message and commands no terminal. */
export function problem(reason: Reason, message: string): { readonly ok: false; readonly problem: Problem } {
  const line = message.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/gu, escape);
  return { ok: false, problem: { reason, message: line } };
}

function escape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
