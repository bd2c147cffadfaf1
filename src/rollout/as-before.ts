import type { HistoryEntry } from '../model/tracked-image.ts';
import type { Workload } from '../model/workload.ts';
import { sparedReplicas } from './baseline.ts';
import { type RolloutStatus, rolloutStatus } from './status.ts';

/**
 * How far the rollout of an update is where what was unavailable before is not waited for; undefined where nothing was, or
 * more is now, or its controller has not seen the update yet.
 */
export function statusAsBefore(workload: Workload, entry: HistoryEntry): RolloutStatus | undefined {
  const { replicas, status } = workload;
  const spared = sparedReplicas(workload, entry);
  const isWorse = status.availableReplicas < replicas - spared;
  if (spared === 0 || isWorse || status.observedGeneration < entry.generation) return undefined;
  return rolloutStatus(workload, entry.generation, spared);
}

/** What was unavailable before an update, as one clause for people. */
export function missingBefore({ unavailableBefore = 0 }: HistoryEntry): string {
  return `${unavailableBefore} ${unavailableBefore === 1 ? 'was' : 'were'} unavailable before the update as well`;
}
