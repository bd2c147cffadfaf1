import type { SelectionPolicy } from '../model/policy.ts';
import type { RejectReason } from './reject-reason.ts';
import type { Token } from './token.ts';

/** What is known of a tag's age, as ISO 8601 times. */
export interface TagTimes {
  /** When the publisher says that the image was made. */
  readonly created?: string;
  /** When the registry says that the tag was pushed. */
  readonly pushed?: string;
}

/** From where a choice is made. */
export interface Situation {
  readonly current: string;
  readonly token: Token;
  /** Whether the current tag itself passes `allow-tags` and `ignore-tags`. */
  readonly allowed: boolean;
  readonly times: ReadonlyMap<string, TagTimes>;
  /** Milliseconds since 1970, or undefined where no clock is at hand. */
  readonly now: number | undefined;
}

/**
 * What a rule says of a tag. `beyond`: it may stand where the current tag stands and is newer, but the policy draws
 * its line before it; such a tag is told to people and not chosen.
 */
export type Verdict<V> =
  | { readonly kind: 'fit'; readonly value: V }
  | { readonly kind: 'beyond'; readonly value: V; readonly reason: RejectReason }
  | { readonly kind: 'unfit'; readonly reason: RejectReason };

/** A rule applied to one situation. `V` is what it reads out of a tag. */
interface Judge<V> {
  /** Why the current tag lies outside of what the rule would choose; undefined where it lies within. */
  readonly outside: RejectReason | undefined;
  /** Judges a legal tag other than the current one that names an image. */
  readonly judge: (tag: string, token: Token) => Verdict<V>;
  /** A total order of everything that was judged `fit` or `beyond`; the greatest is chosen. */
  readonly compare: (a: V, b: V) => number;
}

/** A compiled policy rule. */
export interface Rule<V> {
  /** Whether commit tags may be judged: only where the author's own expression names them. */
  readonly admitsCommits: boolean;
  readonly against: (situation: Situation) => Judge<V>;
}

/** The part of a policy that every rule reads. */
export type RuleOptions = Omit<SelectionPolicy, 'rule'>;

/** Rejects a tag. */
export function unfit(reason: RejectReason): { readonly kind: 'unfit'; readonly reason: RejectReason } {
  return { kind: 'unfit', reason };
}
