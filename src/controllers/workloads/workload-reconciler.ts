import type { KubeClient } from '../../kube/client.ts';
import type { Change } from '../../model/decision.ts';
import type { Clock, Logger, Metrics, EventSink } from '../../model/ports.ts';
import { type Workload, type WorkloadKey, type WorkloadRef, workloadKey } from '../../model/workload.ts';
import { understandPolicies } from '../../decide/understand-policies.ts';
import type { PolicyDefaults } from '../../policy/effective-policy.ts';
import type { Surroundings } from '../../policy/surroundings.ts';
import { type ApplyOutcome, applyUpdate } from '../../rollout/apply-update.ts';
import { baselineOf } from '../../rollout/baseline.ts';
import type { WorkResult } from '../../runtime/work-queue.ts';
import { OutdatedDefinition } from '../memory/definition-check.ts';
import { nextMoment } from '../memory/memory.ts';
import type { TrackedImageWriter } from '../memory/tracked-image-writer.ts';
import type { NodePlatforms } from '../pods/node-platforms.ts';
import { PodQuestions } from '../pods/pod-questions.ts';
import { PodTurns } from '../pods/pod-turns.ts';
import type { PullCredentials } from '../repositories/pull-credentials.ts';
import type { RepositoryStore } from '../repositories/repository-store.ts';
import type { RolloutPlaces } from '../rollouts/rollout-places.ts';
import { comeBackAfter } from './come-back.ts';
import { type ContainerView, joinSubscriptions, subscriptionOf } from './container-view.ts';
import { ContainerViews } from './container-views.ts';
import { Decider } from './decider.ts';
import { LostRaces } from './lost-races.ts';
import { RefusedUpdates } from './refused-updates.ts';
import { Undoer } from './undoer.ts';
import { UpdateTeller } from './update-teller.ts';
import { afterUpdate, changesOf, type Verdict } from './verdict.ts';
import { VerdictTeller } from './verdict-teller.ts';
import type { WorkloadCache } from './workload-cache.ts';

/** What the workload loop works with. */
export interface WorkloadReconcilerOptions {
  readonly client: Pick<KubeClient, 'create' | 'delete' | 'get' | 'list' | 'patch'>;
  readonly workloads: WorkloadCache;
  readonly repositories: RepositoryStore;
  readonly trackedImages: TrackedImageWriter;
  readonly credentials: PullCredentials;
  readonly places: RolloutPlaces;
  readonly events: EventSink;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly defaults: PolicyDefaults;
  /** The nodes of the cluster; undefined where they are not to be read. */
  readonly nodes: NodePlatforms | undefined;
  /** What stands around the workloads of a namespace; nothing where it is left out. */
  readonly around?: (namespace: string) => Surroundings;
  /** Whether a namespace is being deleted; its workloads are left alone. */
  readonly isTerminating?: (namespace: string) => boolean;
  /** Whether a workload is known as it is now, the API server being there; true where left out. */
  readonly sees?: (workload: WorkloadRef) => boolean;
  /** Decide and tell, and write nothing but status. */
  readonly readOnly: boolean;
}

/**
 * The workload loop: derives everything anew from the cached workload, its policy, its memory and what was seen of its
 * repositories; applies what passes the gates, follows what was applied, and tells. It never talks to a registry.
 */
export class WorkloadReconciler {
  readonly #options: WorkloadReconcilerOptions;
  readonly #teller: UpdateTeller;
  readonly #verdicts: VerdictTeller;
  readonly #views: ContainerViews;
  readonly #pods: PodQuestions;
  readonly #decider: Decider;
  readonly #undoer: Undoer;
  readonly #refused: RefusedUpdates;
  readonly #races = new LostRaces();

