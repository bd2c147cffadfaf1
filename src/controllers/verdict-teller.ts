import type { Problem } from '../model/result.ts';
import { type Container, type Workload, type WorkloadKey, workloadKey } from '../model/workload.ts';
import type { ContainerView } from './container-view.ts';
import { endedTracking } from './ended-tracking.ts';
import { recall } from './memory.ts';
import { statusOf } from './tracked-image-status.ts';
import type { TrackedImageWriter } from './tracked-image-writer.ts';
import type { UpdateTeller } from './update-teller.ts';
import { rolloutTold, type Verdict, withoutChoice } from './verdict.ts';

/** Writes what was decided into the memory of each container, and has it told to people. */
export class VerdictTeller {
  readonly #trackedImages: TrackedImageWriter;
  readonly #teller: UpdateTeller;
  readonly #following = new Set<WorkloadKey>();
  readonly #troubled = new Set<WorkloadKey>();

  constructor(trackedImages: TrackedImageWriter, teller: UpdateTeller) {
    this.#trackedImages = trackedImages;
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

  /** Tells how the containers of a workload stand. */
  async tell(workload: Workload, verdicts: readonly Verdict[], signal: AbortSignal): Promise<void> {
    const key = workloadKey(workload.ref);
    const open = verdicts.some(({ view }) => view.step?.outcome === 'InProgress');
    if (open) this.#following.add(key);
    else this.#following.delete(key);
    this.#troubled.delete(key);
    for (const verdict of verdicts) await this.#tellOne(workload, verdict, signal);
  }

  async #tellOne(workload: Workload, verdict: Verdict, signal: AbortSignal): Promise<void> {
    const { view, decision, running } = verdict;
    const { container, tracked, memory, step } = view;
    const told = rolloutTold(verdict);
    if (told === undefined && isOldNews(verdict)) return;
    const checkedAt = tracked?.spec.checkAt;
    const status = statusOf(decision, memory, {
      told,
      running,
      generation: tracked?.generation ?? 1,
      checkedAt,
    });
    const isTrouble = status.state === 'Error' || status.state === 'RolledBack';
    if (isTrouble) this.#troubled.add(workloadKey(workload.ref));
    await this.#trackedImages.write(workload, container.name, status, signal);
    this.#teller.decided(workload, container.name, tracked?.status, status);
    const [entry] = memory.history;
    if (step && step.outcome !== 'InProgress' && entry) {
      this.#teller.ended(workload, container.name, entry, step.message);
    }
  }

  /** A broken policy is told on every main container, because nobody can say which one it was meant for. */
  async tellBroken(workload: Workload, problem: Problem, signal: AbortSignal): Promise<void> {
    this.#troubled.add(workloadKey(workload.ref));
    for (const container of workload.containers.filter(({ role }) => role !== 'init')) {
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
    await this.#trackedImages.write(workload, container.name, status, signal);
    this.#teller.decided(workload, container.name, before, status);
  }
}

/**
 * While something is being looked up, what was said before stands: nobody wants to read that we are reading. Another image
 * than before is always told, because it is by what was told that the next change is seen.
 */
function isOldNews({ view: { container, tracked, step }, decision }: Verdict): boolean {
  const told = tracked?.status?.image;
  return (
    decision.reason === 'Observing' && step === undefined && (told === undefined || told === container.image)
  );
}
