import {
  caveatsFor,
  chooseFor,
  type ContainerView,
  findLookup,
  joinSubscriptions,
  observationFor,
  restartsOf,
  subscriptionOf,
  withPlatforms,
} from '../../controllers/workloads/container-view.ts';
import { gateInputOf } from '../../controllers/workloads/gate-input.ts';
import type { Caveat } from '../../controllers/memory/caveats.ts';
import { RepositoryScanner } from '../../controllers/repositories/repository-scanner.ts';
import { nothingSeen, RepositoryStore } from '../../controllers/repositories/repository-store.ts';
import { recall } from '../../controllers/memory/memory.ts';
import { obeyRollback } from '../../controllers/workloads/rollback-wish.ts';
import type { RunningImages } from '../../controllers/pods/running-images.ts';
import { rolloutOf, rolloutTold, withoutChoice } from '../../controllers/workloads/verdict.ts';
import type { Ages } from '../../decide/ageing.ts';
import { type GateState, inspectGates, passGates } from '../../decide/gates.ts';
import { namespaceBreaker } from '../../decide/namespace-breaker.ts';
import { noRefusals, type Refusals } from '../../decide/refusals.ts';
import { understandPolicies } from '../../decide/understand-policies.ts';
import type { ContainerDecision } from '../../model/decision.ts';
import type { RepositoryObservation } from '../../model/observation.ts';
import type { EffectivePolicy } from '../../model/policy.ts';
import type { Clock, RegistryReader } from '../../model/ports.ts';
import type { Problem } from '../../model/result.ts';
import { type Container, type Workload, workloadKey } from '../../model/workload.ts';
import type { PolicyDefaults } from '../../policy/effective-policy.ts';
import type { Landscape } from './landscape.ts';

/** What would happen to one container now, and what that rests on. */
export interface Inspection {
  readonly workload: Workload;
  readonly container: Container;
  /** Undefined where the policy is broken. */
  readonly policy: EffectivePolicy | undefined;
  readonly decision: ContainerDecision;
  readonly gates: readonly GateState[];
  readonly observation: RepositoryObservation;
  /** Which tags failed before or are skipped by a person. */
  readonly refusals: Refusals;
  /** Since when its candidates are known. */
  readonly ages: Ages;
  /** What else is to be said of it. */
  readonly caveats: readonly Caveat[];
}

/** What an inspector works with. */
export interface InspectorOptions {
  readonly landscape: Landscape;
  readonly registry: RegistryReader;
  readonly clock: Clock;
  readonly defaults: PolicyDefaults;
}

/** How often more may be looked up because of what was found: tags, then digest and manifests of one candidate after the other. */
const mostRounds = 64;
/** How an update stands that the controller follows: more only the controller knows. */
const watched = { outcome: 'InProgress', complete: false, after: undefined } as const;
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** Stands for the workload itself where it has no containers of its own. */
const noContainer: Container = { name: '', image: '', role: 'main', index: 0, pullPolicy: 'IfNotPresent' };

interface Subject {
  readonly workload: Workload;
  readonly views: readonly ContainerView[];
  /** Asked for when a decision needs them. */
  running: RunningImages | undefined;
}

/**
 * Decides as the controller would, by the same rules and with the same looks at registries, and does nothing about it.
 * Each repository is looked at once, however many workloads use it.
 */
export class Inspector {
  readonly #options: InspectorOptions;
  readonly #store = new RepositoryStore();
  readonly #scanner: RepositoryScanner;

