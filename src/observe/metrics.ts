import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Metrics, QueueFact, ReflectorFact, UpdateOutcome } from '../model/ports.ts';
import { type Reason, reasons } from '../model/reasons.ts';
import type { TrackedImage } from '../model/tracked-image.ts';

/** What gauges show at the moment of a scrape; read then and never kept, so that what is gone vanishes. */
export interface FleetView {
  readonly trackedImages: () => readonly TrackedImage[];
  readonly repositories: () => number;
  readonly openRollouts: () => number;
}

/** How `plimsoll_build_info` names the running program. */
export interface BuildInfo {
  readonly version: string;
}

const durations = [0.005, 0.02, 0.1, 0.5, 2, 10];

/**
 * The Prometheus metrics, as `docs/reference/metrics.md` lists them. No version, digest or tag is a label of a counter.
 */
export class PrometheusMetrics implements Metrics {
  readonly registry = new Registry();
  readonly #registryRequests = this.#counter(
    'plimsoll_registry_requests_total',
    'Requests to registries, token servers included.',
    ['registry', 'operation', 'code'],
  );
  readonly #registrySeconds = this.#histogram(
    'plimsoll_registry_request_duration_seconds',
    'Time until a registry answered.',
    ['registry', 'operation'],
  );
  readonly #quotaLimit = this.#gauge(
    'plimsoll_registry_quota_limit',
    'Requests that a registry allows in its window, as it last said.',
    ['registry'],
  );
  readonly #quotaRemaining = this.#gauge(
    'plimsoll_registry_quota_remaining',
    'Requests that a registry still allows, as it last said.',
    ['registry'],
  );
  readonly #scans = this.#counter('plimsoll_repository_scans_total', 'Looks at repositories.', ['outcome']);
  readonly #kubeRequests = this.#counter(
    'plimsoll_kubernetes_requests_total',
    'Requests to the Kubernetes API; a watch counts when it begins.',
    ['method', 'code'],
  );
  readonly #decisions = this.#counter(
    'plimsoll_decisions_total',
    'Decisions that differ from the one before.',
    ['state', 'reason'],
  );
  readonly #updates = this.#counter('plimsoll_updates_total', 'Updates that were tried.', [
    'namespace',
    'outcome',
  ]);
  readonly #rollbacks = this.#counter(
    'plimsoll_rollbacks_total',
    'Undos of failed updates that were tried.',
    ['namespace', 'outcome'],
  );
  readonly #rollouts = this.#counter('plimsoll_rollouts_total', 'Rollouts of ours that ended.', [
    'namespace',
    'outcome',
  ]);
  readonly #rolloutSeconds = this.#histogram(
    'plimsoll_rollout_duration_seconds',
    'Time from an update to the end of its rollout.',
    ['kind', 'outcome'],
    [5, 15, 60, 300, 900, 3600],
  );
  readonly #events = this.#counter('plimsoll_events_total', 'Kubernetes Events.', ['outcome']);
  readonly #reflectorSynced = this.#gauge(
    'plimsoll_informer_synced',
    'Whether a resource was listed completely.',
    ['resource'],
  );
  readonly #reflectorObjects = this.#gauge('plimsoll_informer_objects', 'Objects in the cache.', [
    'resource',
  ]);
  readonly #reflectorRestarts = this.#counter(
    'plimsoll_informer_restarts_total',
    'Ended watches and failed lists.',
    ['resource', 'cause'],
  );
  readonly #queueDepth = this.#gauge('workqueue_depth', 'Keys that wait in a queue.', ['name']);
  readonly #queueAdds = this.#counter('workqueue_adds_total', 'Keys added to a queue.', ['name']);
  readonly #queueRetries = this.#counter('workqueue_retries_total', 'Keys that failed and are tried again.', [
    'name',
  ]);
  readonly #queueWaited = this.#histogram('workqueue_queue_duration_seconds', 'Time that keys waited.', [
    'name',
  ]);
  readonly #queueWorked = this.#histogram(
    'workqueue_work_duration_seconds',
    'Time that keys were worked on.',
    ['name'],
  );
  readonly #leading = this.#gauge('leader_election_master_status', 'Whether this replica leads.', ['name']);

  constructor(fleet: FleetView, build: BuildInfo) {
    this.#gauge('plimsoll_build_info', 'The running version.', ['version']).set(
      { version: build.version },
      1,
    );
    this.#showFleet(fleet);
    this.#zero();
    // The event-loop sampling of prom-client wakes up 100 times a second unless it is told otherwise.
    collectDefaultMetrics({ register: this.registry, eventLoopMonitoringPrecision: 1_000 });
  }

  registryRequest(registry: string, operation: string, code: string, seconds: number): void {
    this.#registryRequests.inc({ registry, operation, code });
    this.#registrySeconds.observe({ registry, operation }, seconds);
  }

  registryQuota(registry: string, limit: number, remaining: number): void {
    this.#quotaLimit.set({ registry }, limit);
    this.#quotaRemaining.set({ registry }, remaining);
  }

  repositoryScan(outcome: 'success' | Reason): void {
    this.#scans.inc({ outcome });
  }

  kubeRequest(method: string, code: string): void {
    this.#kubeRequests.inc({ method, code });
  }

  decision(state: string, reason: Reason): void {
    this.#decisions.inc({ state, reason });
  }

  update(namespace: string, outcome: UpdateOutcome): void {
    this.#updates.inc({ namespace, outcome });
  }

  rollback(namespace: string, outcome: UpdateOutcome): void {
    this.#rollbacks.inc({ namespace, outcome });
  }

  rollout(namespace: string, outcome: string, kind: string, seconds: number): void {
    this.#rollouts.inc({ namespace, outcome });
    this.#rolloutSeconds.observe({ kind, outcome }, seconds);
  }

  event(outcome: 'sent' | 'dropped'): void {
    this.#events.inc({ outcome });
  }

  reflector(resource: string, fact: ReflectorFact): void {
    if (fact.kind === 'restart') this.#reflectorRestarts.inc({ resource, cause: fact.cause });
    else this.#reflectorObjects.set({ resource }, fact.objects);
    if (fact.kind === 'synced') this.#reflectorSynced.set({ resource }, 1);
  }

  queue(name: string, fact: QueueFact): void {
    switch (fact.kind) {
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

  /** Everything in the text format of Prometheus. */
  async scrape(): Promise<{ readonly contentType: string; readonly text: string }> {
    return { contentType: this.registry.contentType, text: await this.registry.metrics() };
  }

  #showFleet({ trackedImages, repositories, openRollouts }: FleetView): void {
    const containers = this.#gauge(
      'plimsoll_workload_containers',
      'Tracked containers.',
      ['namespace', 'state'],
      () => {
        containers.reset();
        for (const { ref, status } of trackedImages()) {
          if (status) containers.inc({ namespace: ref.workload.namespace, state: status.state });
        }
      },
    );
    const holds = this.#gauge(
      'plimsoll_gate_holds',
      'Tracked containers that are held, by reason.',
      ['reason'],
      () => {
        holds.reset();
        for (const { status } of trackedImages())
          if (status?.state === 'Held') holds.inc({ reason: status.reason });
      },
    );
    const followed: Gauge = this.#gauge(
      'plimsoll_repositories',
      'Repositories that are looked at.',
      [],
      () => {
        followed.set(repositories());
      },
    );
    const open: Gauge = this.#gauge(
      'plimsoll_rollouts_in_progress',
      'Rollouts of ours that are not complete.',
      [],
      () => {
        open.set(openRollouts());
      },
    );
    const invalid = this.#gauge(
      'plimsoll_policy_invalid',
      'Containers whose policy cannot be understood.',
      ['namespace'],
      () => {
        invalid.reset();
        for (const { ref, status } of trackedImages()) {
          if (status?.reason === 'InvalidPolicy') invalid.inc({ namespace: ref.workload.namespace });
        }
      },
    );
  }

  /** Series whose labels are known beforehand exist from the start, so that a first increase is seen as one. */
  #zero(): void {
    for (const outcome of ['sent', 'dropped']) this.#events.inc({ outcome }, 0);
    this.#scans.inc({ outcome: 'success' }, 0);
    for (const [reason, { state }] of Object.entries(reasons)) this.#decisions.inc({ state, reason }, 0);
    this.#leading.set({ name: 'plimsoll' }, 0);
  }

  #counter<L extends string>(name: string, help: string, labelNames: L[]): Counter<L> {
    return new Counter({ name, help, labelNames, registers: [this.registry] });
  }

  #gauge<L extends string>(name: string, help: string, labelNames: L[], collect?: () => void): Gauge<L> {
    return new Gauge({ name, help, labelNames, registers: [this.registry], ...(collect ? { collect } : {}) });
  }

  #histogram<L extends string>(
    name: string,
    help: string,
    labelNames: L[],
    buckets = durations,
  ): Histogram<L> {
    return new Histogram({ name, help, labelNames, buckets, registers: [this.registry] });
  }
}
