import type { Platform } from './observation.ts';

/** Which tags a policy admits, before the common options narrow them. */
export type PolicyRule =
  | { readonly kind: 'patch' | 'minor' | 'major' | 'digest' | 'numeric' | 'alphabetical' | 'newest' | 'none' }
  | { readonly kind: 'semver'; readonly range: string }
  | { readonly kind: 'calver'; readonly pattern: string }
  | { readonly kind: 'glob' | 'regexp'; readonly pattern: string };

/** A filter on whole tags: `glob:*-alpine` or `regexp:^\d+$` (RE2, full match). */
export interface TagFilter {
  readonly kind: 'glob' | 'regexp';
  readonly pattern: string;
}

/** Everything that decides which tag may replace which; see `docs/reference/annotations.md` for each field. */
export interface SelectionPolicy {
  readonly rule: PolicyRule;
  readonly prerelease: 'auto' | 'true' | 'false';
  readonly variant: 'exact' | 'family';
  readonly precision: 'same' | 'any';
  readonly scheme: 'same' | 'any';
  readonly strictZero: boolean;
  readonly order: 'version' | 'alphabetical' | 'numeric' | 'created';
  /** RE2 with named groups, or undefined. */
  readonly extract: string | undefined;
  readonly allowTags: readonly TagFilter[];
  readonly ignoreTags: readonly TagFilter[];
}

/** When a repository is looked at. */
export type LookSchedule =
  | { readonly kind: 'every'; readonly milliseconds: number }
  | { readonly kind: 'cron'; readonly expression: string; readonly timeZone: string };

/** A time of the week in which updates may be applied, by the clock of a time zone. */
export interface MaintenanceWindow {
  /** Days on which it begins; Sunday is 0. */
  readonly days: readonly number[];
  /** Minutes of the day; an end before the begin is on the next day. */
  readonly begin: number;
  readonly end: number;
  /** An IANA name. */
  readonly timeZone: string;
}

/** Where a field of an effective policy came from, as people read it: `annotation plimsoll.dev/policy`. */
export type Origin = string;

/** What one container's annotations, Keel's annotations and the defaults amount to. */
export interface EffectivePolicy extends SelectionPolicy {
  readonly digest: 'auto' | 'follow' | 'hold' | 'ignore';
  /** What a candidate must offer; the platforms of the nodes that run it where there is none. */
  readonly platforms: readonly Platform[];
  readonly apply: 'auto' | 'pin' | 'restart';
  readonly pin: boolean;
  readonly mode: 'auto' | 'approve' | 'notify';
  readonly schedule: LookSchedule;
  /** Milliseconds for which we must have seen a candidate before it may be chosen. */
  readonly minAge: number;
  /** Milliseconds that a rollout may take, or undefined for the workload's own deadline and a minute. */
  readonly rolloutDeadline: number | undefined;
  /** Milliseconds that a complete rollout must stay healthy, or undefined for the workload's own measure. */
  readonly verifyFor: number | undefined;
  /** When updates may be applied; always where there is none. */
  readonly windows: readonly MaintenanceWindow[];
  /** Whether a rollout of ours that fails is put back. */
  readonly rollback: 'auto' | 'never';
  /** What to do with a workload that another tool owns. */
  readonly managedElsewhere: 'hold' | 'allow';
  readonly suspend: boolean;
  /** An extra pull secret in the workload's namespace. */
  readonly pullSecret: string | undefined;
  /** The policy as its author wrote it, for people: `minor`, `keel.sh/policy: all`. */
  readonly text: string;
  /** Origin of each field that is not a default. */
  readonly origins: Readonly<Record<string, Origin>>;
  /** What works, but is probably not what its author wants. */
  readonly warnings: readonly string[];
}
