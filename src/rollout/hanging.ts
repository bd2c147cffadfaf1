import type { HistoryEntry } from '../model/tracked-image.ts';
import type { Workload } from '../model/workload.ts';
import { missingBefore, statusAsBefore } from './as-before.ts';
import { sparedReplicas } from './baseline.ts';
import { isSuperseded } from './follow.ts';
import { rolloutStatus } from './status.ts';

/** How an update stands that was left as it is because of what was unavailable before. */
export interface Hang {
  /** How far it is, as one clause for people; undefined where all that can be updated is. */
  readonly message: string | undefined;
  /** Whether there are pods of the update that may show something. */
  readonly hasPods: boolean;
}

/**
 * How an update hangs that was left as it is; undefined where it was not, or something else stands there now, or every replica
 * is available.
 */
export function hangOf(workload: Workload, container: string, entry: HistoryEntry): Hang | undefined {
  const { status } = workload;
  if (entry.outcome !== 'Unverified' || sparedReplicas(workload, entry) === 0) return undefined;
  if (isSuperseded({ workload, container, entry }) || status.observedGeneration < entry.generation)
    return undefined;
  const { phase, message } = rolloutStatus(workload, entry.generation);
  if (phase === 'complete') return undefined;
  const isAll = statusAsBefore(workload, entry)?.phase === 'complete';
  return {
    message: isAll ? undefined : `${message}; ${missingBefore(entry)}`,
    hasPods: status.updatedReplicas > 0,
  };
}
