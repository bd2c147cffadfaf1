import type { LookPlan, RepositoryKey } from './repository-store.ts';

/** The part of the time between two looks over which repositories are spread, and the most of it in milliseconds. */
const share = 0.15;
const longest = 60_000;

/**
 * Milliseconds by which the look that follows `gap` after the last one is put off, so that repositories that were all
 * first looked at after a start, or are all due at the same minute, do not stay in step. It depends on the repository
 * alone, so restarts do not change it. Intervals are shifted once, after the first look, and kept from then on.
 */
export function lookPhase(
  key: RepositoryKey,
  plan: Pick<LookPlan, 'schedules' | 'isFirst'>,
  gap: number,
): number {
  const isFixed = plan.schedules.some(({ kind }) => kind === 'cron');
  if (!plan.isFirst && !isFixed) return 0;
  const [repository = ''] = key.split('#');
  return Math.round(Math.min(gap * share, longest) * fractionOf(repository));
}

/** A number in [0, 1) that follows from a text (FNV-1a). */
export function fractionOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  // The upper bits of FNV mix badly for short texts; a last round spreads them.
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return ((hash ^ (hash >>> 13)) >>> 0) / 2 ** 32;
}
