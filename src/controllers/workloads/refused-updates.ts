import type { Clock } from '../../model/ports.ts';
import { type Workload, type WorkloadKey, workloadKey } from '../../model/workload.ts';
import type { Write } from '../../rollout/update-patch.ts';
import { Backoff } from '../../runtime/backoff.ts';

interface Refusal {
  readonly message: string;
  readonly until: number;
  readonly backoff: Backoff;
}

/** Refused updates that are remembered of one workload, the last ones. */
const mostUpdates = 8;

/**
 * Updates that the API server refused. Each rests for up to a minute before it is tried again, doubling to ten minutes
 * with each refusal in a row; another update, or another generation of the workload, is tried at once. Several may rest: the undo
 * of one container, and what was chosen for another.
 */
export class RefusedUpdates {
  readonly #clock: Clock;
  /** By which update was refused, on which generation of the workload. */
  readonly #refusals = new Map<WorkloadKey, Map<string, Refusal>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Notes a refusal. */
  refuse(workload: Workload, changes: readonly Write[], message: string): void {
    const key = workloadKey(workload.ref);
    const update = identityOf(workload, changes);
    const refusals = this.#refusals.get(key) ?? new Map<string, Refusal>();
    const { backoff } = refusals.get(update) ?? {
      backoff: new Backoff({ initial: 60_000, longest: 600_000 }),
    };
    refusals.delete(update);
    refusals.set(update, { message, backoff, until: this.#clock.monotonic() + backoff.fail() });
    const [oldest] = refusals.keys();
    if (refusals.size > mostUpdates && oldest !== undefined) refusals.delete(oldest);
    this.#refusals.set(key, refusals);
  }

  /** Why an update was refused, while it rests, and for how many milliseconds more; undefined where it may be tried. */
  resting(
    workload: Workload,
    changes: readonly Write[],
  ): { readonly message: string; readonly wait: number } | undefined {
    const refusal = this.#refusals.get(workloadKey(workload.ref))?.get(identityOf(workload, changes));
    if (!refusal) return undefined;
    const wait = refusal.until - this.#clock.monotonic();
    return wait > 0 ? { message: refusal.message, wait } : undefined;
  }

  /** Forgets what was refused, because something was accepted or the workload is gone. */
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
