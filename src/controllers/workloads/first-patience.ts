import type { Clock } from '../../model/ports.ts';
import type { WorkloadKey } from '../../model/workload.ts';

/** Milliseconds that the first that is told of a workload waits to be complete. */
const longest = 5_000;

/** For how long workloads may still wait with the first that is told of them. */
export class FirstPatience {
  readonly #clock: Pick<Clock, 'monotonic'>;
  /** Since when each waits, in monotonic milliseconds. */
  readonly #since = new Map<WorkloadKey, number>();

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
  }

  /** Milliseconds that are left of its patience; 0 where it is over. The first who asks begins it. */
  left(key: WorkloadKey): number {
    const now = this.#clock.monotonic();
    const since = this.#since.get(key) ?? now;
    this.#since.set(key, since);
    return Math.max(0, since + longest - now);
  }

  /** Forgets a workload that does not wait. */
  forget(key: WorkloadKey): void {
    this.#since.delete(key);
  }
}
