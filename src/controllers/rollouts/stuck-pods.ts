import type { KubeClient } from '../../kube/client.ts';
import { isKubeError } from '../../kube/errors.ts';
import { listPods } from '../../kube/pods.ts';
import type { Clock } from '../../model/ports.ts';
import { type Workload, type WorkloadKey, workloadKey } from '../../model/workload.ts';
import type { Followed } from '../../rollout/new-revision.ts';
import { findTrouble, isAiling, type PodTrouble } from '../../rollout/pod-trouble.ts';
import type { PodTurns } from '../pods/pod-turns.ts';

/** How long a rollout may stand still before its pods are looked at, and how often they are after that at first. */
const firstLook = 1_000;
const every = 3_000;
/**
 * One that has stood still for longer than most deadlines is looked at after each tenth of the time since: a paused one may do so
 * for days. Before that nothing is to be seen later than it need be: a container that crashes ends for the fourth time after minutes.
 */
const long = 900_000;
const share = 0.1;
const seldom = 60_000;

interface Turn {
  /** How far the rollout was; a changed text is progress. */
  readonly progress: string;
  /** Monotonic milliseconds. */
  due: number;
  /** When its pods were looked at last, or it was seen to stand still for the first time. */
  since: number;
  /** Since when it is no further. */
  readonly stillSince: number;
  trouble: PodTrouble | undefined;
  /** Undefined until its pods were looked at since the last progress. */
  ailing: boolean | undefined;
}

/** What is known of a rollout that stands still, see `FollowInput`. */
export interface Look {
  readonly trouble: PodTrouble | undefined;
  readonly ailing: boolean | undefined;
  /** Milliseconds after which to look again. */
  readonly after: number;
}

/**
 * Looks at the pods of rollouts that make no progress, because nothing else tells that one is stuck: pods are not
 * watched. All workloads share one rate; between two looks the last finding stands.
 */
export class StuckPods {
  readonly #client: Pick<KubeClient, 'list'>;
  readonly #clock: Clock;
  readonly #rate: PodTurns;
  readonly #turns = new Map<WorkloadKey, Turn>();

  constructor(client: Pick<KubeClient, 'list'>, clock: Clock, rate: PodTurns) {
    this.#client = client;
    this.#clock = clock;
    this.#rate = rate;
  }

  /** What is wrong with the pods of a rollout that is so far. A list that fails leaves the last finding as it is. */
  async look(
    workload: Workload,
    followed: readonly Followed[],
    progress: string,
    signal: AbortSignal,
  ): Promise<Look> {
    const key = workloadKey(workload.ref);
    const turn = this.#turnOf(key, progress);
    if (this.#isDue(key, turn)) {
      const pods = await this.#list(workload, signal);
      if (pods) {
        turn.trouble = findTrouble(pods, followed);
        turn.ailing = isAiling(pods, followed);
      }
      turn.since = this.#clock.monotonic();
      turn.due = turn.since + paceOf(turn);
    }
    const { trouble, ailing, due } = turn;
    return { trouble, ailing, after: Math.max(1, due - this.#clock.monotonic()) };
  }

  /** What is wrong with the pods of a rollout that is given up now; failing a finding, what was found last. */
  async lookAtLast(workload: Workload, followed: readonly Followed[], signal: AbortSignal): Promise<Look> {
    const pods = await this.#list(workload, signal);
    const known = this.#turns.get(workloadKey(workload.ref));
    return {
      trouble: (pods && findTrouble(pods, followed)) ?? known?.trouble,
      ailing: pods ? isAiling(pods, followed) : known?.ailing,
      after: every,
    };
  }

  /** Forgets a workload whose rollout has ended. */
  forget(key: WorkloadKey): void {
    // Somebody else may wait for a turn for the same workload.
    if (this.#turns.delete(key)) this.#rate.forget(`stuck ${key}`);
  }

  #turnOf(key: WorkloadKey, progress: string): Turn {
    const known = this.#turns.get(key);
    if (known?.progress === progress) return known;
    const now = this.#clock.monotonic();
    const since = known?.since ?? now;
    // Pods that crash come and go, and progress with them: what was found stands until the next look, and puts none off for long.
    const turn = {
      progress,
      due: Math.min(now + firstLook, since + every),
      since,
      stillSince: now,
      trouble: known?.trouble,
      ailing: undefined,
    };
    this.#turns.set(key, turn);
    return turn;
  }

  /** Takes a turn of the shared rate; one that comes later moves the look. */
  #isDue(key: WorkloadKey, turn: Turn): boolean {
    const now = this.#clock.monotonic();
    if (now < turn.due) return false;
    const wait = this.#rate.take(`stuck ${key}`);
    turn.due = now + wait;
    return wait === 0;
  }

  async #list({ ref, podSelector }: Workload, signal: AbortSignal) {
    try {
      return await listPods(this.#client, ref.namespace, podSelector, signal);
    } catch (error) {
      // The deadline judges the rollout all the same.
      if (isKubeError(error) && !signal.aborted) return undefined;
      throw error;
    }
  }
}

/** Milliseconds from one look to the next. */
function paceOf({ since, stillSince }: Turn): number {
  return Math.min(seldom, Math.max(every, (since - stillSince - long) * share));
}
