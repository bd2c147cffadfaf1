import type { Change, ContainerDecision } from '../../model/decision.ts';
import { parseImageReference } from '../../model/image-reference.ts';
import type { Reason } from '../../model/reasons.ts';
import type { Problem } from '../../model/result.ts';
import type { HistoryEntry } from '../../model/tracked-image.ts';
import type { Container, Workload, WorkloadKind } from '../../model/workload.ts';
import { type Baseline, sparedReplicas } from '../../rollout/baseline.ts';
import type { RolloutStep } from '../../rollout/follow.ts';
import { isGivenUp } from '../../rollout/recovery.ts';
import { isSettled, rolloutStatus } from '../../rollout/status.ts';
import type { ContainerView } from './container-view.ts';
import { closeUpdate, type Memory, remember } from '../memory/memory.ts';
import type { FollowedRollout } from '../pods/pod-questions.ts';

/** A container with what was decided for it. */
export interface Verdict {
  readonly view: ContainerView;
  readonly decision: ContainerDecision;
  /** The digests that its pods last reported. */
  readonly running: readonly string[];
  /** Milliseconds after which its pods may be asked again. */
  readonly asksIn?: number | undefined;
  /** Milliseconds that its update rests after a refusal. */
  readonly rest?: number;
}

/** What a rollout of the workload that has not ended is doing: ours, or anybody's; undefined where there is none. */
export function rolloutOf(workload: Workload, views: readonly ContainerView[]): string | undefined {
  const ours = views.find(({ step }) => step?.outcome === 'InProgress')?.step;
  if (ours) return ours.message;
  const spared = Math.max(0, ...views.map((view) => sparedSince(workload, view)));
  const status = rolloutStatus(workload, workload.generation, spared);
  if (status.phase !== 'progressing' || workload.paused === true) return undefined;
  // A rollout that was given up must not keep a better image from taking its place.
  // Nor is it one when pods of a settled rollout fail since: the update may be the cure.
  if (isSettled(workload) || views.some(hasBeenGivenUp)) return undefined;
  const way = wayOut[workload.ref.kind];
  return way === undefined ? status.message : `${status.message}; ${way}`;
}

/**
 * What to do about a rollout that never ends, where nobody gives it up. A StatefulSet waits for a pod of a broken template
 * whatever stands there later, so that an update would not mend it.
 * @see https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#forced-rollback
 */
const wayOut: Readonly<Partial<Record<WorkloadKind, string>>> = {
  StatefulSet: 'where a pod never becomes ready, set an image that works and delete that pod',
  DaemonSet: 'where a pod never becomes ready, set an image that works',
};

/** What is to be told of the pods while a rollout goes on. */
export function storyOf(views: readonly ContainerView[], rollout: string | undefined): FollowedRollout {
  const step = views.find((view) => view.step !== undefined)?.step;
  return { isOurs: step !== undefined, progress: step?.complete === true ? undefined : rollout };
}

/** How many replicas may still be missing that were before the update which stands in the template. */
function sparedSince(workload: Workload, { memory, container }: ContainerView): number {
  const [entry] = memory.history;
  return entry?.to === container.image ? sparedReplicas(workload, entry) : 0;
}

/** Whether the image that the template names is one for which nobody waits any longer. */
function hasBeenGivenUp({ memory, container }: ContainerView): boolean {
  const [entry] = memory.history;
  return entry?.to === container.image && isGivenUp(entry);
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
  if (step?.outcome === 'InProgress') return followedTold(entry, step);
  if (decision.candidate !== undefined) return undefined;
  if (hasFailed(view)) return failedTold(view, entry);
  return undoneTold(view, decision, entry) ?? pendingTold(view) ?? hangingTold(view, entry);
}

function followedTold(entry: HistoryEntry, { message, trouble }: RolloutStep): Problem {
  const said = [`${entry.to}: ${message}`, ...(trouble === undefined ? [] : [trouble])].join('; ');
  return entry.unhealthyBefore
    ? { reason: 'BaselineUnhealthy', message: `${said}; nothing of it was available before the update` }
    : { reason: 'RollingOut', message: said };
}

const notPutBack = '; not put back: ';

function failedTold({ step, tracked, notUndone, memory }: ContainerView, entry: HistoryEntry): Problem {
  const told = tracked?.status;
  // Something else may have been told since it failed.
  const [before] = told?.reason === 'RolloutFailed' ? told.message.split(notPutBack) : [];
  const rejection = memory.rejected.find(({ digest }) => digest === entry.digest);
  const why = step?.message ?? before ?? rejection?.message ?? 'see the events of its pods';
  const message = why.startsWith(entry.to) ? why : `${entry.to}: ${why}`;
  return {
    reason: 'RolloutFailed',
    message: notUndone === undefined ? message : `${message}${notPutBack}${notUndone}`,
  };
}

