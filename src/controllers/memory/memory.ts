import { bindApproval } from '../../decide/approval.ts';
import { parseImageReference } from '../../model/image-reference.ts';
import type { Platform } from '../../model/observation.ts';
import { parsePlatform } from '../../model/platform.ts';
import type { EffectivePolicy } from '../../model/policy.ts';
import {
  type Approval,
  type HistoryEntry,
  historyLimit,
  type PendingCandidate,
  type Rejection,
  rejectedLimit,
  type Revert,
  revertsLimit,
  type TrackedImage,
  type TrackedImageStatus,
} from '../../model/tracked-image.ts';
import type { Workload } from '../../model/workload.ts';
import { baselineIn } from '../../rollout/baseline.ts';
import type { RolloutStep } from '../../rollout/follow.ts';
import { lastUpdateKey, readUpdateRecords, type UpdateRecord } from '../../rollout/update-record.ts';

/** Characters that are kept of why something was rejected; the custom resource's schema allows no more. */
const longestMessage = 512;

/** What is remembered of one container, whether it was read from its TrackedImage or from the workload itself. */
export interface Memory {
  readonly history: readonly HistoryEntry[];
  /** The registry digest that the present image is known to be. */
  readonly digest: string | undefined;
  /** The platforms that the present image is known to run on. */
  readonly platforms?: readonly Platform[] | undefined;
  readonly rejected: readonly Rejection[];
  readonly reverts: readonly Revert[];
  /** The `spec.retry` that was last obeyed. */
  readonly retriedAt: string | undefined;
  readonly pending: readonly PendingCandidate[];
  /** What `spec.approve` was understood to approve. */
  readonly approval: Approval | undefined;
  /** The `spec.rollbackTo` that was last obeyed. */
  readonly rolledBackTo: string | undefined;
}

/** The memory of a container that nobody has seen before. */
export const emptyMemory: Memory = {
  history: [],
  digest: undefined,
  rejected: [],
  reverts: [],
  retriedAt: undefined,
  pending: [],
  approval: undefined,
  rolledBackTo: undefined,
};

/**
 * Joins the two memories of a container: its TrackedImage, and the annotation that every update and every undo leaves
 * on the workload in the same patch. The annotation is ahead only when the controller died between patch and status; then
 * its update is taken into the history as one to be followed, and its undo as the end of the update that it undid. An older
 * annotation, which an undo by a person brings back, is not, nor is one that was copied from another workload with the manifest.
 * Where there is no TrackedImage, somebody has deleted it, because it is made before the first update: that update is history.
 */
export function recall(tracked: TrackedImage | undefined, workload: Workload, container: string): Memory {
  const image = workload.containers.find(({ name }) => name === container)?.image;
  const own = tracked?.ownerUid === workload.uid ? tracked : undefined;
  const { known, memory } = memoryOf(own, tracked?.spec.retry, image);

  const records = readUpdateRecords(workload.annotations[lastUpdateKey]);
  const record = records.find(
    (one) => one.container === container && one.to === image && isOf(workload, one),
  );
  const [newest] = memory.history;
  if (!record || (newest && !(Date.parse(record.at) > Date.parse(newest.at)))) {
    return { ...memory, digest: known };
  }
  // What was learnt of the image since it was put back goes before what was known then.
  if (record.undo) return { ...endUndone(memory, record), digest: known ?? record.digest };
  const entry = entryOf(record, workload, own ? 'InProgress' : 'Unverified');
  return { ...memory, history: remember(memory.history, entry), digest: record.digest };
}

/** What a TrackedImage remembers; what it knows of an image counts only while that image stands in the template. */
function memoryOf(
  tracked: TrackedImage | undefined,
  retry: string | undefined,
  image: string | undefined,
): { readonly known: string | undefined; readonly memory: Memory } {
  const status = tracked?.status;
  const remembered = { ...obeyRetry(status, retry), ...wishesOf(tracked) };
  if (status === undefined || status.image !== image) return { known: undefined, memory: remembered };
  const platforms = platformsOf(tracked);
  return { known: status.digest, memory: { ...remembered, ...(platforms && { platforms }) } };
}

/** What people ask for, as far as it was understood and obeyed; a wish that is taken back is forgotten. */
function wishesOf(tracked: TrackedImage | undefined): Pick<Memory, 'approval' | 'rolledBackTo'> {
  const { spec, status } = tracked ?? {};
  return {
    approval: bindApproval(spec?.approve, status),
    rolledBackTo: spec?.rollbackTo === undefined ? undefined : status?.rolledBackTo,
  };
}

/** A person who asks for a look wants to have pods asked as well. */
function platformsOf(tracked: TrackedImage | undefined): readonly Platform[] | undefined {
  const { spec, status } = tracked ?? {};
  if (spec?.checkAt !== status?.checkedAt) return undefined;
  return status?.platforms?.map(parsePlatform).filter((platform) => platform !== undefined);
}

/** Puts an update at the head of a history. */
export function remember(history: readonly HistoryEntry[], entry: HistoryEntry): readonly HistoryEntry[] {
  return [entry, ...history].slice(0, historyLimit);
}

/** The last update of a workload, of whichever of its containers. */
export function lastUpdateOf(memories: readonly Memory[]): HistoryEntry | undefined {
  const entries = memories.flatMap(({ history }) => history.slice(0, 1));
  return entries.toSorted((a, b) => Date.parse(b.at) - Date.parse(a.at))[0];
}

