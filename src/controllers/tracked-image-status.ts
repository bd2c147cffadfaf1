import { createHash } from 'node:crypto';
import type { ContainerDecision } from '../model/decision.ts';
import { type Reason, stateOf } from '../model/reasons.ts';
import {
  type HistoryEntry,
  historyLimit,
  type TrackedImage,
  type TrackedImageStatus,
} from '../model/tracked-image.ts';
import type { ContainerRef, Workload } from '../model/workload.ts';
import { readUpdateRecords } from '../rollout/update-record.ts';

/** Most digests that a status holds; the custom resource's schema allows no more. */
const mostRunning = 64;

/** What is remembered of one container, whether it was read from its TrackedImage or from the workload itself. */
export interface Memory {
  readonly history: readonly HistoryEntry[];
  /** The registry digest that the present image is known to be. */
  readonly digest: string | undefined;
}

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

/**
 * Joins the two memories of a container: its TrackedImage, and the annotation that every update leaves on the
 * workload in the same patch. The annotation is ahead only when the controller died between patch and status; then
 * its update is taken into the history as one to be followed. An older annotation, which an undo brings back, is not.
 */
export function recall(tracked: TrackedImage | undefined, workload: Workload, container: string): Memory {
  const image = workload.containers.find(({ name }) => name === container)?.image;
  const status = tracked?.ownerUid === workload.uid ? tracked.status : undefined;
  const history = status?.history ?? [];
  const known = status?.image === image ? status?.digest : undefined;

  const records = readUpdateRecords(workload.annotations['plimsoll.dev/last-update']);
  const record = records.find((one) => one.container === container && one.to === image);
  const newest = history[0]?.at;
  if (!record || (newest !== undefined && !(Date.parse(record.at) > Date.parse(newest)))) {
    return { history, digest: known };
  }
  const entry: HistoryEntry = {
    from: record.from,
    to: record.to,
    digest: record.digest,
    at: record.at,
    outcome: 'InProgress',
    generation: workload.generation,
    seconds: undefined,
  };
  return { history: remember(history, entry), digest: record.digest };
}

/** Puts an update at the head of a history. */
export function remember(history: readonly HistoryEntry[], entry: HistoryEntry): readonly HistoryEntry[] {
  return [entry, ...history].slice(0, historyLimit);
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
  return {
    image: decision.container.image.slice(0, 1_024),
    running: more.running.slice(0, mostRunning),
    latest: decision.latest,
    candidate: decision.candidate,
    state: stateOf(reason),
    reason,
    message: message.slice(0, 1024),
    digest: decision.digest,
    history: memory.history,
    observedGeneration: more.generation,
    checkedAt: more.checkedAt,
  };
}
