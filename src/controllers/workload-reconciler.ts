import type { KubeClient } from '../kube/client.ts';
import type { Change } from '../model/decision.ts';
import type { Clock, Logger, Metrics, EventSink } from '../model/ports.ts';
import type { Problem } from '../model/result.ts';
import { type Container, type Workload, type WorkloadKey, workloadKey } from '../model/workload.ts';
import { passGates } from '../decide/gates.ts';
import { type PolicyDefaults, resolvePolicies } from '../policy/effective-policy.ts';
import type { Surroundings } from '../policy/surroundings.ts';
import { type ApplyOutcome, applyUpdate } from '../rollout/apply-update.ts';
import { followRollout } from '../rollout/follow.ts';
import { Backoff } from '../runtime/backoff.ts';
import type { WorkResult } from '../runtime/work-queue.ts';
import { comeBackAfter, needsCredential } from './come-back.ts';
import {
  chooseFor,
  type ContainerView,
  findLookup,
  joinSubscriptions,
  subscriptionOf,
} from './container-view.ts';
import { endedTracking } from './ended-tracking.ts';
import type { PullCredentials } from './pull-credentials.ts';
import { RefusedUpdates } from './refused-updates.ts';
import type { RepositoryStore } from './repository-store.ts';
import type { RolloutPlaces } from './rollout-places.ts';
import { listRunningDigests } from './running-digests.ts';
import { recall, statusOf } from './tracked-image-status.ts';
import type { TrackedImageWriter } from './tracked-image-writer.ts';
import { UpdateTeller } from './update-teller.ts';
import type { WorkloadCache } from './workload-cache.ts';
import {
  afterUpdate,
  closeUpdate,
  denied,
  rolloutOf,
  rolloutTold,
  type Verdict,
  withoutChoice,
} from './verdict.ts';

/** What the workload loop works with. */
export interface WorkloadReconcilerOptions {
  readonly client: Pick<KubeClient, 'get' | 'list' | 'patch'>;
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
  /** What stands around the workloads of a namespace; nothing where it is left out. */
  readonly around?: (namespace: string) => Surroundings;
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
  /** Since when a rollout was seen complete; lost in a restart, which makes the verification begin again. */
  readonly #completeSince = new Map<WorkloadKey, { readonly at: string; readonly since: number }>();
  /** Workloads whose rollout has not ended, and those with a container in an error. */
  readonly #following = new Set<WorkloadKey>();
  readonly #troubled = new Set<WorkloadKey>();
  readonly #refused: RefusedUpdates;
  /** Lost preconditions in a row: somebody else is writing as well, and must not be raced. */
  readonly #losses = new Map<WorkloadKey, Backoff>();

  constructor(options: WorkloadReconcilerOptions) {
    this.#options = options;
    this.#refused = new RefusedUpdates(options.clock);
    this.#teller = new UpdateTeller(options);
  }

  /** Workloads whose rollout, begun by us, has not ended. */
  get following(): ReadonlySet<WorkloadKey> {
    return this.#following;
  }

  /** Workloads of which a container is in the state `Error`. */
  get troubled(): ReadonlySet<WorkloadKey> {
    return this.#troubled;
  }

