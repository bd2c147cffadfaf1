import type { RefusalReason, RejectReason } from './reject-reason.ts';
import { unfit, type Rule, type TagTimes, type Verdict } from './rule.ts';
import type { FilterCheck } from './tag-filter.ts';
import type { Token } from './token.ts';
import { tokenise } from './tokenise.ts';

/** From which tag, among which tags, a choice is asked for. */
export interface SelectorRequest {
  readonly current: string;
  readonly tags: readonly string[];
  /** What is known of their age, for policies that go by time. */
  readonly times?: ReadonlyMap<string, TagTimes>;
  /** Milliseconds since 1970; without it a time in the future is believed. */
  readonly now?: number;
  /**
   * Why a tag that the policy admits must not be chosen nevertheless, or undefined. Asked from the best tag
   * downwards, and no further than the first that passes.
   */
  readonly refuse?: (tag: string) => RefusalReason | undefined;
}

/** What was chosen, and why not the rest. */
export interface Selection {
  /** The tag to move to, or undefined where nothing may replace the current one. */
  readonly choice: string | undefined;
  /** How many tags were rejected, by reason. */
  readonly counts: Readonly<Partial<Record<RejectReason, number>>>;
  /**
   * The newest compatible tag whatever the level or range (the next major, say); the current tag where none is
   * newer and it is listed; undefined where neither is so.
   */
  readonly latest: string | undefined;
  /**
   * Why the policy would not choose the current tag itself, such as `outOfRange` for one above the range; undefined where
   * it would. Nothing moves because of it.
   */
  readonly outside: RejectReason | undefined;
}

/** A selection with the reason of every tag. */
export interface Explanation {
  readonly selection: Selection;
  readonly reasons: ReadonlyMap<string, RejectReason | 'chosen' | 'current'>;
}

/** A compiled policy: choose with it as often as you like. */
export interface Selector {
  readonly select: (request: SelectorRequest) => Selection;
  readonly explain: (request: SelectorRequest) => Explanation;
}

interface Candidate<V> {
  readonly tag: string;
  readonly value: V;
}

type Note = (tag: string, reason: RejectReason | 'chosen' | 'current') => void;

/** Joins a compiled rule and the tag filters of a policy into a selector. */
export function selectorOf<V>(rule: Rule<V>, filter: FilterCheck): Selector {
  return {
    select: (request) => select(rule, filter, request, () => {}),
    explain: (request) => {
      const reasons = new Map<string, RejectReason | 'chosen' | 'current'>();
      const selection = select(rule, filter, request, (tag, reason) => reasons.set(tag, reason));
      return { selection, reasons };
    },
  };
}

function select<V>(rule: Rule<V>, filter: FilterCheck, request: SelectorRequest, note: Note): Selection {
  const { current, times = new Map<string, TagTimes>(), now } = request;
  const token = tokenise(current);
  const ownBar = filter(current);
  const { judge, compare, outside } = rule.against({
    current,
    token,
    allowed: ownBar === undefined,
    times,
    now,
  });
  const verdictOf = (tag: string): Verdict<V> => {
    const candidate = tokenise(tag);
    const barred = barrier(candidate, token, rule) ?? filter(tag);
    return barred === undefined ? judge(tag, candidate) : unfit(barred);
  };
  const byValue = (a: Candidate<V>, b: Candidate<V>) => compare(a.value, b.value);

  const counts: Partial<Record<RejectReason, number>> = {};
  const reject = (tag: string, reason: RejectReason) => {
    counts[reason] = (counts[reason] ?? 0) + 1;
    note(tag, reason);
  };
  const fits: Candidate<V>[] = [];
  let latest: Candidate<V> | undefined;
  const listed = new Set(request.tags);
  for (const tag of listed) {
    if (tag === current) {
      note(tag, 'current');
      continue;
    }
    const verdict = verdictOf(tag);
    if (verdict.kind !== 'fit') reject(tag, verdict.reason);
    if (verdict.kind === 'unfit') continue;
    const found = { tag, value: verdict.value };
    if (!latest || byValue(found, latest) > 0) latest = found;
    if (verdict.kind === 'fit') fits.push(found);
  }
  const choice = takeBest(fits, byValue, request, { reject, note });
  return {
    choice,
    counts,
    latest: latest?.tag ?? (listed.has(current) ? current : undefined),
    outside: ownBar ?? outside,
  };
}

/** What no rule chooses, and from what no rule moves. */
function barrier<V>(candidate: Token, current: Token, rule: Rule<V>): RejectReason | undefined {
  const { kind } = candidate;
  if (kind === 'illegal' || kind === 'artefact') return kind;
  if (kind === 'commit' && !rule.admitsCommits) return kind;
  return current.kind === 'illegal' || current.kind === 'artefact' ? current.kind : undefined;
}

/** The best tag that the caller does not refuse; the worse ones are no news beside it. */
function takeBest<V>(
  fits: Candidate<V>[],
  compare: (a: Candidate<V>, b: Candidate<V>) => number,
  { refuse }: SelectorRequest,
  { reject, note }: { reject: (tag: string, reason: RejectReason) => void; note: Note },
): string | undefined {
  let choice: string | undefined;
  for (const { tag } of fits.toSorted((a, b) => compare(b, a))) {
    const reason = choice === undefined ? refuse?.(tag) : 'notNewer';
    if (reason !== undefined) {
      reject(tag, reason);
      continue;
    }
    choice = tag;
    note(tag, 'chosen');
  }
  return choice;
}
