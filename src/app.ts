import { randomBytes } from 'node:crypto';
import type { RunConfig } from './config.ts';
import { DefinitionCheck } from './controllers/memory/definition-check.ts';
import { ForgottenMemories } from './controllers/memory/forgotten-memories.ts';
import { ImagePolicyController } from './controllers/policies/image-policy-controller.ts';
import { NodePlatforms } from './controllers/pods/node-platforms.ts';
import { PolicySources } from './controllers/policies/policy-sources.ts';
import { PullCredentials } from './controllers/repositories/pull-credentials.ts';
import { registryTeller } from './controllers/repositories/registry-teller.ts';
import { RepositoryScanner } from './controllers/repositories/repository-scanner.ts';
import { type RepositoryKey, RepositoryStore } from './controllers/repositories/repository-store.ts';
import { RolloutPlaces } from './controllers/rollouts/rollout-places.ts';
import { TrackedImageWriter } from './controllers/memory/tracked-image-writer.ts';
import { WorkloadCache } from './controllers/workloads/workload-cache.ts';
import { WorkloadReconciler } from './controllers/workloads/workload-reconciler.ts';
import { KubeClient } from './kube/client.ts';
import type { KubeConnection } from './kube/connection.ts';
import { EventRecorder } from './kube/events.ts';
import { runElected } from './kube/lease.ts';
import { buildReflectors, type Watcher } from './kube/reflectors.ts';
import { Store } from './kube/store.ts';
import { isSeen, missingIn, stuckIn, whenAllSynced } from './kube/watcher-health.ts';
import type { Clock, Logger } from './model/ports.ts';
import type { TrackedImage } from './model/tracked-image.ts';
import { namespaceOf, type WorkloadKey, workloadKey } from './model/workload.ts';
import { PrometheusMetrics } from './observe/metrics.ts';
import { type ProbeServer, startProbes } from './observe/probes.ts';
import { createRegistryClient } from './registry/client.ts';
import { isNamed } from './registry/hosts.ts';
import type { ProxySettings } from './registry/proxy.ts';
import { emptySource, type RegistriesSource } from './registry/registries-source.ts';
import { watchEventLoop } from './runtime/event-loop-lag.ts';
import { orderlyStop } from './runtime/orderly-stop.ts';
import { WorkQueue } from './runtime/work-queue.ts';

/** What a controller is built from. */
export interface AppOptions {
  readonly config: RunConfig;
  readonly connection: KubeConnection;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly version: string;
  /** Name of this replica in leases and events: the pod's name. */
  readonly instance: string;
  readonly leaderElect: boolean;
  /** Mirrors, credentials and settings of registries; nothing where left out. */
  readonly registries?: RegistriesSource | undefined;
  /** Proxies for registries; the Kubernetes API has its own in the kubeconfig. */
  readonly proxy?: ProxySettings;
  /** Whether this runs in a cluster, where others write image references: then registries on loopback are refused. */
  readonly inCluster?: boolean;
  /** Told the port of `/metrics` and the probes once they are served. */
  readonly listening?: (port: number) => void;
}

/** How a controller ended. */
export type AppEnd =
  /** It was asked to stop, or `--once` is done and all is well. */
  | 'ended'
  /** `--once` is done, and some workload is in an error. */
  | 'troubled'
  /** The lease was lost: another replica works on. */
  | 'lost';

/** Milliseconds that a write under way may take after the order to stop. */
const stopGrace = 5_000;
const flushGrace = 2_000;
/** Milliseconds within which what is due belongs to the one pass of `--once`. */
const soon = 10_000;

/**
 * The controller: both loops, what feeds them, and the order in which they start and stop.
 * Caches fill before the lease is asked for; nothing is decided before they are complete.
 */
class App {
  readonly #options: AppOptions;
  readonly #metrics: PrometheusMetrics;
  readonly #client: KubeClient;
  /** Has a connection of its own, so that slow requests cannot keep the lease from being renewed. */
  readonly #leaseClient: KubeClient;
  readonly #registry: ReturnType<typeof createRegistryClient>;
  readonly #events: EventRecorder;
  readonly #workloads: WorkloadCache;
  readonly #trackedImages = new Store<TrackedImage>();
  readonly #definition: DefinitionCheck;
  readonly #policySources = new PolicySources();
  readonly #imagePolicies: ImagePolicyController;
  readonly #forgotten: ForgottenMemories;
  readonly #reflectors: readonly Watcher[];
  readonly #repositories = new RepositoryStore();
  readonly #places: RolloutPlaces;
  readonly #reconciler: WorkloadReconciler;
  readonly #workloadQueue: WorkQueue<WorkloadKey>;
  readonly #repositoryQueue: WorkQueue<RepositoryKey>;
  /** What was cut off from the API server knows everything again. */
  #recovered: () => void = () => undefined;
  /** Aborted when everything must end at once. */
  readonly #halt = new AbortController();

