import type { Workload, WorkloadKey } from '../../model/workload.ts';
import type { TrackedContainers } from '../../policy/effective-policy.ts';
import { policyCaveats } from '../memory/caveats.ts';
import { afterStep, recall } from '../memory/memory.ts';
import type { TrackedImageWriter } from '../memory/tracked-image-writer.ts';
import type { PullCredentials } from '../repositories/pull-credentials.ts';
import type { RepositoryStore } from '../repositories/repository-store.ts';
import { noteForeignChange } from '../rollouts/foreign-writes.ts';
import { HangingRollouts } from '../rollouts/hanging-rollouts.ts';
import { Recoveries } from '../rollouts/recoveries.ts';
import { RolloutWatch, type RolloutWatchOptions } from '../rollouts/rollout-watch.ts';
import { caveatsFor, type ContainerView, findLookup, restartsOf } from './container-view.ts';
import type { UpdateTeller } from './update-teller.ts';

/** What views are made from. */
export interface ContainerViewsOptions extends RolloutWatchOptions {
  readonly trackedImages: Pick<TrackedImageWriter, 'get'>;
  readonly credentials: PullCredentials;
  readonly repositories: RepositoryStore;
  readonly teller: Pick<UpdateTeller, 'foreign'>;
}

/** Puts together what is known of the tracked containers of a workload, and follows their last updates for it. */
export class ContainerViews {
  readonly #options: ContainerViewsOptions;
  readonly #watch: RolloutWatch;
  readonly #hanging: HangingRollouts;
  readonly #recoveries: Recoveries;

  constructor(options: ContainerViewsOptions) {
    this.#options = options;
    this.#watch = new RolloutWatch(options);
    this.#hanging = new HangingRollouts(options);
    this.#recoveries = new Recoveries(options.clock);
  }

  /** Everything that is known of the tracked containers at this moment, with how their last updates stand. Rejects with a `KubeError`. */
  async of(
    workload: Workload,
    containers: TrackedContainers,
    signal: AbortSignal,
  ): Promise<readonly ContainerView[]> {
    const { trackedImages, clock, client, credentials, repositories, teller } = this.#options;
    const known: Omit<ContainerView, 'step'>[] = [];
    for (const each of containers) {
      const lookup = await findLookup(workload, each, credentials, signal);
      const tracked = trackedImages.get({ workload: workload.ref, container: each.container.name });
      const memory = recall(tracked, workload, each.container.name);
      const caveats = [...caveatsFor(lookup, repositories), ...policyCaveats(each.policy)];
      const view = { ...each, tracked, lookup, ...restartsOf(workload), memory, caveats };
      const news = await noteForeignChange(client, workload, view, { clock, signal });
      if (news) teller.foreign(workload, each.container.name, news.reason, news.message);
      known.push({ ...view, memory: news?.memory ?? memory });
    }
    const steps = await this.#watch.follow(workload, known, signal);
    const hanging = await this.#hanging.follow(workload, known, signal);
    const recoveries = this.#recoveries.follow(workload, known);
    // One moment for all: containers that failed together count as one failure.
    const now = clock.now();
    return known.map((view) => {
      const recovery = recoveries.get(view.container.name);
      // Until it has worked for long enough, what was told of it stands.
      const recovered = recovery?.outcome === 'Verified' ? recovery : undefined;
      const { name } = view.container;
      const step = steps.get(name) ?? hanging.get(name)?.step ?? recovered;
      const memory = afterStep(view.memory, step, view.policy, now);
      return { ...view, step, memory, verifiedIn: recovery?.after, hanging: hanging.get(name) };
    });
  }

  /** Forgets a workload that is not tracked any more. */
  forget(key: WorkloadKey): void {
    this.#watch.forget(key);
    this.#hanging.forget(key);
    this.#recoveries.forget(key);
  }
}
