import { LRUCache } from 'lru-cache';
import type { Clock } from '../../model/ports.ts';
import type { Problem } from '../../model/result.ts';
import type { TrackedImageStatus } from '../../model/tracked-image.ts';
import { type Container, type Workload, type WorkloadKey, workloadKey } from '../../model/workload.ts';
import { newCaveats } from '../memory/caveats.ts';
import type { ContainerView } from './container-view.ts';
import { FirstPatience } from './first-patience.ts';
import { endedTracking } from '../memory/ended-tracking.ts';
import { recall } from '../memory/memory.ts';
import { ProgressPace } from './progress-pace.ts';
import { isKnown, type RepositoryStore } from '../repositories/repository-store.ts';
import { statusOf } from '../memory/tracked-image-status.ts';
import { sameStatus, type TrackedImageWriter } from '../memory/tracked-image-writer.ts';
import type { UpdateTeller } from './update-teller.ts';
import { rolloutTold, type Verdict, withoutChoice } from './verdict.ts';

/** Writes what was decided into the memory of each container, and has it told to people. */
export class VerdictTeller {
  readonly #trackedImages: TrackedImageWriter;
  readonly #teller: UpdateTeller;
  readonly #repositories: Pick<RepositoryStore, 'isAwaited' | 'observation'>;
  readonly #pace: ProgressPace;
  readonly #patience: FirstPatience;
  readonly #following = new Set<WorkloadKey>();
  readonly #troubled = new Set<WorkloadKey>();
  /** What was told of workloads without containers, of which nothing remembers it. */
  readonly #misplaced = new LRUCache<WorkloadKey, string>({ max: 1_000 });

  constructor(
    trackedImages: TrackedImageWriter,
    teller: UpdateTeller,
    repositories: Pick<RepositoryStore, 'isAwaited' | 'observation'>,
    clock: Pick<Clock, 'monotonic'>,
  ) {
    this.#pace = new ProgressPace(clock);
    this.#patience = new FirstPatience(clock);
    this.#trackedImages = trackedImages;
    this.#repositories = repositories;
    this.#teller = teller;
  }

  /** Workloads whose rollout, begun by us, has not ended. */
  get following(): ReadonlySet<WorkloadKey> {
    return this.#following;
  }

  /** Workloads of which a container is in an error, or had an update put back. */
  get troubled(): ReadonlySet<WorkloadKey> {
    return this.#troubled;
  }

  /**
   * Tells how the containers of a workload stand. Returns the milliseconds after which to tell again what was
   * left untold: a step of a rollout, because one was told a moment ago, or the first of a container, because more is known soon.
   */
  async tell(
    workload: Workload,
    verdicts: readonly Verdict[],
    signal: AbortSignal,
  ): Promise<number | undefined> {
    const key = workloadKey(workload.ref);
    const open = verdicts.some(({ view }) => view.step?.outcome === 'InProgress');
    if (open) this.#following.add(key);
    else this.#following.delete(key);
    if (!open) this.#pace.forget(key);
    this.#troubled.delete(key);
    const wait = this.#pace.wait(key);
    const incomplete = new Set(verdicts.filter((verdict) => this.#isIncomplete(verdict)));
    const patience = incomplete.size > 0 ? this.#patience.left(key) : 0;
    if (patience === 0) this.#patience.forget(key);
    let isUntold = false;
    for (const verdict of verdicts) {
      const told = rolloutTold(verdict);
      const isEarly = patience > 0 && incomplete.has(verdict);
      if (told === undefined && (isEarly || isOldNews(verdict))) continue;
      const status = this.#statusOf(verdict, told);
      if (wait > 0 && isStep(verdict, status)) isUntold = true;
      else await this.#tellOne(workload, verdict, status, signal);
    }
    const waits = [isUntold ? wait : 0, patience].filter((each) => each > 0);
    return waits.length > 0 ? Math.min(...waits) : undefined;
  }

  /**
   * Whether the first that is told of a container would be told again in a moment, because the registry or its pods are still being
   * asked: half of the writes of a first start.
   */
  #isIncomplete(verdict: Verdict): boolean {
    const { view, decision, asksIn } = verdict;
    const { tracked, step, lookup } = view;
    if (tracked?.status !== undefined || step !== undefined || isOldNews(verdict)) return false;
    if (decision.needsRunning && asksIn !== undefined) return true;
    const seen = lookup && this.#repositories.observation(lookup.key);
    if (seen === undefined || seen.problem !== undefined) return false;
    return decision.needs.some((need) => !(need.kind === 'digest' && need.seldom) && !isKnown(need, seen));
  }

  async #tellOne(
    workload: Workload,
    { view }: Verdict,
    status: TrackedImageStatus,
    signal: AbortSignal,
  ): Promise<void> {
    const { container, tracked, memory, step, caveats = [] } = view;
    const key = workloadKey(workload.ref);
    const isTrouble = status.state === 'Error' || status.state === 'RolledBack';
    if (isTrouble) this.#troubled.add(key);
    const written = await this.#trackedImages.write(workload, container.name, { status, caveats }, signal);
    if (written && status.reason === 'RollingOut') this.#pace.note(key);
    this.#tellBegun(workload, view);
    this.#teller.decided(workload, container.name, tracked?.status, status);
    this.#teller.warned(workload, container.name, newCaveats(tracked?.conditions ?? [], caveats));
    const [entry] = memory.history;
    if (step && step.outcome !== 'InProgress' && entry) {
      this.#teller.ended(workload, container.name, entry, step.message);
    }
  }