  /** Brings one workload as far as it can go now; says when to come back where nothing else happens. */
  async reconcile(key: WorkloadKey, signal: AbortSignal): Promise<WorkResult> {
    const { workloads, defaults, around } = this.#options;
    const workload = workloads.get(key);
    if (!workload || workload.deleting) return this.#forget(key);
    const policies = resolvePolicies(workload, defaults, around?.(workload.ref.namespace));
    if (!policies.ok) {
      this.#forget(key);
      this.#troubled.add(key);
      await this.#tellBroken(workload, policies.problem, signal);
      return {};
    }
    const views: ContainerView[] = [];
    for (const tracked of policies.value) {
      const lookup = await findLookup(workload, tracked, this.#options.credentials, signal);
      views.push(this.#view(workload, tracked, lookup));
    }
    await this.#endTracking(workload, views, signal);
    if (views.length === 0) return this.#forget(key);
    return this.#advance(workload, views, signal);
  }

  #view(
    workload: Workload,
    { container, policy }: Pick<ContainerView, 'container' | 'policy'>,
    lookup: ContainerView['lookup'],
  ): ContainerView {
    const { trackedImages, clock } = this.#options;
    const tracked = trackedImages.get({ workload: workload.ref, container: container.name });
    const memory = recall(tracked, workload, container.name);
    const [entry] = memory.history;
    const base = { container, policy, tracked, lookup };
    if (entry?.outcome !== 'InProgress') return { ...base, memory, step: undefined };

    const now = clock.now();
    const key = workloadKey(workload.ref);
    const seen = this.#completeSince.get(key);
    const completeSince = seen?.at === entry.at ? seen.since : undefined;
    const step = followRollout({ workload, container: container.name, entry, policy, now, completeSince });
    // A replica that fails while it is verified makes the verification begin again.
    if (!step.complete) this.#completeSince.delete(key);
    else if (completeSince === undefined) this.#completeSince.set(key, { at: entry.at, since: now });
    return {
      ...base,
      step,
      memory: step.outcome === 'InProgress' ? memory : closeUpdate(memory, step.outcome, now),
    };
  }

  async #advance(
    workload: Workload,
    views: readonly ContainerView[],
    signal: AbortSignal,
  ): Promise<WorkResult> {
    const key = workloadKey(workload.ref);
    const { repositories } = this.#options;
    this.#notePlace(key, views);
    const rollout = rolloutOf(workload, views);
    const verdicts = await this.#decide(workload, views, rollout, signal);
    const subscriptions = verdicts.map(({ view, decision }) => subscriptionOf(view, decision, workload));
    repositories.subscribe(key, joinSubscriptions(subscriptions.filter((one) => one !== undefined)));

    const changes = changesOf(verdicts);
    if (changes.length > 0) return this.#apply(workload, changes, verdicts, signal);
    this.#losses.delete(key);
    await this.#tell(workload, verdicts, signal);
    const after = comeBackAfter(verdicts, repositories, this.#options.clock.now());
    return after === undefined ? {} : { after };
  }

  async #decide(
    workload: Workload,
    views: readonly ContainerView[],
    rollout: string | undefined,
    signal: AbortSignal,
  ): Promise<readonly Verdict[]> {
    const { client, repositories, places, readOnly } = this.#options;
    const first = views.map((view) => chooseFor(view, repositories, undefined));
    const ask = rollout === undefined && first.some(({ needsRunning }) => needsRunning);
    const running = ask ? await listRunningDigests(client, workload, signal) : undefined;
    const verdicts = views.map((view, index) => {
      const digests = running?.get(view.container.name) ?? (running ? [] : undefined);
      const chosen = first[index];
      const decision = chosen?.needsRunning === false ? chosen : chooseFor(view, repositories, digests);
      const placeFree = decision.change === undefined || places.free(workloadKey(workload.ref));
      const gated = passGates(decision, {
        workload,
        policy: view.policy,
        held: view.tracked?.spec.hold ?? false,
        rollout,
        placeFree,
        readOnly,
      });
      const known = view.tracked?.status?.running ?? [];
      return { view, decision: gated, running: digests ?? known };
    });
    return this.#reserve(workload, verdicts);
  }

