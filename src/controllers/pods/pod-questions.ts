import { isKubeError } from '../../kube/errors.ts';
import { type Workload, type WorkloadKey, workloadKey } from '../../model/workload.ts';
import { type PodAnswer, PodCrowds, type PodCrowdsOptions } from './pod-crowds.ts';
import { listRunningImages } from './running-images.ts';

/** How often the pods of a rollout are asked at most. */
const every = 1_000;

/** A rollout whose story is told. */
export interface FollowedRollout {
  /** Whether it belongs to an update that is followed; one that only puts it back does not. */
  readonly isOurs: boolean;
  /** How far it is; undefined where every pod is as it should be. */
  readonly progress: string | undefined;
}

interface Followed {
  readonly progress: string;
  /** Monotonic milliseconds. */
  readonly askedAt: number;
}

/** Asks pods what they run when a decision needs it, and while a rollout of ours goes on; nothing is watched. */
export class PodQuestions {
  readonly #options: PodCrowdsOptions;
  readonly #crowds: PodCrowds;
  readonly #followed = new Map<WorkloadKey, Followed>();

  constructor(options: PodCrowdsOptions) {
    this.#options = options;
    this.#crowds = new PodCrowds(options);
  }

  /** Asks for a decision; those who have to wait are asked together. Rejects with a `KubeError`. */
  async ask(workload: Workload, signal: AbortSignal): Promise<PodAnswer> {
    const { client, nodes, turns } = this.#options;
    const together = await this.#crowds.ask(workload, signal);
    if (together) return together;
    const after = turns.take(questionOf(workload));
    if (after > 0) return { after };
    return { images: await listRunningImages(client, nodes, workload, signal) };
  }

  /** Notes a workload for which a decision is likely to ask soon, so that it is asked for together with others. */
  expect(workload: Workload): void {
    this.#crowds.expect(workload);
  }

  /**
   * Asks for the story of a rollout: once for each text that says how far it is, because pods of one that stands still run
   * what they ran, and a last time when it has ended. What cannot be learnt now is left out.
   */
  async follow(workload: Workload, rollout: FollowedRollout, signal: AbortSignal): Promise<PodAnswer> {
    const key = workloadKey(workload.ref);
    const last = this.#followed.get(key);
    if (!rollout.isOurs && last === undefined) return {};
    const { progress = 'complete' } = rollout;
    const isLast = rollout.progress === undefined && !rollout.isOurs;
    const now = this.#options.clock.monotonic();
    const isTold = last?.progress === progress;
    const rest = isTold || isLast ? 0 : restAfter(last, now);
    if (rest > 0) return { after: rest };
    const answer = isTold ? {} : await this.askPatiently(workload, signal);
    if (isLast && answer.after === undefined) this.#followed.delete(key);
    else if (answer.images) this.#followed.set(key, { progress, askedAt: now });
    return answer;
  }

  /** Asks for what can wait: a question that fails is asked again later. */
  async askPatiently(workload: Workload, signal: AbortSignal): Promise<PodAnswer> {
    try {
      return await this.ask(workload, signal);
    } catch (error) {
      if (isKubeError(error) && !signal.aborted) return { after: every };
      throw error;
    }
  }

  /** Forgets a workload that is not followed any more. */
  forget(workload: WorkloadKey): void {
    this.#followed.delete(workload);
    this.#crowds.forget(workload);
    this.#options.turns.forget(`images ${workload}`);
  }
}

/** Milliseconds before the pods of a rollout are asked again. */
function restAfter(last: Followed | undefined, now: number): number {
  return last === undefined ? 0 : last.askedAt + every - now;
}

function questionOf({ ref }: Workload): string {
  return `images ${workloadKey(ref)}`;
}
