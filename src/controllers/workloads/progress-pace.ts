import type { Clock } from '../../model/ports.ts';
import type { WorkloadKey } from '../../model/workload.ts';

/** The least time between two tellings of how far a rollout is, in milliseconds. */
const apart = 5_000;

/** Slows down how often it is written how far a rollout is: one of a hundred replicas takes as many steps. */
export class ProgressPace {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #toldAt = new Map<WorkloadKey, number>();

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
  }

  /** Milliseconds until the progress of a workload may be told again; 0 where it may be now. */
  wait(key: WorkloadKey): number {
    const toldAt = this.#toldAt.get(key);
    return toldAt === undefined ? 0 : Math.max(0, toldAt + apart - this.#clock.monotonic());
  }

  /** Notes that it was told just now. */
  note(key: WorkloadKey): void {
    this.#toldAt.set(key, this.#clock.monotonic());
  }

  /** Forgets a workload of which nothing is rolled out any more. */
  forget(key: WorkloadKey): void {
    this.#toldAt.delete(key);
  }
}