/**
 * The time to write on an update or an undo, RFC 3339 in UTC: now, but after whatever was written before and not before the
 * workload was made. What was written last is told by these times, also where the clock was set back in between.
 */
export function nextMoment({ createdAt }: Workload, memories: readonly Memory[], now: number): string {
  const last = Date.parse(lastUpdateOf(memories)?.at ?? '') + 1;
  const earliest = [last, Date.parse(createdAt ?? '')].filter((time) => !Number.isNaN(time));
  return new Date(Math.max(now, ...earliest)).toISOString();
}

/** Adds a rejection; an older one of the same digest gives way. */
export function reject(memory: Memory, rejection: Rejection): Memory {
  const others = memory.rejected.filter(({ digest }) => digest !== rejection.digest);
  const message = rejection.message.slice(0, longestMessage);
  return { ...memory, rejected: [{ ...rejection, message }, ...others].slice(0, rejectedLimit) };
}

/** Adds a revert by another tool. */
export function noteRevert(memory: Memory, revert: Revert): Memory {
  return { ...memory, reverts: [revert, ...memory.reverts].slice(0, revertsLimit) };
}

/** Ends the newest update of a memory. `now`: milliseconds since the epoch. */
export function closeUpdate(memory: Memory, outcome: HistoryEntry['outcome'], now: number): Memory {
  const [entry, ...older] = memory.history;
  if (!entry) return memory;
  const seconds = Math.max(0, Math.round((now - Date.parse(entry.at)) / 1_000));
  return { ...memory, history: [{ ...entry, outcome, seconds }, ...older] };
}

/**
 * A memory after its last update was followed one step further: what ended is closed, an image whose rollout failed is
 * rejected where it is to be put back, and one that works is not rejected any more. `now`: milliseconds since the epoch.
 */
export function afterStep(
  memory: Memory,
  step: RolloutStep | undefined,
  { rollback }: Pick<EffectivePolicy, 'rollback'>,
  now: number,
): Memory {
  const [entry] = memory.history;
  if (!entry || !step || step.outcome === 'InProgress') return memory;
  const closed = closeUpdate(memory, step.outcome, now);
  if (step.outcome === 'Verified') return acquitLast(closed);
  const isRejected = step.outcome === 'Failed' && step.blameless !== true && rollback === 'auto';
  return isRejected ? rejectLast(closed, step.message, now) : closed;
}

/** What works did not fail because of its image. What a person left stays rejected. */
function acquitLast(memory: Memory): Memory {
  const digest = memory.history[0]?.digest;
  const isAcquitted = (one: Rejection) => one.digest === digest && one.reason === 'RolloutFailed';
  return { ...memory, rejected: memory.rejected.filter((one) => !isAcquitted(one)) };
}

/** Rejects what the last update brought, because its rollout failed. `now`: milliseconds since the epoch. */
export function rejectLast(memory: Memory, why: string, now: number): Memory {
  const { digest, to } = memory.history[0] ?? {};
  if (digest === undefined || to === undefined) return memory;
  const at = new Date(now).toISOString();
  return reject(memory, { digest, tag: tagOf(to), reason: 'RolloutFailed', message: why, at });
}

/** Whether what the last update brought is rejected. */
export function isLastRejected({ history: [entry], rejected }: Memory): boolean {
  return rejected.some(({ digest }) => digest === entry?.digest);
}

/** The tag that a reference names, or means where it names none. */
export function tagOf(image: string): string {
  const parsed = parseImageReference(image);
  return (parsed.ok ? parsed.value.tag : undefined) ?? 'latest';
}

/** A new `spec.retry` forgets what was rejected and reverted, and the hold of the namespace that rests on it. */
function obeyRetry(status: TrackedImageStatus | undefined, retry: string | undefined): Memory {
  if (!status) return { ...emptyMemory, retriedAt: retry };
  const { history, rejected, reverts, retriedAt, pending = [] } = status;
  const kept = { ...emptyMemory, history, rejected, reverts, retriedAt, pending };
  return retry === undefined || retry === retriedAt
    ? kept
    : { ...kept, rejected: [], reverts: [], retriedAt: retry };
}

/** The undo was written and its end was not: it is known by what it put back. */
function endUndone(memory: Memory, record: UpdateRecord): Memory {
  const [entry] = memory.history;
  const isUndone = entry?.to === record.from && ['InProgress', 'Failed'].includes(entry.outcome);
  return isUndone ? closeUpdate(memory, 'RolledBack', Date.parse(record.at)) : memory;
}

/** What was written before a workload was made was written on another one. */
function isOf({ createdAt }: Workload, { at }: UpdateRecord): boolean {
  return createdAt === undefined || Date.parse(at) >= Date.parse(createdAt);
}

function entryOf(
  record: UpdateRecord,
  { generation }: Workload,
  outcome: HistoryEntry['outcome'],
): HistoryEntry {
  const { from, to, digest, at, fromDigest } = record;
  const base = { from, to, digest, at, outcome, generation, seconds: undefined };
  return {
    ...base,
    ...(fromDigest === undefined ? {} : { fromDigest }),
    ...baselineIn(record),
  };
}
