import { collectDefaultMetrics, Registry } from 'prom-client';
import type { Metrics, QueueFact, UpdateOutcome } from '../model/ports.ts';
import { type Reason, reasons } from '../model/reasons.ts';
import { type FleetView, showFleet } from './fleet-gauges.ts';
import { Instruments } from './instruments.ts';
import { LabelValues, mostNamespaces, otherValue, statusLabel } from './label-values.ts';

/** How `plimsoll_build_info` names the running program. */
export interface BuildInfo {
  readonly version: string;
  /** Host of the Kubernetes API, as `rest_client_requests_total` names it. */
  readonly server: string;
}

const mostRegistries = 50;
/** Milliseconds for which is believed what a registry said of its budget: the longest window of any. */
const budgetLife = 6 * 3_600_000;
/** Milliseconds that no process lives. */
const never = 2 ** 40;
const updateOutcomes: readonly UpdateOutcome[] = ['applied', 'conflict', 'denied', 'failed'];
const rolloutOutcomes = ['Verified', 'Failed', 'Superseded', 'Unverified', 'AppliedPendingRestart'] as const;

/** Registries that have series of their own however many others tenants name. */
const wellKnownRegistries = new Set([
  'docker.io',
  'gcr.io',
  'ghcr.io',
  'mcr.microsoft.com',
  'public.ecr.aws',
  'quay.io',
  'registry.gitlab.com',
  'registry.k8s.io',
]);

/**
 * The Prometheus metrics, as `docs/reference/metrics.md` lists them. No version, digest or tag is a label of a counter,
 * and no label takes values without bound: registries and namespaces beyond a limit are counted as `other`.
 */
export class PrometheusMetrics implements Metrics {
  readonly registry = new Registry();
  readonly #make = new Instruments(this.registry);
  readonly #namespaces = new LabelValues(mostNamespaces);
  readonly #registries: LabelValues;
  readonly #fleet: FleetView;
  readonly #server: string;
  readonly #queues = new Map<string, () => readonly number[]>();

