import type { Change, ContainerDecision } from '../model/decision.ts';
import type { Problem } from '../model/result.ts';
import type { HistoryEntry } from '../model/tracked-image.ts';
import type { Container, Workload } from '../model/workload.ts';
import { rolloutStatus } from '../rollout/status.ts';
import type { ContainerView } from './container-view.ts';
import { type Memory, remember } from './tracked-image-status.ts';

/** A container with what was decided for it. */
export interface Verdict {
  readonly view: ContainerView;
  readonly decision: ContainerDecision;
  /** The digests that its pods last reported. */
  readonly running: readonly string[];
  /** Milliseconds that its update rests after a refusal. */
  readonly rest?: number;
}

/** What a rollout of the workload that has not ended is doing: ours, or anybody's; undefined where there is none. */
export function rolloutOf(workload: Workload, views: readonly ContainerView[]): string | undefined {
  const ours = views.find(({ step }) => step?.outcome === 'InProgress')?.step;
  if (ours) return ours.message;
  const status = rolloutStatus(workload, workload.generation);
  if (status.phase !== 'progressing' || workload.paused === true) return undefined;
  // A rollout that was given up as failed must not keep a better image from taking its place.
  return isOnlyUnhealthy(workload) || views.some(hasFailed) ? undefined : status.message;
}

/**
 * Whether the last rollout ended well and pods fail since: that is no rollout to wait for, and the update may be the
 * cure. The deployment controller keeps this reason from then on, while no other revision has pods.
 * @see https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#complete-deployment
 */
function isOnlyUnhealthy({ status, generation, replicas }: Workload): boolean {
  const progress = status.conditions.find(({ type }) => type === 'Progressing');
  const settled = status.replicas === replicas && status.updatedReplicas === replicas;
  return settled && status.observedGeneration >= generation && progress?.reason === 'NewReplicaSetAvailable';
}

/** Whether the image that the template names is the one whose rollout failed. */
function hasFailed({ memory, container }: ContainerView): boolean {
  const [entry] = memory.history;
  return entry?.outcome === 'Failed' && entry.to === container.image;
}

/** The verdict of a container whose update the API server refused, while it rests. */
export function denied(verdict: Verdict, { message, wait }: { message: string; wait: number }): Verdict {
  const { decision } = verdict;
  if (decision.change === undefined) return verdict;
  return {
    ...verdict,
    decision: { ...decision, reason: 'WriteDenied', message, change: undefined },
    rest: wait,
  };
}

/** What is said of a container while, or after, its rollout matters more than its choice. */
export function rolloutTold({ view, decision }: Verdict): Problem | undefined {
  const { step, memory } = view;
  const [entry] = memory.history;
  if (!entry) return undefined;
  if (step?.outcome === 'InProgress') {
    return { reason: 'RollingOut', message: `${entry.to}: ${step.message}` };
  }
  if (!hasFailed(view) || decision.candidate !== undefined) return undefined;
  const why = step?.message ?? view.tracked?.status?.message ?? 'see the events of its pods';
  return { reason: 'RolloutFailed', message: why.startsWith(entry.to) ? why : `${entry.to}: ${why}` };
}

/** The decision of a container for which nothing can be chosen. */
export function withoutChoice(
  container: Container,
  { reason, message }: Problem,
  digest: string | undefined,
): ContainerDecision {
  const nothing = {
    latest: undefined,
    candidate: undefined,
    change: undefined,
    needs: [],
    needsRunning: false,
  };
  return { ...nothing, container, reason, message, digest };
}

/** Ends the newest update of a memory. */
export function closeUpdate(memory: Memory, outcome: HistoryEntry['outcome'], now: number): Memory {
  const [entry, ...older] = memory.history;
  if (!entry) return memory;
  const seconds = Math.max(0, Math.round((now - Date.parse(entry.at)) / 1_000));
  return { ...memory, history: [{ ...entry, outcome, seconds }, ...older] };
}

/** The verdict of a container right after the update of its workload was written. */
export function afterUpdate(
  verdict: Verdict,
  changes: readonly Change[],
  written: Workload,
  at: string,
): Verdict {
  const { view, decision } = verdict;
  const change = changes.find(({ container }) => container.name === view.container.name);
  const container = written.containers.find(({ name }) => name === view.container.name);
  if (!change || !container) return verdict;
  const { digest } = change;
  const from = change.container.image;
  const { generation } = written;
  const outcome = 'InProgress';
  const entry: HistoryEntry = {
    from,
    to: container.image,
    digest,
    at,
    outcome,
    generation,
    seconds: undefined,
  };
  const memory = { digest, history: remember(view.memory.history, entry) };
  const step = { outcome, message: 'the update was written', complete: false, after: undefined } as const;
  return {
    ...verdict,
    decision: { ...decision, container, digest, candidate: undefined, change: undefined },
    view: { ...view, container, memory, step },
  };
}
