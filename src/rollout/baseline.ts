import type { HistoryEntry } from '../model/tracked-image.ts';
import type { Workload } from '../model/workload.ts';

/** How a workload was right before an update, as it is remembered with the update; empty where all of it was available. */
export type Baseline = Pick<HistoryEntry, 'unavailableBefore' | 'unhealthyBefore'>;

/**
 * How a workload is now. Where nothing of it serves, although something should, an update cannot make it worse, and its
 * rollout cannot be judged by the health of what was ill before.
 */
export function baselineOf({ replicas, status: { availableReplicas } }: Workload): Baseline {
  const unavailableBefore = replicas - availableReplicas;
  if (unavailableBefore <= 0) return {};
  return { unavailableBefore, ...(availableReplicas === 0 ? { unhealthyBefore: true } : {}) };
}

/** What a record says of the workload before; nothing that it does not say, because records are compared and kept small. */
export function baselineIn({ unavailableBefore, unhealthyBefore }: Baseline): Baseline {
  return {
    ...(unavailableBefore === undefined ? {} : { unavailableBefore }),
    ...(unhealthyBefore === true ? { unhealthyBefore } : {}),
  };
}

/** Whether any replica was unavailable; versions before this one wrote only where all of them were. */
export function wasIll({ unavailableBefore = 0, unhealthyBefore }: Baseline): boolean {
  return unavailableBefore > 0 || unhealthyBefore === true;
}

/**
 * How many replicas may be unavailable after an update because as many were before it; one has to serve in any case. None
 * where nothing was available before: there the update is not judged by health at all.
 */
export function sparedReplicas({ replicas }: Workload, before: Baseline): number {
  if (before.unhealthyBefore === true) return 0;
  return Math.max(0, Math.min(before.unavailableBefore ?? 0, replicas - 1));
}
