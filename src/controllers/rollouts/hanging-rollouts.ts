import type { KubeClient } from '../../kube/client.ts';
import type { Clock } from '../../model/ports.ts';
import type { HistoryEntry } from '../../model/tracked-image.ts';
import { type Workload, type WorkloadKey, workloadKey } from '../../model/workload.ts';
import { failsEarly, type RolloutStep } from '../../rollout/follow.ts';
import { type Hang, hangOf } from '../../rollout/hanging.ts';
import { rolloutStatus } from '../../rollout/status.ts';
import { lastUpdateOf } from '../memory/memory.ts';
import type { PodTurns } from '../pods/pod-turns.ts';
import type { Watched } from './rollout-watch.ts';
import { StuckPods } from './stuck-pods.ts';
import { unlessChanged } from './template-writer.ts';

/** What watching hanging rollouts works with. */
export interface HangingRolloutsOptions {
  readonly client: Pick<KubeClient, 'get' | 'list'>;
  readonly clock: Clock;
  readonly turns: PodTurns;
}

/** What is known of an update that hangs. */
export interface Hanging {
  /** How far it is, as one clause for people; undefined where all that can be updated is. */
  readonly message: string | undefined;
  /** How it ends where its pods show what waiting does not cure. */
  readonly step: RolloutStep | undefined;
  /** Milliseconds after which to look at its pods again; undefined where it has none. */
  readonly after: number | undefined;
}

interface Hung {
  readonly container: string;
  readonly entry: HistoryEntry;
  readonly hang: Hang;
}

/**
 * Watches updates that were left as they are because of what was unavailable before: when that is back or gone they go on, and
 * what their pods show then is put back as for any other, if waiting does not cure it.
 */
export class HangingRollouts {
  readonly #client: Pick<KubeClient, 'get' | 'list'>;
  readonly #pods: StuckPods;

  constructor({ client, clock, turns }: HangingRolloutsOptions) {
    this.#client = client;
    this.#pods = new StuckPods(client, clock, turns);
  }

  /** What hangs, by container name; its pods are looked at ever more seldom while nothing moves. Rejects with a `KubeError`. */
  async follow(
    workload: Workload,
    watched: readonly Watched[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, Hanging>> {
    const hung = watched.flatMap(({ container: { name }, memory }): Hung[] => {
      const [entry] = memory.history;
      const hang = entry && hangOf(workload, name, entry);
      return hang ? [{ container: name, entry, hang }] : [];
    });
    const last = lastUpdateOf(watched.map(({ memory }) => memory));
    if (last === undefined || !hung.some(({ hang }) => hang.hasPods)) {
      this.forget(workloadKey(workload.ref));
      const quiet = { step: undefined, after: undefined };
      return new Map(hung.map(({ container, hang: { message } }) => [container, { message, ...quiet }]));
    }
    const progress = rolloutStatus(workload, last.generation).message;
    const { trouble, after } = await this.#pods.look(workload, hung, progress, signal);
    const found = new Map<string, Hanging>();
    for (const { container, entry, hang } of hung) {
      const failed = failsEarly({ workload, container, entry, trouble });
      const step = failed && (await unlessChanged(this.#client, failed, { workload, last }, signal));
      found.set(container, { message: hang.message, step, after });
    }
    return found;
  }

  /** Forgets a workload of which nothing hangs. */
  forget(key: WorkloadKey): void {
    this.#pods.forget(key);
  }
}
