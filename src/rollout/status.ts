import type { Workload } from '../model/workload.ts';

/** How far a rollout is. `failed` is what the workload's own controller calls a missed progress deadline. */
export interface RolloutStatus {
  readonly phase: 'progressing' | 'complete' | 'failed';
  /** One clause for people: `2 of 3 replicas updated`. */
  readonly message: string;
}

/**
 * Says how far the rollout of a generation is, by the rules of `kubectl rollout status`. Right after a patch the
 * status still describes the generation before it, and a missed deadline of an earlier rollout may linger there, so
 * nothing is believed until the controller has observed the generation.
 * @see https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#deployment-status
 */
export function rolloutStatus(workload: Workload, generation: number): RolloutStatus {
  const { status, replicas } = workload;
  if (status.observedGeneration < generation) {
    return { phase: 'progressing', message: 'the deployment controller has not seen it yet' };
  }
  const progress = status.conditions.find(({ type }) => type === 'Progressing');
  if (progress?.reason === 'ProgressDeadlineExceeded') {
    return { phase: 'failed', message: progress.message || 'the progress deadline is exceeded' };
  }
  const { updatedReplicas, availableReplicas } = status;
  if (updatedReplicas < replicas) {
    return { phase: 'progressing', message: `${updatedReplicas} of ${replicas} replicas updated` };
  }
  if (status.replicas > updatedReplicas) {
    return {
      phase: 'progressing',
      message: `${status.replicas - updatedReplicas} of the old replicas still run`,
    };
  }
  if (availableReplicas < updatedReplicas) {
    return { phase: 'progressing', message: `${availableReplicas} of ${updatedReplicas} replicas available` };
  }
  return { phase: 'complete', message: `${availableReplicas} of ${replicas} replicas available` };
}