  constructor(options: WorkloadReconcilerOptions) {
    this.#options = options;
    this.#refused = new RefusedUpdates(options.clock);
    this.#teller = new UpdateTeller(options);
    this.#verdicts = new VerdictTeller(
      options.trackedImages,
      this.#teller,
      options.repositories,
      options.clock,
    );
    const turns = new PodTurns(options.clock);
    this.#views = new ContainerViews({ ...options, turns, teller: this.#teller });
    this.#pods = new PodQuestions({ ...options, turns });
    this.#decider = new Decider({ ...options, pods: this.#pods, refused: this.#refused });
    const own = {
      refused: this.#refused,
      races: this.#races,
      teller: this.#teller,
      verdicts: this.#verdicts,
    };
    this.#undoer = new Undoer({ ...options, ...own });
  }

  /** Workloads whose rollout, begun by us, has not ended. */
  get following(): ReadonlySet<WorkloadKey> {
    return this.#verdicts.following;
  }

  /** Workloads of which a container is in an error, or had an update put back. */
  get troubled(): ReadonlySet<WorkloadKey> {
    return this.#verdicts.troubled;
  }

  /** Brings one workload as far as it can go now; says when to come back where nothing else happens. */
  async reconcile(key: WorkloadKey, signal: AbortSignal): Promise<WorkResult> {
    try {
      return await this.#reconcile(key, signal);
    } catch (error) {
      // It is told once for all workloads, and nothing of this one could have been done.
      if (error instanceof OutdatedDefinition) return { after: error.retryAfter };
      throw error;
    }
  }

  async #reconcile(key: WorkloadKey, signal: AbortSignal): Promise<WorkResult> {
    const { workloads, defaults, around, isTerminating } = this.#options;
    const workload = workloads.get(key);
    if (!workload || workload.deleting || isTerminating?.(workload.ref.namespace)) return this.#forget(key);
    const policies = understandPolicies(workload, defaults, around?.(workload.ref.namespace));
    if (!policies.ok) {
      this.#forget(key);
      await this.#verdicts.tellBroken(workload, policies.problem, signal);
      return {};
    }
    const views = await this.#views.of(workload, policies.value, signal);
    await this.#verdicts.endTracking(workload, views, signal);
    if (views.length === 0) return this.#forget(key);
    const undoing = await this.#undoer.undo(workload, views, signal);
    return undoing.kind === 'done' ? undoing.result : this.#advance(workload, undoing.views, signal);
  }

  async #advance(
    workload: Workload,
    views: readonly ContainerView[],
    signal: AbortSignal,
  ): Promise<WorkResult> {
    const key = workloadKey(workload.ref);
    const { repositories } = this.#options;
    this.#notePlace(key, views);
    const verdicts = await this.#decider.decide(workload, views, signal);
    const subscriptions = verdicts.map(({ view, decision }) => subscriptionOf(view, decision, workload));
    repositories.subscribe(key, joinSubscriptions(subscriptions.filter((one) => one !== undefined)));

    const changes = changesOf(verdicts);
    if (changes.length > 0) return this.#apply(workload, changes, verdicts, signal);
    this.#races.forget(key);
    const untold = await this.#verdicts.tell(workload, verdicts, signal);
    const after = comeBackAfter(verdicts, repositories, this.#options.clock.now());
    const waits = [untold, after].filter((wait) => wait !== undefined);
    return waits.length > 0 ? { after: Math.min(...waits) } : {};
  }

  async #apply(
    workload: Workload,
    changes: readonly Change[],
    verdicts: readonly Verdict[],
    signal: AbortSignal,
  ): Promise<WorkResult> {
    const key = workloadKey(workload.ref);
    const memories = verdicts.map(({ view }) => view.memory);
    const now = nextMoment(workload, memories, this.#options.clock.now());
    const wishes = verdicts.filter(({ decision }) => decision.change?.rollbackTo !== undefined);
    // What a person leaves is remembered first, or a controller that dies in between would go forward again.
    if (wishes.length > 0) await this.#verdicts.tell(workload, wishes, signal);
    const outcome = await this.#write(workload, { changes, verdicts, now }, signal);
    if (outcome.kind !== 'applied') this.#options.places.release(key);
    if (outcome.kind === 'lost') {
      this.#teller.lost(workload);
      return { after: this.#races.lose(key) };
    }
    this.#races.forget(key);
    if (outcome.kind === 'denied') {
      this.#teller.denied(workload);
      this.#refused.refuse(workload, changes, outcome.message);
      return { after: 1 };
    }
    const written = outcome.workload;
    this.#refused.forget(key);
    this.#teller.applied(workload, changes);
    const { templateHash } = outcome;
    const update = { workload: written, at: now, baseline: baselineOf(workload), templateHash };
    const after = verdicts.map((verdict) => afterUpdate(verdict, changes, update));
    await this.#verdicts.tell(written, after, signal);
    return {};
  }

  async #write(
    workload: Workload,
    update: {
      readonly changes: readonly Change[];
      readonly verdicts: readonly Verdict[];
      readonly now: string;
    },
    signal: AbortSignal,
  ): Promise<ApplyOutcome> {
    const { client, places, trackedImages, workloads } = this.#options;
    const { changes, verdicts, now } = update;
    try {
      for (const { container } of changes) {
        const { spec } = await trackedImages.ensure(workload, container.name, signal);
        const seen = verdicts.find(({ view }) => view.container.name === container.name)?.view.tracked;
        // The handle of a former workload, taken over just now, may hold what was decided without it.
        if (seen === undefined && (spec.hold || spec.skip.length > 0))
          return { kind: 'lost', workload: undefined };
      }
      return await workloads.through(
        workload,
        () => applyUpdate(client, { workload, changes, now }, signal),
        (answer) => (answer.kind === 'denied' ? undefined : answer.workload),
      );
    } catch (error) {
      places.release(workloadKey(workload.ref));
      this.#teller.failed(workload);
      throw error;
    }
  }

  #notePlace(key: WorkloadKey, views: readonly ContainerView[]): void {
    const { places } = this.#options;
    const open = views.flatMap(({ step }) => (step?.outcome === 'InProgress' ? [step] : []));
    const incomplete = open.find(({ complete }) => !complete);
    if (incomplete) places.hold(key, incomplete.message);
    else if (open.length > 0) places.rest(key);
    else places.release(key);
  }

  #forget(key: WorkloadKey): WorkResult {
    this.#options.repositories.subscribe(key, []);
    this.#options.places.release(key);
    this.#verdicts.forget(key);
    this.#views.forget(key);
    this.#pods.forget(key);
    this.#refused.forget(key);
    this.#races.forget(key);
    return {};
  }
}