  /** An update that is followed and was remembered only now. One that is not followed is old: somebody made us forget it. */
  #tellBegun(workload: Workload, { container, tracked, memory, step }: ContainerView): void {
    const [entry] = memory.history;
    if (!entry || !step || entry.at === tracked?.status?.history[0]?.at) return;
    this.#teller.remembered(workload, container.name, entry);
  }

  #statusOf({ view, decision, running }: Verdict, told: Problem | undefined): TrackedImageStatus {
    const { tracked, memory, step, lookup } = view;
    const isAwaited = lookup !== undefined && this.#repositories.isAwaited(lookup.key);
    const checkedAt = isAwaited ? tracked?.status?.checkedAt : tracked?.spec.checkAt;
    // While a rollout is followed, those below its image are kept: it may be put back.
    const { pending = memory.pending } = decision;
    // What pods said since the decision goes before what it rests on.
    const platforms = memory.platforms ?? decision.platforms;
    const kept = { ...memory, platforms, pending: step === undefined ? pending : memory.pending };
    return statusOf(decision, kept, { told, running, generation: tracked?.generation ?? 1, checkedAt });
  }

  /**
   * A broken policy is told on every main container, because nobody can say which one it was meant for; where there is none, it is
   * told of the workload, once in the life of the process.
   */
  async tellBroken(workload: Workload, problem: Problem, signal: AbortSignal): Promise<void> {
    const key = workloadKey(workload.ref);
    this.#troubled.add(key);
    if (workload.containers.length === 0 && this.#misplaced.get(key) !== problem.message) {
      this.#misplaced.set(key, problem.message);
      this.#teller.misplaced(workload, problem);
    }
    for (const container of workload.containers) {
      // An init container is followed only where somebody asks for it, and then it has a memory.
      const ref = { workload: workload.ref, container: container.name };
      if (container.role === 'init' && this.#trackedImages.get(ref)?.ownerUid !== workload.uid) continue;
      await this.#tellOnly(workload, container, problem, signal);
    }
  }

  /** Containers that were tracked and are no longer keep their memory, and say so. */
  async endTracking(workload: Workload, views: readonly ContainerView[], signal: AbortSignal): Promise<void> {
    const tracked = new Set(views.map(({ container }) => container.name));
    const memories = this.#trackedImages.of(workload.ref);
    for (const { container, problem } of endedTracking(workload, tracked, memories)) {
      await this.#tellOnly(workload, container, problem, signal);
    }
  }

  /** Forgets a workload that is not followed any more. */
  forget(key: WorkloadKey): void {
    this.#following.delete(key);
    this.#troubled.delete(key);
    this.#pace.forget(key);
    this.#patience.forget(key);
  }

  async #tellOnly(
    workload: Workload,
    container: Container,
    problem: Problem,
    signal: AbortSignal,
  ): Promise<void> {
    const tracked = this.#trackedImages.get({ workload: workload.ref, container: container.name });
    const memory = recall(tracked, workload, container.name);
    const decision = withoutChoice(container, problem, memory.digest);
    const { status: before, generation = 1, spec } = tracked ?? {};
    const more = { told: undefined, running: before?.running ?? [], generation, checkedAt: spec?.checkAt };
    const status = statusOf(decision, memory, more);
    await this.#trackedImages.write(workload, container.name, { status }, signal);
    this.#teller.decided(workload, container.name, before, status);
  }
}

/**
 * While something is being looked up, what was said before stands: nobody wants to read that we are reading. Another image
 * than before is always told, because it is by what was told that the next change is seen; and one that is tracked again is not called
 * untracked, or its memory would be removed in the end.
 */
function isOldNews({ view: { container, tracked, step }, decision }: Verdict): boolean {
  const told = tracked?.status;
  if (decision.reason !== 'Observing' || step !== undefined) return false;
  const isFollowed = told?.reason !== 'NotTracked' && told?.reason !== 'InvalidPolicy';
  return told === undefined || (told.image === container.image && isFollowed);
}

/** Whether a status says nothing new but how far a rollout is that goes well. */
function isStep({ view: { tracked, step, caveats = [] } }: Verdict, status: TrackedImageStatus): boolean {
  if (tracked?.status === undefined || step?.outcome !== 'InProgress' || step.trouble !== undefined)
    return false;
  const { message } = tracked.status;
  const isNews = newCaveats(tracked.conditions, caveats).length > 0;
  return message !== status.message && !isNews && sameStatus(tracked.status, { ...status, message });
}