  /**
   * Takes the place of an update that passed every gate, or lays it to rest where it was refused before.
   * Done in the same turn as the gates, so that two workloads cannot both be given the last place.
   */
  #reserve(workload: Workload, verdicts: readonly Verdict[]): readonly Verdict[] {
    const { credentials, places } = this.#options;
    // A refused credential may have been renewed: its secret is read again before it is tried again.
    if (verdicts.some(needsCredential)) credentials.distrust(workload.ref.namespace);
    const changes = changesOf(verdicts);
    if (changes.length === 0) return verdicts;
    const refusal = this.#refused.resting(workload, changes);
    if (!refusal) places.hold(workloadKey(workload.ref), 'writing');
    return refusal ? verdicts.map((verdict) => denied(verdict, refusal)) : verdicts;
  }

  async #apply(
    workload: Workload,
    changes: readonly Change[],
    verdicts: readonly Verdict[],
    signal: AbortSignal,
  ): Promise<WorkResult> {
    const key = workloadKey(workload.ref);
    const now = new Date(this.#options.clock.now()).toISOString();
    const outcome = await this.#write(workload, changes, now, signal);
    if (outcome.kind !== 'applied') this.#options.places.release(key);
    if (outcome.kind === 'lost') {
      this.#teller.lost(workload);
      const backoff = this.#losses.get(key) ?? new Backoff({ initial: 200, longest: 60_000 });
      this.#losses.set(key, backoff);
      return { after: backoff.fail() };
    }
    this.#losses.delete(key);
    if (outcome.kind === 'denied') {
      this.#teller.denied(workload);
      this.#refused.refuse(workload, changes, outcome.message);
      return { after: 1 };
    }
    const written = outcome.workload;
    this.#refused.forget(key);
    this.#teller.applied(workload, changes);
    const after = verdicts.map((verdict) => afterUpdate(verdict, changes, written, now));
    await this.#tell(written, after, signal);
    return {};
  }

  async #write(
    workload: Workload,
    changes: readonly Change[],
    now: string,
    signal: AbortSignal,
  ): Promise<ApplyOutcome> {
    const { client, places, trackedImages, workloads } = this.#options;
    try {
      for (const { container } of changes) await trackedImages.ensure(workload, container.name, signal);
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

  async #tell(workload: Workload, verdicts: readonly Verdict[], signal: AbortSignal): Promise<void> {
    const key = workloadKey(workload.ref);
    const open = verdicts.some(({ view }) => view.step?.outcome === 'InProgress');
    if (open) this.#following.add(key);
    else this.#following.delete(key);
    this.#troubled.delete(key);
    for (const verdict of verdicts) {
      const { view, decision, running } = verdict;
      const { container, tracked, memory, step } = view;
      const told = rolloutTold(verdict);
      // While something is being looked up, what was said before stands: nobody wants to read that we are reading.
      if (told === undefined && decision.reason === 'Observing' && step === undefined) continue;
      const checkedAt = tracked?.spec.checkAt;
      const status = statusOf(decision, memory, {
        told,
        running,
        generation: tracked?.generation ?? 1,
        checkedAt,
      });
      if (status.state === 'Error') this.#troubled.add(key);
      await this.#options.trackedImages.write(workload, container.name, status, signal);
      this.#teller.decided(workload, container.name, tracked?.status, status);
      const [entry] = memory.history;
      if (step && step.outcome !== 'InProgress' && entry) {
        this.#teller.ended(workload, container.name, entry, step.message);
      }
    }
  }

  /** A broken policy is told on every main container, because nobody can say which one it was meant for. */
  async #tellBroken(workload: Workload, problem: Problem, signal: AbortSignal): Promise<void> {
    for (const container of workload.containers.filter(({ role }) => role !== 'init')) {
      await this.#tellOnly(workload, container, problem, signal);
    }
  }

  async #tellOnly(
    workload: Workload,
    container: Container,
    problem: Problem,
    signal: AbortSignal,
  ): Promise<void> {
    const tracked = this.#options.trackedImages.get({ workload: workload.ref, container: container.name });
    const memory = recall(tracked, workload, container.name);
    const decision = withoutChoice(container, problem, memory.digest);
    const { status: before, generation = 1, spec } = tracked ?? {};
    const more = { told: undefined, running: before?.running ?? [], generation, checkedAt: spec?.checkAt };
    const status = statusOf(decision, memory, more);
    await this.#options.trackedImages.write(workload, container.name, status, signal);
    this.#teller.decided(workload, container.name, before, status);
  }

  /** Containers that were tracked and are no longer keep their memory, and say so. */
  async #endTracking(
    workload: Workload,
    views: readonly ContainerView[],
    signal: AbortSignal,
  ): Promise<void> {
    const tracked = new Set(views.map(({ container }) => container.name));
    const memories = this.#options.trackedImages.of(workload.ref);
    for (const { container, problem } of endedTracking(workload, tracked, memories)) {
      await this.#tellOnly(workload, container, problem, signal);
    }
  }

  #notePlace(key: WorkloadKey, views: readonly ContainerView[]): void {
    const open = views.find(({ step }) => step?.outcome === 'InProgress' && !step.complete);
    if (open?.step) this.#options.places.hold(key, open.step.message);
    else this.#options.places.release(key);
  }

  #forget(key: WorkloadKey): WorkResult {
    this.#options.repositories.subscribe(key, []);
    this.#options.places.release(key);
    this.#following.delete(key);
    this.#troubled.delete(key);
    this.#completeSince.delete(key);
    this.#refused.forget(key);
    this.#losses.delete(key);
    return {};
  }
}

function changesOf(verdicts: readonly Verdict[]): readonly Change[] {
  return verdicts.flatMap(({ decision }) => decision.change ?? []);
}
