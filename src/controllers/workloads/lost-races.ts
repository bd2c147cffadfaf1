import type { WorkloadKey } from '../../model/workload.ts';
import { Backoff } from '../../runtime/backoff.ts';

/** Lost preconditions in a row, by workload: somebody else is writing as well, and must not be raced. */
export class LostRaces {
  readonly #backoffs = new Map<WorkloadKey, Backoff>();

  /** Notes one more; returns the milliseconds after which to decide again, up to a minute. */
  lose(key: WorkloadKey): number {
    const backoff = this.#backoffs.get(key) ?? new Backoff({ initial: 200, longest: 60_000 });
    this.#backoffs.set(key, backoff);
    return backoff.fail();
  }

  /** Nothing was lost, or there is nothing to write any more: the next loss is the first again. */
  forget(key: WorkloadKey): void {
    this.#backoffs.delete(key);
  }
}
