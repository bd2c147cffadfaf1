import type { Clock } from '../model/ports.ts';
import { type Workload, type WorkloadKey, workloadKey } from '../model/workload.ts';

interface Run {
  /** When the update was written, which tells it from an earlier one. */
  readonly at: string;
  /** Milliseconds when it was last read. */
  readonly age: number;
  /** Monotonic milliseconds. */
  readonly readAt: number;
  readonly paused: boolean;
  /** Monotonic milliseconds; undefined while it is not complete. */
  readonly completeSince: number | undefined;
}

/**
 * Measures how long rollouts have been under way and how long complete. The time of day is asked once for each, because
 * it can be set while a rollout is followed; from then on a clock counts that only ever rises, and it stands still while the
 * workload is paused. A restart forgets what was measured: pauses count then, and the time complete begins again.
 */
export class RolloutStopwatch {
  readonly #clock: Clock;
  readonly #runs = new Map<WorkloadKey, Run>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Milliseconds since an update of a workload was written. `at`: RFC 3339. */
  age(workload: Workload, at: string): number {
    const key = workloadKey(workload.ref);
    const readAt = this.#clock.monotonic();
    const run = this.#run(key, at);
    const passed = run === undefined || run.paused ? 0 : readAt - run.readAt;
    const age = (run?.age ?? Math.max(0, this.#clock.now() - Date.parse(at))) + passed;
    const paused = workload.paused === true;
    this.#runs.set(key, { at, age, readAt, paused, completeSince: run?.completeSince });
    return age;
  }

  /** Milliseconds for which a rollout has been complete; undefined where it was not when last told. */
  completeFor(key: WorkloadKey, at: string): number | undefined {
    const since = this.#run(key, at)?.completeSince;
    return since === undefined ? undefined : this.#clock.monotonic() - since;
  }

  /** Notes whether a rollout is complete now; one that is not any more begins again. */
  note(key: WorkloadKey, at: string, complete: boolean): void {
    const run = this.#run(key, at);
    if (!run) return;
    const completeSince = complete ? (run.completeSince ?? this.#clock.monotonic()) : undefined;
    this.#runs.set(key, { ...run, completeSince });
  }

  /** Forgets a workload that is not followed any more. */
  forget(key: WorkloadKey): void {
    this.#runs.delete(key);
  }

  #run(key: WorkloadKey, at: string): Run | undefined {
    const run = this.#runs.get(key);
    return run?.at === at ? run : undefined;
  }
}
