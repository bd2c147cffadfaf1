import type { Clock } from '../../model/ports.ts';
import { type Workload, type WorkloadKey, workloadKey } from '../../model/workload.ts';
import { followRecovery } from '../../rollout/recovery.ts';
import type { RolloutStep } from '../../rollout/follow.ts';
import type { Watched } from './rollout-watch.ts';

/**
 * Measures for how long updates have worked that ended badly and were left as they are, so that what is told of them does not
 * stay untrue for ever. A restart begins to measure anew.
 */
export class Recoveries {
  readonly #clock: Clock;
  /** Since when each works, in monotonic milliseconds, by container and time of its update. */
  readonly #since = new Map<WorkloadKey, ReadonlyMap<string, number>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How the updates stand that work now although they ended badly; by container name. */
  follow(workload: Workload, watched: readonly Watched[]): ReadonlyMap<string, RolloutStep> {
    const key = workloadKey(workload.ref);
    const before = this.#since.get(key);
    const now = this.#clock.monotonic();
    const since = new Map<string, number>();
    const steps = new Map<string, RolloutStep>();
    for (const { container, policy, memory } of watched) {
      const [entry] = memory.history;
      if (!entry) continue;
      const { name } = container;
      const update = `${name} ${entry.at}`;
      const began = before?.get(update) ?? now;
      const step = followRecovery({ workload, container: name, entry, policy, completeFor: now - began });
      if (!step) continue;
      since.set(update, began);
      steps.set(name, step);
    }
    if (since.size > 0) this.#since.set(key, since);
    else this.#since.delete(key);
    return steps;
  }

  /** Forgets a workload that is not followed any more. */
  forget(key: WorkloadKey): void {
    this.#since.delete(key);
  }
}
