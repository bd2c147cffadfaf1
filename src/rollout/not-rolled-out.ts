import type { RolloutOutcome } from '../model/tracked-image.ts';
import type { Workload } from '../model/workload.ts';

/** How an update ends that no controller rolls out. */
export interface NotRolledOut {
  readonly outcome: Extract<RolloutOutcome, 'Unverified' | 'AppliedPendingRestart'>;
  /** One clause for people. */
  readonly message: string;
}

/**
 * Why the update of a generation will reach no pod by itself, so that there is nothing to follow; undefined where it is
 * rolled out. How many nodes want a DaemonSet is believed only when its controller has seen the generation.
 */
export function notRolledOut(workload: Workload, generation: number): NotRolledOut | undefined {
  const { replacement, replicas, partition, status, ref } = workload;
  if (replacement === 'nextRun') return { outcome: 'Unverified', message: 'the next run takes it' };
  const known = ref.kind !== 'DaemonSet' || status.observedGeneration >= generation;
  if (replicas === 0 && known) return { outcome: 'Unverified', message: nothingRuns(workload) };
  if (replacement === 'onDelete') {
    const message = 'its update strategy is OnDelete, so pods take it when somebody deletes them';
    return { outcome: 'AppliedPendingRestart', message };
  }
  if (replicas > 0 && partition >= replicas) {
    const message = `its partition of ${partition} keeps every pod as it is, until somebody lowers it`;
    return { outcome: 'AppliedPendingRestart', message };
  }
  return undefined;
}

/** Why pods of a workload still wait for somebody to give them the template that stands there; undefined where none does. */
export function pendingRestart(workload: Workload): string | undefined {
  const { status, replicas, generation } = workload;
  const pending = notRolledOut(workload, generation);
  const updated = status.observedGeneration >= generation ? status.updatedReplicas : 0;
  return pending?.outcome === 'AppliedPendingRestart' && updated < replicas ? pending.message : undefined;
}

function nothingRuns({ ref }: Workload): string {
  return ref.kind === 'DaemonSet'
    ? 'no node wants it, so nothing was rolled out'
    : 'the workload is scaled to zero, so nothing was rolled out';
}
