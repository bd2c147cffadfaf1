import type { HistoryEntry } from '../model/tracked-image.ts';
import { followRollout, type FollowInput, type RolloutStep } from './follow.ts';

/**
 * How an update stands that was judged too early: it failed, or could not be judged because the workload was ill before, and
 * was left as it is. Undefined where it does not work, or something else stands there now; else a step that is `Verified` once it has
 * been healthy for as long as any update has to be.
 */
export function followRecovery(input: Omit<FollowInput, 'age' | 'trouble'>): RolloutStep | undefined {
  if (!mayRecover(input.entry)) return undefined;
  const step = followRollout({ ...input, age: 0 });
  if (!step.complete) return undefined;
  return { ...step, message: `${step.message}; it works after all` };
}

function mayRecover({ outcome, unhealthyBefore }: HistoryEntry): boolean {
  return outcome === 'Failed' || (outcome === 'Unverified' && unhealthyBefore === true);
}
