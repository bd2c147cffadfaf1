import { createHash } from 'node:crypto';
import type { ContainerDecision } from '../../model/decision.ts';
import { type Reason, stateOf } from '../../model/reasons.ts';
import { formatPlatform } from '../../model/platform.ts';
import { platformsLimit, type TrackedImageStatus } from '../../model/tracked-image.ts';
import type { ContainerRef } from '../../model/workload.ts';
import type { Memory } from './memory.ts';

/** Most digests that a status holds; the custom resource's schema allows no more. */
const mostRunning = 64;

/**
 * The name of a container's TrackedImage: `deployment.web.app`, shortened with a hash where Kubernetes would refuse
 * the length (names are DNS subdomains of at most 253 characters).
 */
export function trackedImageName({ workload, container }: ContainerRef): string {
  const name = `${workload.kind.toLowerCase()}.${workload.name}.${container}`;
  if (name.length <= 253) return name;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 16);
  return `${name.slice(0, 236).replace(/[^a-z0-9]+$/, '')}.${hash}`;
}

/** What the status of a container becomes; `told` overrides what the decision says while a rollout is followed. */
export function statusOf(
  decision: ContainerDecision,
  memory: Memory,
  more: {
    readonly told: { readonly reason: Reason; readonly message: string } | undefined;
    readonly running: readonly string[];
    readonly generation: number;
    readonly checkedAt: string | undefined;
  },
): TrackedImageStatus {
  const { reason, message } = more.told ?? decision;
  const { opensAt, remedy } = more.told ? {} : decision;
  const advice = remedy === undefined ? '' : `: ${remedy.command}; without the plug-in: ${remedy.patch}`;
  return {
    image: decision.container.image.slice(0, 1_024),
    running: more.running.slice(0, mostRunning),
    latest: decision.latest,
    candidate: decision.candidate,
    state: stateOf(reason),
    reason,
    message: `${message}${advice}`.slice(0, 1024),
    digest: decision.digest,
    platforms: memory.platforms?.slice(0, platformsLimit).map(formatPlatform),
    history: memory.history,
    observedGeneration: more.generation,
    checkedAt: more.checkedAt,
    rejected: memory.rejected,
    reverts: memory.reverts,
    retriedAt: memory.retriedAt,
    opensAt: opensAt === undefined ? undefined : new Date(opensAt).toISOString(),
    pending: memory.pending.length > 0 ? memory.pending : undefined,
    approval: memory.approval,
    rolledBackTo: memory.rolledBackTo,
  };
}
