import type { KubeClient } from '../../kube/client.ts';
import type { EffectivePolicy } from '../../model/policy.ts';
import type { Clock } from '../../model/ports.ts';
import type { HistoryEntry } from '../../model/tracked-image.ts';
import {
  type Container,
  type Workload,
  type WorkloadKey,
  type WorkloadRef,
  workloadKey,
} from '../../model/workload.ts';
import { followRollout, isSuperseded, type RolloutStep } from '../../rollout/follow.ts';
import { lastUpdateOf, type Memory } from '../memory/memory.ts';
import type { PodTurns } from '../pods/pod-turns.ts';
import { RolloutStopwatch } from './rollout-stopwatch.ts';
import { type Look, StuckPods } from './stuck-pods.ts';
import { unlessChanged } from './template-writer.ts';

/** A container whose last update may have to be followed. */
export interface Watched {
  readonly container: Container;
  readonly policy: EffectivePolicy;
  readonly memory: Memory;
}

interface Open extends Watched {
  readonly entry: HistoryEntry;
}

/** What following works with. */
export interface RolloutWatchOptions {
  readonly client: Pick<KubeClient, 'get' | 'list'>;
  readonly clock: Clock;
  readonly turns: PodTurns;
  /** Whether a workload is known as it is now; true where left out. */
  readonly sees?: ((workload: WorkloadRef) => boolean) | undefined;
}

/** Follows the rollouts of updates that we wrote, from what the workload says and from its pods where it says nothing new. */
export class RolloutWatch {
  readonly #client: Pick<KubeClient, 'get' | 'list'>;
  readonly #stuck: StuckPods;
  readonly #stopwatch: RolloutStopwatch;
  readonly #sees: (workload: WorkloadRef) => boolean;

  constructor({ client, clock, turns, sees = () => true }: RolloutWatchOptions) {
    this.#client = client;
    this.#sees = sees;
    this.#stuck = new StuckPods(client, clock, turns);
    this.#stopwatch = new RolloutStopwatch(clock);
  }

  /** How the last update of each container stands that has not ended; by container name. */
  async follow(
    workload: Workload,
    watched: readonly Watched[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, RolloutStep>> {
    const key = workloadKey(workload.ref);
    const open = watched.flatMap((one): Open[] => {
      const [entry] = one.memory.history;
      return entry?.outcome === 'InProgress' ? [{ ...one, entry }] : [];
    });
    this.#stopwatch.keep(
      key,
      open.map(({ entry }) => entry.at),
    );
    // What somebody has replaced meanwhile says nothing of how far the others are.
    const first = open.find(
      ({ container, entry }) => !isSuperseded({ workload, container: container.name, entry }),
    );
    const seen = first && this.#judge(workload, first);
    const standsStill =
      seen && !seen.complete && (seen.outcome === 'InProgress' || seen.outcome === 'Failed');
    if (!standsStill) {
      // One that is being verified may fall back, and is looked at the sooner for it.
      if (seen?.complete !== true || seen.outcome !== 'InProgress') this.#stuck.forget(key);
      return new Map(open.map((one) => [one.container.name, this.#follow(workload, one)]));
    }
    const last = lastUpdateOf(watched.map(({ memory }) => memory)) ?? first.entry;
    const followed = open.map(({ container, entry }) => ({ container: container.name, entry }));
    const look =
      seen.outcome === 'Failed'
        ? await this.#stuck.lookAtLast(workload, followed, signal)
        : await this.#stuck.look(workload, followed, seen.message, signal);
    const steps = new Map<string, RolloutStep>();
    for (const one of open) {
      const step = soon(this.#follow(workload, one, look), look);
      const outcome = await unlessChanged(this.#client, step, { workload, last }, signal);
      steps.set(one.container.name, outcome);
    }
    return steps;
  }

  /** Forgets a workload that is not followed any more. */
  forget(key: WorkloadKey): void {
    this.#stopwatch.forget(key);
    this.#stuck.forget(key);
  }

  /** How a rollout stands by what is known of its pods, and notes whether it is complete. */
  #follow(workload: Workload, one: Open, look?: Look): RolloutStep {
    const step = this.#judge(workload, one, look);
    // A replica that fails while it is verified makes the verification begin again.
    const isComplete = step.complete && this.#sees(workload.ref);
    this.#stopwatch.note(workloadKey(workload.ref), one.entry.at, isComplete);
    return step;
  }

  #judge(workload: Workload, { container, entry, policy }: Open, look?: Look): RolloutStep {
    const key = workloadKey(workload.ref);
    const seen = this.#sees(workload.ref);
    const time = this.#stopwatch.read(workload, entry, seen);
    const completeFor = seen ? this.#stopwatch.completeFor(key, entry.at) : undefined;
    const { trouble, ailing } = look ?? {};
    const { name } = container;
    return followRollout({ workload, container: name, entry, policy, ...time, completeFor, trouble, ailing });
  }
}

function soon(step: RolloutStep, { after }: Look): RolloutStep {
  return step.outcome === 'InProgress' ? { ...step, after: Math.min(after, step.after ?? after) } : step;
}
