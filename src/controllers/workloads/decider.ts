import { type GateInput, passGates } from '../../decide/gates.ts';
import { namespaceBreaker } from '../../decide/namespace-breaker.ts';
import type { Clock } from '../../model/ports.ts';
import { type Workload, workloadKey } from '../../model/workload.ts';
import type { TrackedImageWriter } from '../memory/tracked-image-writer.ts';
import type { PodQuestions } from '../pods/pod-questions.ts';
import type { PullCredentials } from '../repositories/pull-credentials.ts';
import type { RepositoryStore } from '../repositories/repository-store.ts';
import type { RolloutPlaces } from '../rollouts/rollout-places.ts';
import { needsCredential } from './come-back.ts';
import { chooseFor, type ContainerView, observationFor, withPlatforms } from './container-view.ts';
import { gateInputOf } from './gate-input.ts';
import type { RefusedUpdates } from './refused-updates.ts';
import { type Decided, obeyRollback } from './rollback-wish.ts';
import { changesOf, denied, rolloutOf, storyOf, type Verdict } from './verdict.ts';

/** What deciding works with. */
export interface DeciderOptions {
  readonly trackedImages: Pick<TrackedImageWriter, 'rejectingIn'>;
  readonly repositories: RepositoryStore;
  readonly credentials: Pick<PullCredentials, 'distrust'>;
  readonly places: RolloutPlaces;
  readonly pods: PodQuestions;
  readonly refused: Pick<RefusedUpdates, 'resting'>;
  readonly clock: Clock;
  readonly readOnly: boolean;
}

/** Whether nothing was ever told of a container: what runs is asked for before it is. */
function isNew({ tracked }: ContainerView): boolean {
  return tracked?.status === undefined;
}

/** Decides what becomes of each container of a workload: what is chosen, what a person wants, and what the gates let through. */
export class Decider {
  readonly #options: DeciderOptions;

  constructor(options: DeciderOptions) {
    this.#options = options;
  }

  /**
   * Decides; asks pods what they run where a decision depends on it. Where there is a change in a verdict, it has its place
   * among the rollouts. Rejects with a `KubeError`.
   */
  async decide(
    workload: Workload,
    views: readonly ContainerView[],
    signal: AbortSignal,
  ): Promise<readonly Verdict[]> {
    const { repositories, trackedImages, clock, pods } = this.#options;
    const rollout = rolloutOf(workload, views);
    const rejecting = trackedImages.rejectingIn(workload.ref.namespace);
    const now = clock.now();
    const moment = { breaker: namespaceBreaker(rejecting, now), now, rollout };
    const first = views.map((view) => chooseFor(view, repositories, undefined, now));
    const ask = rollout === undefined && first.some(({ needsRunning }) => needsRunning);
    if (views.some(isNew)) pods.expect(workload);
    // Where something can be told for the first time, it is not kept back because pods cannot be asked.
    const isTellable = views.some((view, index) => isNew(view) && first[index]?.reason !== 'Observing');
    const { images, after } = ask
      ? await (isTellable ? pods.askPatiently(workload, signal) : pods.ask(workload, signal))
      : await pods.follow(workload, storyOf(views, rollout), signal);
    const verdicts = views.map((known, index) => {
      const seen = images ? withPlatforms(known, images) : known;
      const digests = images && (images.digests.get(known.container.name) ?? []);
      const chosen = first[index];
      const isSettled = !ask || chosen?.needsRunning === false;
      const choice = chosen && isSettled ? chosen : chooseFor(seen, repositories, digests, now);
      const running = digests ?? seen.tracked?.status?.running ?? [];
      return { ...this.#pass(workload, { view: seen, decision: choice }, moment), running, asksIn: after };
    });
    return this.#reserve(workload, verdicts);
  }

  /** Puts the way back that a person asks for in place of what was chosen, and lets through what the gates let through. */
  #pass(
    workload: Workload,
    chosen: Decided,
    moment: Pick<GateInput, 'breaker' | 'rollout'> & { readonly now: number },
  ): Decided {
    const { repositories, places, readOnly } = this.#options;
    const observation = observationFor(chosen.view, repositories);
    const { view, decision } = obeyRollback(chosen, observation, moment.now);
    const placeFree = decision.change === undefined || places.free(workloadKey(workload.ref));
    const gated = passGates(decision, gateInputOf(workload, view, { ...moment, placeFree, readOnly }));
    // What a person wants to leave is not rejected as long as it is not left.
    const isHeld = decision.change?.rollbackTo !== undefined && gated.change === undefined;
    return { view: isHeld ? chosen.view : view, decision: gated };
  }

  /**
   * Takes the place of an update that passed every gate, or lays it to rest where it was refused before.
   * Done in the same turn as the gates, so that two workloads cannot both be given the last place.
   */
  #reserve(workload: Workload, verdicts: readonly Verdict[]): readonly Verdict[] {
    const { credentials, places, refused } = this.#options;
    // A refused credential may have been renewed: its secret is read again before it is tried again.
    if (verdicts.some(needsCredential)) credentials.distrust(workload.ref.namespace);
    const changes = changesOf(verdicts);
    if (changes.length === 0) return verdicts;
    const refusal = refused.resting(workload, changes);
    if (!refusal) places.take(workloadKey(workload.ref));
    return refusal ? verdicts.map((verdict) => denied(verdict, refusal)) : verdicts;
  }
}
