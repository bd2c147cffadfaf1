import type { Workload } from '../model/workload.ts';

/**
 * Whether nothing of a workload serves now, although something should: an update cannot make it worse, and its rollout
 * cannot be judged by the health of what was ill before.
 */
export function isUnhealthy({ replicas, status }: Workload): boolean {
  return replicas > 0 && status.availableReplicas === 0;
}