  constructor(options: AppOptions) {
    const { config, connection, clock, logger, version, instance } = options;
    const { readOnly, pollInterval, keelAnnotations } = config;
    this.#options = options;
    this.#workloads = new WorkloadCache(clock);
    this.#places = new RolloutPlaces(config.maxRollouts, clock);
    const registries = options.registries ?? emptySource;
    this.#metrics = new PrometheusMetrics(
      {
        trackedImages: () => this.#trackedImages.list(),
        repositories: () => [...this.#repositories.freshness()],
        openRollouts: () => this.#places.taken,
        informers: () => this.#reflectors,
        isNamedRegistry: (host) => isNamed(registries.present.hosts, host),
        clock,
        containers: config.containerMetrics,
      },
      { version, server: connection.server.host },
    );
    const metrics = this.#metrics;
    const userAgent = `plimsoll/${version}`;
    const client = new KubeClient({ connection, clock, metrics, userAgent });
    this.#client = client;
    const tools = { client, clock, logger, metrics };
    this.#leaseClient = new KubeClient({ connection, clock, metrics, userAgent });
    this.#registry = createRegistryClient({
      clock,
      metrics,
      userAgent,
      hosts: () => registries.present.hosts,
      refuseLoopback: options.inCluster ?? false,
      ...(options.proxy && { proxy: options.proxy }),
      ...registryTeller(logger, metrics),
    });
    const source = { controller: 'plimsoll.dev/controller', instance };
    this.#events = new EventRecorder({
      client,
      clock,
      log: logger,
      metrics,
      source,
      signal: this.#halt.signal,
    });
    const told = { recovered: () => this.#recovered(), answers: () => this.#workloadQueue.retryFailing() };
    const base = { client, clock, log: logger, metrics, ...told };
    this.#reflectors = buildReflectors(
      base,
      { only: config.namespaces, except: config.excludedNamespaces },
      {
        workloads: (kind) => this.#workloads.store(kind),
        trackedImages: this.#trackedImages,
        imagePolicies: this.#policySources.imagePolicies,
        namespaces: this.#policySources.namespaces,
      },
    );

    const scanner = new RepositoryScanner({
      store: this.#repositories,
      registry: this.#registry,
      salt: connection.identity,
      ...tools,
      once: config.once,
    });
    this.#definition = new DefinitionCheck(tools);
    const trackedImages = new TrackedImageWriter({
      ...tools,
      store: this.#trackedImages,
      definition: this.#definition,
    });
    this.#reconciler = new WorkloadReconciler({
      ...tools,
      workloads: this.#workloads,
      repositories: this.#repositories,
      trackedImages,
      credentials: new PullCredentials({
        ...tools,
        fingerprintKey: randomBytes(32),
        configured: (need) => registries.present.credentialsFor(need),
      }),
      // A namespaced install may not read nodes.
      nodes: config.namespaces.length > 0 ? undefined : new NodePlatforms(client, clock),
      places: this.#places,
      events: this.#events,
      defaults: { interval: pollInterval, keelAnnotations },
      around: (namespace) => this.#policySources.around(namespace),
      isTerminating: (namespace) => this.#policySources.isTerminating(namespace),
      sees: (workload) => isSeen(this.#reflectors, workload),
      readOnly,
    });
    const queue = {
      clock,
      metrics,
      failed: (key: string, error: unknown, retryIn: number) => this.#failed(key, error, retryIn),
    };
    this.#imagePolicies = new ImagePolicyController({
      ...queue,
      client,
      sources: this.#policySources,
      workloads: () => this.#workloads.list(),
      trackedOf: (ref) => trackedImages.get(ref),
    });
    this.#forgotten = new ForgottenMemories({ ...queue, client, store: this.#trackedImages });
    const reconcile = (key: WorkloadKey, signal: AbortSignal) => this.#reconciler.reconcile(key, signal);
    this.#workloadQueue = new WorkQueue({ ...queue, name: 'workloads', workers: 8, handle: reconcile });
    const scan = (key: RepositoryKey, signal: AbortSignal) => scanner.scan(key, signal);
    this.#repositoryQueue = new WorkQueue({ ...queue, name: 'repositories', workers: 16, handle: scan });
  }

  async run(signal: AbortSignal): Promise<AppEnd> {
    const reflecting = this.#reflectors.map((reflector) => reflector.run(this.#halt.signal));
    const rereading = this.#options.registries?.run(this.#halt.signal);
    const watching = watchEventLoop(
      { clock: this.#options.clock, metrics: this.#metrics },
      this.#halt.signal,
    );
    let probes: ProbeServer | undefined;
    const lead = (leading: AbortSignal) => this.#lead(leading, signal);
    try {
      probes = await this.#serve();
      await whenAllSynced(this.#reflectors, this.#options, signal);
      if (signal.aborted) return 'ended';
      const end = this.#options.leaderElect
        ? await this.#elected(lead, signal)
        : await this.#alone(lead, signal);
      return end === 'ended' && this.#options.config.once && this.#isTroubled ? 'troubled' : end;
    } finally {
      await this.#events.flush(flushGrace);
      this.#halt.abort();
      await Promise.all([...reflecting, rereading, watching]);
      await probes?.close();
      await Promise.all([this.#client.close(), this.#leaseClient.close(), this.#registry.close()]);
    }
  }

  /** Everybody follows the cluster, and only who leads notes what is to be done about it. */
  #connect(): void {
    this.#workloads.onChange = (key) => {
      this.#workloadQueue.add(key);
      this.#imagePolicies.touch(namespaceOf(key));
    };
    this.#trackedImages.onChange((_key, now, before) => {
      const tracked = now ?? before;
      if (!tracked) return;
      this.#workloadQueue.add(workloadKey(tracked.ref.workload));
      this.#imagePolicies.touch(tracked.ref.workload.namespace);
    });
    this.#policySources.onChange = (namespace) => {
      this.#reconsider(namespace);
      this.#imagePolicies.touch(namespace);
    };
    this.#recovered = () => this.#reconsider();
    this.#repositories.onWork = (key) => this.#repositoryQueue.add(key);
    this.#repositories.onObserved = (key) => this.#workloadQueue.add(key);
    this.#places.onFree = (key) => this.#workloadQueue.add(key);
    const { registries } = this.#options;
    if (registries) registries.onChange = () => this.#onRegistries();
  }

  /** Credentials may be others now, and what failed by the old settings may work with the new ones. */
  #onRegistries(): void {
    this.#reconsider();
    this.#repositories.retryFailed();
  }

  /** Has every workload, or every one of a namespace, decided anew: what all of them rest on has changed. */
  #reconsider(namespace?: string): void {
    for (const { ref } of this.#workloads.list()) {
      if (namespace === undefined || ref.namespace === namespace) this.#workloadQueue.add(workloadKey(ref));
    }
  }

  async #serve(): Promise<ProbeServer | undefined> {
    const { config, listening, logger } = this.#options;
    if (config.once) return undefined;
    const probes = await startProbes({
      address: config.address,
      notReady: () => [...missingIn(this.#reflectors), ...this.#definition.problems],
      notAlive: () => stuckIn(this.#reflectors),
      scrape: () => this.#metrics.scrape(),
    });
    logger.info({ port: probes.port }, 'serving /metrics, /livez and /readyz');
    listening?.(probes.port);
    return probes;
  }

  /** Without an election the only replica leads for as long as it works. */
  async #alone(lead: (signal: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<'ended'> {
    this.#metrics.leading(true);
    await lead(signal);
    return 'ended';
  }

  async #elected(
    lead: (signal: AbortSignal) => Promise<void>,
    signal: AbortSignal,
  ): Promise<'ended' | 'lost'> {
    const { clock, logger, connection, instance } = this.#options;
    const identity = `${instance}_${randomBytes(6).toString('hex')}`;
    const lease = { namespace: connection.namespace, name: 'plimsoll', identity };
    return runElected(
      { client: this.#leaseClient, clock, log: logger, metrics: this.#metrics, ...lease },
      lead,
      signal,
    );
  }

  get #isTroubled(): boolean {
    return (
      this.#reconciler.troubled.size > 0 ||
      this.#workloadQueue.failing > 0 ||
      this.#definition.problems.length > 0
    );
  }

  /** Works until told to stop, by the `order` to end or because the lease was lost. */
  async #lead(leading: AbortSignal, order: AbortSignal): Promise<void> {
    const { clock, config, logger } = this.#options;
    const { intake, work, finish } = orderlyStop({ clock, leading, order, grace: stopGrace });
    this.#connect();
    this.#reconsider();
    logger.info({ workloads: this.#workloads.list().length }, 'working');
    const running = [
      this.#workloadQueue.run(intake, work),
      this.#repositoryQueue.run(intake),
      this.#imagePolicies.run(intake),
      this.#forgotten.run(intake),
    ];
    if (config.once) await this.#passed(intake).finally(finish);
    await Promise.all(running);
    if (config.once && !leading.aborted) await this.#imagePolicies.settle(leading);
  }

  /** Resolves when one complete pass is done: nothing is waiting or worked on, and no rollout of ours is open. */
  async #passed(signal: AbortSignal): Promise<void> {
    const done = () =>
      this.#workloadQueue.idleFor(soon) &&
      this.#repositoryQueue.idle &&
      this.#reconciler.following.size === 0;
    while (!signal.aborted && !done()) await this.#options.clock.sleep(50, signal).catch(() => undefined);
  }

  #failed(key: string, error: unknown, retryIn: number): void {
    const message = error instanceof Error ? error.message : String(error);
    this.#options.logger.warn({ key, retryIn: Math.round(retryIn) }, `will be tried again: ${message}`);
  }
}

/** Runs the controller until the signal is aborted, or until one pass is done under `--once`. */
export async function runApp(options: AppOptions, signal: AbortSignal): Promise<AppEnd> {
  return new App(options).run(signal);
}