  readonly #registryRequests = this.#make.counter(
    'plimsoll_registry_requests_total',
    'Requests to registries, token servers included.',
    ['registry', 'operation', 'code'],
  );
  readonly #registrySeconds = this.#make.histogram(
    'plimsoll_registry_request_duration_seconds',
    'Time until a registry answered.',
    ['registry', 'operation'],
  );
  readonly #registryThrottled = this.#make.counter(
    'plimsoll_registry_throttled_seconds_total',
    'Time that requests waited for their turn, by our own limits or because the registry asked for it.',
    ['registry'],
  );
  /** What registries last said of their budgets, and when, in monotonic milliseconds. */
  readonly #budgets = new Map<
    string,
    { readonly limit: number; readonly remaining: number; readonly at: number }
  >();
  readonly #rateLimitReset = this.#make.gauge(
    'plimsoll_registry_rate_limit_reset_timestamp_seconds',
    'Until when a registry last asked us to wait.',
    ['registry'],
  );
  readonly #registryWarnings = this.#make.counter(
    'plimsoll_registry_warnings_total',
    'Warnings of registries that they did not give before.',
    ['registry'],
  );
  readonly #scans = this.#make.counter('plimsoll_repository_scans_total', 'Looks at repositories.', [
    'outcome',
  ]);
  readonly #tagsListed = this.#make.histogram(
    'plimsoll_tags_listed',
    'Tags in a list of a repository.',
    [],
    [10, 100, 1_000, 10_000, 100_000],
  );
  readonly #kubeRequests = this.#make.counter(
    'rest_client_requests_total',
    'Requests to the Kubernetes API; a watch counts when it begins.',
    ['method', 'code', 'host'],
  );
  readonly #decisions = this.#make.counter(
    'plimsoll_decisions_total',
    'Decisions that differ from the one before.',
    ['state', 'reason'],
  );
  readonly #updates = this.#make.counter('plimsoll_updates_total', 'Updates that were tried.', [
    'namespace',
    'outcome',
  ]);
  readonly #rollbacks = this.#make.counter(
    'plimsoll_rollbacks_total',
    'Undos of failed updates that were tried.',
    ['namespace', 'outcome'],
  );
  readonly #rollouts = this.#make.counter('plimsoll_rollouts_total', 'Rollouts of ours that ended.', [
    'namespace',
    'outcome',
  ]);
  readonly #rolloutSeconds = this.#make.histogram(
    'plimsoll_rollout_duration_seconds',
    'Time from an update to the end of its rollout.',
    ['kind', 'outcome'],
    [5, 15, 60, 300, 900, 3600],
  );
  readonly #events = this.#make.counter('plimsoll_events_total', 'Kubernetes Events.', ['outcome']);
  readonly #informerRestarts = this.#make.counter(
    'plimsoll_informer_restarts_total',
    'Ended watches and failed lists.',
    ['resource', 'cause'],
  );
  readonly #queueDepth = this.#make.gauge('workqueue_depth', 'Keys that wait in a queue.', ['name']);
  readonly #queueAdds = this.#make.counter('workqueue_adds_total', 'Keys added to a queue.', ['name']);
  readonly #queueRetries = this.#make.counter(
    'workqueue_retries_total',
    'Keys that failed and are tried again.',
    ['name'],
  );
  readonly #queueWaited = this.#make.histogram('workqueue_queue_duration_seconds', 'Time that keys waited.', [
    'name',
  ]);
  readonly #queueWorked = this.#make.histogram(
    'workqueue_work_duration_seconds',
    'Time that keys were worked on.',
    ['name'],
  );
  readonly #leading = this.#make.gauge('leader_election_master_status', 'Whether this replica leads.', [
    'name',
  ]);
  readonly #eventLoopLag = this.#make.histogram(
    'plimsoll_event_loop_lag_seconds',
    'By how much timers came late, because the process had no CPU or was busy; one is measured each five seconds.',
    [],
  );

  constructor(fleet: FleetView, build: BuildInfo) {
    this.#fleet = fleet;
    this.#server = build.server;
    this.#registries = new LabelValues(
      mostRegistries,
      (host) => wellKnownRegistries.has(host) || fleet.isNamedRegistry(host),
    );
    this.#make
      .gauge('plimsoll_build_info', 'The running version.', ['version'])
      .set({ version: build.version }, 1);
    showFleet(this.#make, fleet);
    this.#showQueues();
    this.#showBudgets();
    this.#zero();
    this.#showProcess();
  }

  registryRequest(registry: string, operation: string, code: string, seconds: number): void {
    const host = this.#registries.of(registry);
    this.#registryRequests.inc({ registry: host, operation, code: statusLabel(code) });
    this.#registrySeconds.observe({ registry: host, operation }, seconds);
    this.#registryThrottled.inc({ registry: host }, 0);
    this.#registryWarnings.inc({ registry: host }, 0);
  }

  registryThrottled(registry: string, seconds: number): void {
    this.#registryThrottled.inc({ registry: this.#registries.of(registry) }, seconds);
  }

  registryQuota(registry: string, limit: number, remaining: number): void {
    const host = this.#registries.of(registry);
    // What several registries say of their budgets cannot be one number.
    if (host === otherValue) return;
    this.#budgets.set(host, { limit, remaining, at: this.#fleet.clock.monotonic() });
  }

  registryPause(registry: string, until: number): void {
    const host = this.#registries.of(registry);
    if (host !== otherValue) this.#rateLimitReset.set({ registry: host }, until / 1_000);
  }

  registryWarning(registry: string): void {
    this.#registryWarnings.inc({ registry: this.#registries.of(registry) });
  }

  repositoryScan(outcome: 'success' | Reason): void {
    this.#scans.inc({ outcome });
  }

  tagsListed(count: number): void {
    this.#tagsListed.observe(count);
  }

  kubeRequest(method: string, code: string): void {
    this.#kubeRequests.inc({ method, code: statusLabel(code), host: this.#server });
  }

  decision(state: string, reason: Reason): void {
    this.#decisions.inc({ state, reason });
  }

  update(namespace: string, outcome: UpdateOutcome): void {
    this.#updates.inc({ namespace: this.#namespaces.of(namespace), outcome });
  }

  rollback(namespace: string, outcome: UpdateOutcome): void {
    this.#rollbacks.inc({ namespace: this.#namespaces.of(namespace), outcome });
  }

  rollout(namespace: string, outcome: string, kind: string, seconds: number): void {
    this.#rollouts.inc({ namespace: this.#namespaces.of(namespace), outcome });
    this.#rolloutSeconds.observe({ kind, outcome }, seconds);
  }

  event(outcome: 'sent' | 'dropped'): void {
    this.#events.inc({ outcome });
  }

  informerRestart(resource: string, cause: string): void {
    this.#informerRestarts.inc({ resource, cause });
  }

  queue(name: string, fact: QueueFact): void {
    switch (fact.kind) {
      case 'created':
        this.#queues.set(name, fact.underWay);
        this.#zeroQueue(name);
        return;
      case 'depth':
        this.#queueDepth.set({ name }, fact.depth);
        return;
      case 'added':
        this.#queueAdds.inc({ name });
        return;
      case 'retried':
        this.#queueRetries.inc({ name });
        return;
      case 'worked':
        this.#queueWaited.observe({ name }, fact.waitedSeconds);
        this.#queueWorked.observe({ name }, fact.workedSeconds);
    }
  }

  leading(leading: boolean): void {
    this.#leading.set({ name: 'plimsoll' }, leading ? 1 : 0);
  }

  eventLoopLag(seconds: number): void {
    this.#eventLoopLag.observe(seconds);
  }

  /** Everything in the text format of Prometheus. */
  async scrape(): Promise<{ readonly contentType: string; readonly text: string }> {
    this.#zeroFleet();
    return { contentType: this.registry.contentType, text: await this.registry.metrics() };
  }

  /**
   * What prom-client tells of the process; but of its event loop it would wake the process up 100 times a second, and calls the time
   * between two samples a lag, so that one that sleeps well between them looks like one that is late.
   */
  #showProcess(): void {
    collectDefaultMetrics({ register: this.registry, eventLoopMonitoringPrecision: never });
    for (const { name } of this.registry.getMetricsAsArray())
      if (name.startsWith('nodejs_eventloop_lag_')) this.registry.removeSingleMetric(name);
  }

  #showQueues(): void {
    this.#make.view(
      'workqueue_unfinished_work_seconds',
      'For how long the keys under way have been worked on, added up.',
      ['name'],
      (gauge) => {
        for (const [name, underWay] of this.#queues)
          gauge.set(
            { name },
            underWay().reduce((sum, seconds) => sum + seconds, 0),
          );
      },
    );
    this.#make.view(
      'workqueue_longest_running_processor_seconds',
      'For how long the oldest key under way has been worked on.',
      ['name'],
      (gauge) => {
        for (const [name, underWay] of this.#queues) gauge.set({ name }, Math.max(0, ...underWay()));
      },
    );
  }

  /** A budget of which nothing was said for long is none any more: the account is another one, or nobody asks there. */
  #showBudgets(): void {
    const show = (name: string, help: string, field: 'limit' | 'remaining') =>
      this.#make.view(name, help, ['registry'], (gauge) => {
        const since = this.#fleet.clock.monotonic() - budgetLife;
        for (const [registry, budget] of this.#budgets)
          if (budget.at > since) gauge.set({ registry }, budget[field]);
      });
    show(
      'plimsoll_registry_rate_limit',
      'Requests that a registry allows in its window, as it last said.',
      'limit',
    );
    show(
      'plimsoll_registry_rate_limit_remaining',
      'Requests that a registry still allows, as it last said.',
      'remaining',
    );
  }

  /** Series whose labels are known beforehand exist from the start, so that a first increase is seen as one. */
  #zero(): void {
    for (const outcome of ['sent', 'dropped']) this.#events.inc({ outcome }, 0);
    for (const outcome of ['success', 'Unavailable', 'RateLimited', 'Unauthorized'])
      this.#scans.inc({ outcome }, 0);
    for (const [reason, { state }] of Object.entries(reasons)) this.#decisions.inc({ state, reason }, 0);
    this.#leading.set({ name: 'plimsoll' }, 0);
  }

  /** The same for what is known only once the cluster is. */
  #zeroFleet(): void {
    const present = this.#fleet.trackedImages().map(({ ref }) => this.#namespaces.of(ref.workload.namespace));
    for (const namespace of new Set(present)) {
      for (const outcome of updateOutcomes) {
        this.#updates.inc({ namespace, outcome }, 0);
        this.#rollbacks.inc({ namespace, outcome }, 0);
      }
      for (const outcome of rolloutOutcomes) this.#rollouts.inc({ namespace, outcome }, 0);
    }
    for (const { resource } of this.#fleet.informers())
      this.#informerRestarts.inc({ resource, cause: 'Ended' }, 0);
  }

  #zeroQueue(name: string): void {
    this.#queueDepth.set({ name }, 0);
    this.#queueAdds.inc({ name }, 0);
    this.#queueRetries.inc({ name }, 0);
    this.#queueWaited.zero({ name });
    this.#queueWorked.zero({ name });
  }
}
