import type { HistoryEntry } from '../model/tracked-image.ts';
import { wasIll } from './baseline.ts';
import { followRollout, type FollowInput, type RolloutStep } from './follow.ts';

/**
 * How an update stands that was judged too early: it failed, or could not be judged because of what was ill before, and
 * was left as it is. Nothing is spared here, because nobody looks at its pods: it works when every replica is available. Undefined
 * where it does not, or something else stands there now; else a step that is `Verified` once it has been healthy for as long as
 * each update has to be.
 */
export function followRecovery(
  input: Omit<FollowInput, 'age' | 'trouble' | 'ailing'>,
): RolloutStep | undefined {
  if (!isGivenUp(input.entry)) return undefined;
  const step = followRollout({ ...input, age: 0 });
  if (!step.complete) return undefined;
  return { ...step, message: `${step.message}; it works after all` };
}

/** Whether nobody waits any longer for an update: it failed, or was left unverified because of what was ill before. */
export function isGivenUp(entry: HistoryEntry): boolean {
  return entry.outcome === 'Failed' || (entry.outcome === 'Unverified' && wasIll(entry));
}