/** As long as nothing else is chosen, and nothing worse is to be told. */
const quietAfterUndo: readonly Reason[] = [
  'UpToDate',
  'NoCompatibleTag',
  'OutsidePolicy',
  'TagMissing',
  'Observing',
  'Rejected',
  'RolloutInProgress',
];

function undoneTold(
  { container, memory, leftToPeople }: ContainerView,
  { reason }: ContainerDecision,
  entry: HistoryEntry,
): Problem | undefined {
  const stands = entry.outcome === 'RolledBack' && isBefore(container.image, entry);
  if (!stands || !quietAfterUndo.includes(reason)) return undefined;
  const why = memory.rejected.find(({ digest }) => digest === entry.digest)?.message;
  const because = why === undefined ? '' : `: ${why}`;
  const left = leftToPeople === undefined ? '' : `; ${leftToPeople}`;
  return {
    reason: 'RolledBack',
    message: `${entry.to} was put back to ${container.image}${because}${left}`,
  };
}

/** Whether an image is the one before an update, be it pinned to its digest or not. */
function isBefore(image: string, { from, fromDigest }: HistoryEntry): boolean {
  if (image === from) return true;
  const [present, before] = [parseImageReference(image), parseImageReference(from)];
  if (!present.ok || !before.ok || fromDigest === undefined) return false;
  return present.value.name === before.value.name && present.value.digest === fromDigest;
}

/** An update that no pod runs yet is not called up to date. */
function pendingTold({ memory, container, pendingRestart }: ContainerView): Problem | undefined {
  const [entry] = memory.history;
  const isPending = entry?.outcome === 'AppliedPendingRestart' && entry.to === container.image;
  if (!isPending || pendingRestart === undefined) return undefined;
  return { reason: 'AppliedPendingRestart', message: `${entry.to}: ${pendingRestart}` };
}

/** Nor is one that gets no further. */
function hangingTold({ hanging }: ContainerView, { to }: HistoryEntry): Problem | undefined {
  if (hanging?.message === undefined) return undefined;
  return { reason: 'BaselineUnhealthy', message: `${to}: ${hanging.message}` };
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

/** An update that was written. */
export interface WrittenUpdate {
  /** The workload as the API server answered. */
  readonly workload: Workload;
  /** RFC 3339, UTC. */
  readonly at: string;
  /** How the workload was before. */
  readonly baseline: Baseline;
  /** Of the pod template as the API server answered. */
  readonly templateHash: string;
}

/** The verdict of a container right after the update of its workload was written. */
export function afterUpdate(
  verdict: Verdict,
  changes: readonly Change[],
  { workload: written, at, baseline, templateHash }: WrittenUpdate,
): Verdict {
  const { view, decision } = verdict;
  const change = changes.find(({ container }) => container.name === view.container.name);
  const container = written.containers.find(({ name }) => name === view.container.name);
  if (!change || !container) return verdict;
  const { digest } = change;
  const from = change.container.image;
  const { generation } = written;
  const outcome = 'InProgress';
  const { fromDigest } = change;
  const entry: HistoryEntry = {
    from,
    to: container.image,
    digest,
    at,
    outcome,
    generation,
    seconds: undefined,
    ...(fromDigest === undefined ? {} : { fromDigest }),
    ...baseline,
    templateHash,
  };
  // Only what a person asks for is written while an update is under way.
  const before = supersede(view.memory, at);
  const { rollbackTo = before.rolledBackTo } = change;
  const history = remember(before.history, entry);
  const memory = { ...before, digest, history, rolledBackTo: rollbackTo };
  const step = { outcome, message: 'the update was written', complete: false, after: undefined } as const;
  return {
    ...verdict,
    decision: { ...decision, container, digest, candidate: undefined, change: undefined },
    view: { ...view, container, memory, step },
  };
}

function supersede(memory: Memory, at: string): Memory {
  const [entry] = memory.history;
  return entry?.outcome === 'InProgress' ? closeUpdate(memory, 'Superseded', Date.parse(at)) : memory;
}

/** The changes that verdicts let through. */
export function changesOf(verdicts: readonly Verdict[]): readonly Change[] {
  return verdicts.flatMap(({ decision }) => decision.change ?? []);
}
