import type { KubeClient } from '../../kube/client.ts';
import { listPods } from '../../kube/pods.ts';
import type { Clock } from '../../model/ports.ts';
import type { HistoryEntry } from '../../model/tracked-image.ts';
import { type Workload, workloadKey } from '../../model/workload.ts';
import { type ApplyOutcome, applyUpdate } from '../../rollout/apply-update.ts';
import { hasStarted } from '../../rollout/pod-trouble.ts';
import { rolloutStatus } from '../../rollout/status.ts';
import { putBack } from '../../rollout/undo.ts';
import type { Write } from '../../rollout/update-patch.ts';
import type { WorkResult } from '../../runtime/work-queue.ts';
import type { ContainerView } from './container-view.ts';
import { LeftPods } from './left-pods.ts';
import type { LostRaces } from './lost-races.ts';
import {
  closeUpdate,
  isLastRejected,
  lastUpdateOf,
  nextMoment,
  rejectLast,
  tagOf,
} from '../memory/memory.ts';
import type { RefusedUpdates } from './refused-updates.ts';
import type { RepositoryStore } from '../repositories/repository-store.ts';
import { templateWriterAfter } from '../rollouts/template-writer.ts';
import type { UpdateTeller } from './update-teller.ts';
import { type Verdict, withoutChoice } from './verdict.ts';
import type { VerdictTeller } from './verdict-teller.ts';
import type { WorkloadCache } from './workload-cache.ts';

/** What undoing works with. */
export interface UndoerOptions {
  readonly client: Pick<KubeClient, 'create' | 'delete' | 'get' | 'list' | 'patch'>;
  readonly workloads: WorkloadCache;
  readonly repositories: Pick<RepositoryStore, 'observation'>;
  readonly refused: RefusedUpdates;
  readonly races: LostRaces;
  readonly teller: UpdateTeller;
  readonly verdicts: VerdictTeller;
  readonly clock: Clock;
  readonly readOnly: boolean;
}

/** What became of a failed update: it was taken care of, or the views say why it stands. */
export type Undoing =
  | { readonly kind: 'done'; readonly result: WorkResult }
  | { readonly kind: 'left'; readonly views: readonly ContainerView[] };

/**
 * Puts failed updates of a workload back. What failed is remembered first and the workload is patched then, so that a
 * controller that dies between the two repeats nothing: it finds the failure told and the image still there, and goes on.
 * Windows, approval and places do not matter; suspension, a hold, a pause and what others wrote do.
 */
export class Undoer {
  readonly #options: UndoerOptions;
  readonly #leftPods: LeftPods;

  constructor(options: UndoerOptions) {
    this.#options = options;
    this.#leftPods = new LeftPods(options.client, options.teller);
  }

  /** Undoes what has to be undone now. Rejects with a `KubeError` where the cluster does not answer. */
  async undo(workload: Workload, views: readonly ContainerView[], signal: AbortSignal): Promise<Undoing> {
    const failed = views.filter((view) => isToUndo(workload, view) && !isInnocent(view, views));
    if (failed.length === 0) {
      const isHeld = this.#heldBy(workload, views) !== undefined;
      return { kind: 'left', views: isHeld ? views : await this.#leftPods.release(workload, views, signal) };
    }
    const left = (notUndone: string, undoRest?: number): Undoing => ({
      kind: 'left',
      views: views.map((view) => (failed.includes(view) ? { ...view, notUndone, undoRest } : view)),
    });
    const writes: Write[] = [];
    for (const view of failed) {
      const write = this.#writeOf(view);
      if (typeof write === 'string') return left(write);
      writes.push(write);
    }
    const last = lastUpdateOf(views.map(({ memory }) => memory));
    const held = this.#heldBy(workload, failed) ?? (await this.#forbidden(workload, failed, last, signal));
    if (held !== undefined) return left(held);
    const refusal = this.#options.refused.resting(workload, writes);
    if (refusal) return left(refusal.message, refusal.wait);
    const others = views.filter((view) => !failed.includes(view) && view.step?.outcome === 'Failed');
    return { kind: 'done', result: await this.#undo(workload, { failed, others }, writes, signal) };
  }

  async #undo(
    workload: Workload,
    {
      failed,
      others,
    }: { readonly failed: readonly ContainerView[]; readonly others: readonly ContainerView[] },
    writes: readonly Write[],
    signal: AbortSignal,
  ): Promise<WorkResult> {
    const { refused, races, teller, verdicts, clock } = this.#options;
    // What cannot be remembered must not be undone: it would be proposed again.
    const rejected = withRejections(failed, clock.now());
    // Nor could it be told afterwards that the rest failed: the undo is another template.
    await verdicts.tell(workload, [...rejected, ...others].map(failureOf), signal);
    const memories = failed.map(({ memory }) => memory);
    const at = nextMoment(workload, memories, clock.now());
    const outcome = await this.#write(workload, { writes, at }, signal);
    teller.undo(workload, outcome.kind === 'lost' ? 'conflict' : outcome.kind);
    const key = workloadKey(workload.ref);
    if (outcome.kind === 'lost') return { after: races.lose(key) };
    races.forget(key);
    if (outcome.kind === 'denied') {
      refused.refuse(workload, writes, outcome.message);
      return { after: 1 };
    }
    refused.forget(key);
    for (const { container, to } of writes)
      teller.undone(workload, container.name, { from: container.image, to });
    const told = rejected.map((view) => undone(view, writes, outcome.workload, clock.now()));
    await verdicts.tell(outcome.workload, told, signal);
    return {};
  }

  async #write(
    workload: Workload,
    { writes, at }: { readonly writes: readonly Write[]; readonly at: string },
    signal: AbortSignal,
  ): Promise<ApplyOutcome> {
    const { client, workloads, teller } = this.#options;
    try {
      return await workloads.through(
        workload,
        () => applyUpdate(client, { workload, changes: writes, now: at }, signal),
        (answer) => (answer.kind === 'denied' ? undefined : answer.workload),
      );
    } catch (error) {
      teller.undo(workload, 'failed');
      throw error;
    }
  }