  constructor(options: InspectorOptions) {
    this.#options = options;
    const { registry, clock, landscape } = options;
    this.#scanner = new RepositoryScanner({
      store: this.#store,
      registry,
      clock,
      logger: silent,
      // Nobody looks a second time.
      salt: '',
      metrics: { repositoryScan: () => {}, tagsListed: () => {} },
      // Whether a tag was pushed again is seen by what runs.
      once: landscape.running !== undefined,
    });
  }

  /** Inspects every tracked container of some workloads, and each main one, or the workload itself, where a policy is broken. */
  async inspect(workloads: readonly Workload[], signal: AbortSignal): Promise<readonly Inspection[]> {
    const { landscape, defaults } = this.#options;
    const subjects: Subject[] = [];
    const broken: Inspection[] = [];
    for (const workload of workloads) {
      const around = landscape.sources.around(workload.ref.namespace);
      const policies = understandPolicies(workload, defaults, around);
      if (!policies.ok) {
        broken.push(...brokenOnes(workload, policies.problem));
        continue;
      }
      const views: ContainerView[] = [];
      for (const tracked of policies.value) views.push(await this.#view(workload, tracked, signal));
      subjects.push({ workload, views, running: undefined });
    }
    await this.#lookAround(subjects, signal);
    return [...subjects.flatMap((subject) => this.#judge(subject)), ...broken].toSorted(byWorkload);
  }

  async #view(
    workload: Workload,
    tracked: Pick<ContainerView, 'container' | 'policy'>,
    signal: AbortSignal,
  ): Promise<ContainerView> {
    const { landscape } = this.#options;
    const lookup = await findLookup(workload, tracked, landscape.credentials, signal);
    const image = landscape.trackedOf({ workload: workload.ref, container: tracked.container.name });
    const recalled = recall(image, workload, tracked.container.name);
    // Without a cluster no node asks for anything.
    const memory = landscape.running ? recalled : { ...recalled, platforms: [] };
    const [entry] = memory.history;
    const isOpen = landscape.running !== undefined && entry?.outcome === 'InProgress';
    const step = isOpen ? { ...watched, message: 'its rollout is being watched' } : undefined;
    return { ...tracked, ...restartsOf(workload), tracked: image, lookup, memory, step };
  }

  /** Looks at registries and pods until nothing more is needed. */
  async #lookAround(subjects: readonly Subject[], signal: AbortSignal): Promise<void> {
    let before = '';
    for (let round = 0; round < mostRounds; round++) {
      const needs: unknown[] = [];
      for (const subject of subjects) needs.push(await this.#subscribe(subject, signal));
      const now = JSON.stringify(needs);
      if (now === before) return;
      before = now;
      const keys = new Set(
        subjects
          .flatMap(({ views }) => views.map(({ lookup }) => lookup?.key))
          .filter((key) => key !== undefined),
      );
      await Promise.all([...keys].map((key) => this.#scanner.scan(key, signal)));
    }
  }

  /** Says what a workload needs to know; returns it. */
  async #subscribe(subject: Subject, signal: AbortSignal): Promise<unknown> {
    const { workload, views } = subject;
    const { running } = this.#options.landscape;
    const decisions = views.map((view) => this.#choose(subject, view));
    if (running && subject.running === undefined && decisions.some(({ needsRunning }) => needsRunning)) {
      subject.running = await running(workload, signal);
      return this.#subscribe(subject, signal);
    }
    const subscriptions = views
      .map((view, index) => {
        const decision = decisions[index];
        return decision && subscriptionOf(view, decision, workload);
      })
      .filter((one) => one !== undefined);
    this.#store.subscribe(workloadKey(workload.ref), joinSubscriptions(subscriptions));
    return decisions.map(({ needs }) => needs);
  }

  #choose({ running }: Subject, view: ContainerView): ContainerDecision {
    const digests = running && (running.digests.get(view.container.name) ?? []);
    const asked = running ? withPlatforms(view, running) : view;
    const now = this.#options.clock.now();
    const decision = chooseFor(asked, this.#store, digests, now);
    return obeyRollback({ view: asked, decision }, observationFor(view, this.#store), now).decision;
  }

  #judge(subject: Subject): readonly Inspection[] {
    const { workload, views } = subject;
    const { landscape, clock } = this.#options;
    const inCluster = landscape.running !== undefined;
    const now = clock.now();
    const rollout = inCluster ? rolloutOf(workload, views) : undefined;
    const breaker = namespaceBreaker(landscape.trackedIn(workload.ref.namespace), now);
    const around = { rollout, breaker, now, placeFree: true, readOnly: false };
    return views.map((view) => {
      const { container, policy, tracked, lookup } = view;
      const chosen = this.#choose(subject, view);
      const observation = observationFor(view, this.#store);
      const ages = { minAge: policy.minAge, pending: view.memory.pending, now };
      const gate = gateInputOf(workload, view, around);
      const gated = passGates(inCluster ? chosen : withoutPods(chosen), gate);
      const told = rolloutTold({ view, decision: gated, running: [] });
      const decision = told ? { ...gated, ...told, remedy: undefined, opensAt: undefined } : gated;
      const refusals = { rejected: view.memory.rejected, skip: tracked?.spec.skip ?? [] };
      return {
        workload,
        container,
        policy,
        decision,
        gates: inspectGates(gate, chosen.change),
        observation,
        refusals,
        ages,
        caveats: caveatsFor(lookup, this.#store),
      };
    });
  }
}

/** From a manifest alone nobody can say which digest runs. */
function withoutPods(decision: ContainerDecision): ContainerDecision {
  if (!decision.needsRunning || decision.reason !== 'Observing') return decision;
  return { ...decision, message: 'its digest is followed; which one runs is known in a cluster only' };
}

/** One for each main container; a workload without any has its problem told all the same. */
function brokenOnes(workload: Workload, problem: Problem): readonly Inspection[] {
  const main = workload.containers.filter(({ role }) => role !== 'init');
  return (main.length > 0 ? main : [noContainer]).map((container) => ({
    workload,
    container,
    policy: undefined,
    decision: withoutChoice(container, problem, undefined),
    gates: [],
    observation: nothingSeen,
    refusals: noRefusals,
    caveats: [],
    ages: { minAge: 0, pending: [], now: 0 },
  }));
}

function byWorkload(a: Inspection, b: Inspection): number {
  const keyOf = ({ workload: { ref }, container }: Inspection) =>
    [ref.namespace, ref.kind, ref.name, container.name].join('/');
  return keyOf(a) < keyOf(b) ? -1 : 1;
}
