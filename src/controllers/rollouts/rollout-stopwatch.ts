import type { Clock } from '../../model/ports.ts';
import type { HistoryEntry } from '../../model/tracked-image.ts';
import { type Workload, type WorkloadKey, workloadKey } from '../../model/workload.ts';
import { isSettled, rolloutStatus } from '../../rollout/status.ts';

interface Run {
  /** Milliseconds when it was last read. */
  readonly age: number;
  /** Monotonic milliseconds. */
  readonly readAt: number;
  /** Whether it waits for somebody. */
  readonly waits: boolean;
  /** The most steps that it had taken, and the age at which it had. */
  readonly furthest: number;
  readonly furthestAt: number;
  /** Monotonic milliseconds; undefined while it is not complete. */
  readonly completeSince: number | undefined;
}

/** How long a rollout has been under way, in milliseconds. */
export interface RolloutTime {
  /** Without the time for which it was complete, or waited for somebody. */
  readonly age: number;
  /** Since it last came further. */
  readonly stillFor: number;
}

/**
 * Measures how long rollouts have been under way and how long complete. The time of day is asked once for each, because
 * it can be set while a rollout is followed; from then on a clock counts that only ever rises. It stands still while the rollout
 * waits for somebody, as a paused one does, and while it is complete: an autoscaler or a drained node may take a replica away long
 * after the update, and that is no rollout that takes too long. While the API server is away nobody knows how a rollout goes: that
 * time does not count either, and the time complete begins again after it. A restart forgets what was measured: pauses count then, and the
 * time complete and the time without progress begin again.
 */
export class RolloutStopwatch {
  readonly #clock: Clock;
  /** By when the update was written: of two containers, each may have one of its own under way. */
  readonly #runs = new Map<WorkloadKey, Map<string, Run>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How long the rollout of an update has been under way. `seen`: whether the workload is known as it is now. */
  read(
    workload: Workload,
    { at, generation }: Pick<HistoryEntry, 'at' | 'generation'>,
    seen: boolean,
  ): RolloutTime {
    const key = workloadKey(workload.ref);
    const readAt = this.#clock.monotonic();
    const run = this.#runs.get(key)?.get(at);
    const stands = run === undefined || run.waits || run.completeSince !== undefined || !seen;
    const age = (run?.age ?? this.#firstAge(workload, at)) + (stands ? 0 : readAt - run.readAt);
    const steps = stepsOf(workload, generation);
    const isFurther = run === undefined || steps > run.furthest;
    const { furthest, furthestAt } = isFurther ? { furthest: steps, furthestAt: age } : run;
    const waits = workload.paused === true || rolloutStatus(workload, generation).openEnded === true;
    const { completeSince } = run ?? {};
    this.#note(key, at, { age, readAt, waits, furthest, furthestAt, completeSince });
    return { age, stillFor: age - furthestAt };
  }

  /** Milliseconds for which a rollout has been complete; undefined where it was not when last told. */
  completeFor(key: WorkloadKey, at: string): number | undefined {
    const since = this.#runs.get(key)?.get(at)?.completeSince;
    return since === undefined ? undefined : this.#clock.monotonic() - since;
  }

  /** Notes whether a rollout is complete now; one that is not any more begins again. */
  note(key: WorkloadKey, at: string, complete: boolean): void {
    const run = this.#runs.get(key)?.get(at);
    if (!run) return;
    const completeSince = complete ? (run.completeSince ?? this.#clock.monotonic()) : undefined;
    this.#note(key, at, { ...run, completeSince });
  }

  /** Forgets every update of a workload but those that are under way, by when they were written. */
  keep(key: WorkloadKey, underWay: readonly string[]): void {
    const runs = this.#runs.get(key);
    for (const at of runs?.keys() ?? []) if (!underWay.includes(at)) runs?.delete(at);
    if (runs?.size === 0) this.#runs.delete(key);
  }

  /** Forgets a workload that is not followed any more. */
  forget(key: WorkloadKey): void {
    this.#runs.delete(key);
  }

  /** A rollout that nobody followed for a while may have been complete meanwhile. */
  #firstAge(workload: Workload, at: string): number {
    return isSettled(workload) ? 0 : Math.max(0, this.#clock.now() - Date.parse(at));
  }

  #note(key: WorkloadKey, at: string, run: Run): void {
    const runs = this.#runs.get(key) ?? new Map<string, Run>();
    this.#runs.set(key, runs.set(at, run));
  }
}

/** How far a rollout is: pods of the new revision, and when all are, those that can be used. */
function stepsOf({ status, replicas }: Workload, generation: number): number {
  // Until its controller has seen the update, it counts the pods of the one before.
  if (status.observedGeneration < generation) return 0;
  const { updatedReplicas, availableReplicas } = status;
  return updatedReplicas < replicas ? updatedReplicas : updatedReplicas + availableReplicas;
}
