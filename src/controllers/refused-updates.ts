import type { Clock } from '../model/ports.ts';
import { type Workload, type WorkloadKey, workloadKey } from '../model/workload.ts';
import type { Write } from '../rollout/update-patch.ts';
import { Backoff } from '../runtime/backoff.ts';

interface Refusal {
  /** Which update was refused, on which generation of the workload. */
  readonly update: string;
  readonly message: string;
  readonly until: number;
  readonly backoff: Backoff;
}

/**
 * Updates that the API server refused. Each rests for up to a minute before it is tried again, doubling to ten minutes
 * with each refusal in a row; another update, or another generation of the workload, is tried at once.
 */
export class RefusedUpdates {
  readonly #clock: Clock;
  readonly #refusals = new Map<WorkloadKey, Refusal>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Notes a refusal. */
  refuse(workload: Workload, changes: readonly Write[], message: string): void {
    const key = workloadKey(workload.ref);
    const update = identityOf(workload, changes);
    const before = this.#refusals.get(key);
    const backoff =
      before?.update === update ? before.backoff : new Backoff({ initial: 60_000, longest: 600_000 });
    this.#refusals.set(key, { update, message, backoff, until: this.#clock.monotonic() + backoff.fail() });
  }

  /** Why an update was refused, while it rests, and for how many milliseconds more; undefined where it may be tried. */
  resting(
    workload: Workload,
    changes: readonly Write[],
  ): { readonly message: string; readonly wait: number } | undefined {
    const refusal = this.#refusals.get(workloadKey(workload.ref));
    if (refusal?.update !== identityOf(workload, changes)) return undefined;
    const wait = refusal.until - this.#clock.monotonic();
    return wait > 0 ? { message: refusal.message, wait } : undefined;
  }

  /** Forgets what was refused, because it was accepted or its workload is gone. */
  forget(key: WorkloadKey): void {
    this.#refusals.delete(key);
  }
}

function identityOf({ uid, generation }: Workload, changes: readonly Write[]): string {
  return JSON.stringify([
    uid,
    generation,
    changes.map(({ container, to, digest }) => [container.name, to, digest]),
  ]);
}