  #writeOf({ container, policy, memory, lookup }: ContainerView): Write | string {
    const [entry] = memory.history;
    if (!entry) return 'nothing is known of the update';
    const tag = tagOf(entry.from);
    const meaning = lookup && this.#options.repositories.observation(lookup.key).digests.get(tag);
    const moved = typeof meaning === 'object' && 'digest' in meaning ? meaning.digest : undefined;
    const before = putBack(entry, moved);
    if (before.kind === 'unknown') return before.message;
    return { container, to: before.image, how: 'undo', digest: before.digest, policy: policy.text };
  }

  /** People's holds count for an undo too. */
  #heldBy({ paused }: Workload, views: readonly ContainerView[]): string | undefined {
    if (this.#options.readOnly) return 'the controller runs with --read-only';
    if (paused === true) return 'the workload is paused';
    if (views.some(({ policy }) => policy.suspend)) return 'plimsoll.dev/suspend is true';
    if (views.some(({ tracked }) => tracked?.spec.hold)) return 'spec.hold of its TrackedImage is true';
    return undefined;
  }

  /** What else stands in the way, which only the cluster can tell. */
  async #forbidden(
    workload: Workload,
    failed: readonly ContainerView[],
    last: HistoryEntry | undefined,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const { client } = this.#options;
    // A rollout that failed just now was asked about already, see `RolloutWatch`.
    const isAsked = last === undefined || failed[0]?.step !== undefined;
    const writer = isAsked ? undefined : await templateWriterAfter(client, workload, last, signal);
    if (writer !== undefined) return `${writer} changed the pod template after the update`;
    if (workload.ref.kind !== 'StatefulSet') return undefined;
    const pods = await listPods(client, workload.ref.namespace, workload.podSelector, signal);
    const started = failed.some(({ container, memory }) =>
      memory.history.slice(0, 1).some((one) => hasStarted(pods, { container: container.name, entry: one })),
    );
    return started ? 'a container of the new image has started, and may have changed its data' : undefined;
  }
}

/** Whether the failed update still stands in the template, is still not rolled out, and is to be put back. */
function isToUndo(workload: Workload, { container, policy, memory, step }: ContainerView): boolean {
  const [entry] = memory.history;
  if (entry?.outcome !== 'Failed' || policy.rollback === 'never') return false;
  if (entry.to !== container.image || (entry.from === entry.to && workload.restartedAt !== entry.at))
    return false;
  return step !== undefined || rolloutStatus(workload, entry.generation).phase !== 'complete';
}

/** Whether nothing is known against a container of an update that failed, while what failed with it is to stand. */
function isInnocent({ memory }: ContainerView, views: readonly ContainerView[]): boolean {
  const failedAt = memory.history[0]?.at;
  const isToStand = ({ policy, memory: { history } }: ContainerView) =>
    policy.rollback === 'never' && history[0]?.outcome === 'Failed' && history[0].at === failedAt;
  return !isLastRejected(memory) && views.some(isToStand);
}

/** A failure that was to stand is rejected nowhere yet when somebody asks for its undo after all. */
function withRejections(failed: readonly ContainerView[], now: number): readonly ContainerView[] {
  if (failed.some(({ memory }) => isLastRejected(memory))) return failed;
  return failed.map((view) => ({ ...view, memory: rejectLast(view.memory, 'its rollout failed', now) }));
}

function failureOf(view: ContainerView): Verdict {
  const { container, memory, tracked } = view;
  const problem = { reason: 'RolloutFailed', message: 'its rollout failed' } as const;
  const { latest } = tracked?.status ?? {};
  const decision = { ...withoutChoice(container, problem, memory.digest), latest };
  return { view, decision, running: tracked?.status?.running ?? [] };
}

/** How a container stands after its update was put back: with the image that the answer holds. */
function undone(view: ContainerView, writes: readonly Write[], written: Workload, now: number): Verdict {
  const container = written.containers.find(({ name }) => name === view.container.name) ?? view.container;
  const write = writes.find((one) => one.container.name === view.container.name);
  const memory = { ...closeUpdate(view.memory, 'RolledBack', now), digest: write?.digest };
  const verdict = failureOf({ ...view, container, memory, step: undefined });
  const problem = { reason: 'Rejected', message: 'it was put back' } as const;
  return { ...verdict, decision: { ...verdict.decision, ...problem } };
}
