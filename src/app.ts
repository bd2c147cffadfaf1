import { randomBytes } from 'node:crypto';
import type { RunConfig } from './config.ts';
import { PullCredentials } from './controllers/pull-credentials.ts';
import { RepositoryScanner } from './controllers/repository-scanner.ts';
import { type RepositoryKey, RepositoryStore } from './controllers/repository-store.ts';
import { RolloutPlaces } from './controllers/rollout-places.ts';
import { TrackedImageWriter } from './controllers/tracked-image-writer.ts';
import { WorkloadCache } from './controllers/workload-cache.ts';
import { WorkloadReconciler } from './controllers/workload-reconciler.ts';
import { KubeClient } from './kube/client.ts';
import type { KubeConnection } from './kube/connection.ts';
import { EventRecorder } from './kube/events.ts';
import { kinds } from './kube/kinds.ts';
import { runElected } from './kube/lease.ts';
import { Reflector } from './kube/reflector.ts';
import { resources } from './kube/resources.ts';
import { Store } from './kube/store.ts';
import { readTrackedImage } from './kube/tracked-images.ts';
import type { Clock, Logger } from './model/ports.ts';
import type { TrackedImage } from './model/tracked-image.ts';
import { type WorkloadKey, workloadKey, workloadKinds } from './model/workload.ts';
import { PrometheusMetrics } from './observe/metrics.ts';
import { type ProbeServer, startProbes } from './observe/probes.ts';
import { createRegistryClient } from './registry/client.ts';
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

/** A reflector of whatever resource. */
type Watcher = Pick<Reflector<unknown>, 'run' | 'synced' | 'problem' | 'whenSynced'>;

/** Milliseconds that a write under way may take after the order to stop. */
const stopGrace = 7_000;
const flushGrace = 2_000;
const installHint = 'the custom resources are not installed; run: kubectl apply -f crds/';

/**
 * The controller: both loops, what feeds them, and the order in which they start and stop.
 * Caches fill before the lease is asked for; nothing is decided before they are complete.
 */
class App {
  readonly #options: AppOptions;
  readonly #metrics: PrometheusMetrics;
  readonly #client: KubeClient;
  readonly #registry: ReturnType<typeof createRegistryClient>;
  readonly #events: EventRecorder;
  readonly #workloads: WorkloadCache;
  readonly #trackedImages = new Store<TrackedImage>();
  readonly #reflectors: readonly Watcher[];
  readonly #repositories = new RepositoryStore();
  readonly #places: RolloutPlaces;
  readonly #reconciler: WorkloadReconciler;
  readonly #workloadQueue: WorkQueue<WorkloadKey>;
  readonly #repositoryQueue: WorkQueue<RepositoryKey>;
  /** Aborted when everything must end at once. */
  readonly #halt = new AbortController();

  constructor(options: AppOptions) {
    const { config, connection, clock, logger, version, instance } = options;
    const { readOnly, pollInterval, keelAnnotations } = config;
    this.#options = options;
    this.#workloads = new WorkloadCache(clock, (key) => this.#workloadQueue.add(key));
    this.#places = new RolloutPlaces(config.maxRollouts, clock);
    this.#metrics = new PrometheusMetrics(
      {
        trackedImages: () => this.#trackedImages.list(),
        repositories: () => this.#repositories.size,
        openRollouts: () => this.#places.taken,
      },
      { version },
    );
    const metrics = this.#metrics;
    const userAgent = `plimsoll/${version}`;
    const client = new KubeClient({ connection, clock, metrics, userAgent });
    this.#client = client;
    this.#registry = createRegistryClient({
      clock,
      metrics,
      userAgent,
      credentialRejected: ({ registry, path, source }) =>
        logger.warn(
          { repository: `${registry}/${path}`, source },
          'a credential was not accepted; another one, or none, works',
        ),
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
    this.#reflectors = this.#buildReflectors();

    const scanner = new RepositoryScanner({
      store: this.#repositories,
      registry: this.#registry,
      clock,
      logger,
      metrics,
    });
    this.#reconciler = new WorkloadReconciler({
      client,
      workloads: this.#workloads,
      repositories: this.#repositories,
      trackedImages: new TrackedImageWriter({ client, store: this.#trackedImages, clock }),
      credentials: new PullCredentials({ client, clock, fingerprintKey: randomBytes(32) }),
      places: this.#places,
      events: this.#events,
      clock,
      logger,
      metrics,
      defaults: { interval: pollInterval, keelAnnotations },
      readOnly,
    });
    const queue = {
      clock,
      metrics,
      failed: (key: string, error: unknown, retryIn: number) => this.#failed(key, error, retryIn),
    };
    const reconcile = (key: WorkloadKey, signal: AbortSignal) => this.#reconciler.reconcile(key, signal);
    this.#workloadQueue = new WorkQueue({ ...queue, name: 'workloads', workers: 8, handle: reconcile });
    const scan = (key: RepositoryKey, signal: AbortSignal) => scanner.scan(key, signal);
    this.#repositoryQueue = new WorkQueue({ ...queue, name: 'repositories', workers: 16, handle: scan });
    this.#connect();
  }

  async run(signal: AbortSignal): Promise<AppEnd> {
    const reflecting = this.#reflectors.map((reflector) => reflector.run(this.#halt.signal));
    let probes: ProbeServer | undefined;
    const lead = (leading: AbortSignal) => this.#lead(leading);
    try {
      probes = await this.#serve();
      await this.#synced(signal);
      if (signal.aborted) return 'ended';
      const end = this.#options.leaderElect
        ? await this.#elected(lead, signal)
        : await lead(signal).then(() => 'ended' as const);
      return end === 'ended' && this.#options.config.once && this.#reconciler.troubled.size > 0
        ? 'troubled'
        : end;
    } finally {
      await this.#events.flush(flushGrace);
      this.#halt.abort();
      await Promise.all(reflecting);
      await probes?.close();
      await Promise.all([this.#client.close(), this.#registry.close()]);
    }
  }

  /** The stores of both resources are followed by everybody; only queues decide when something is done about it. */
  #connect(): void {
    this.#trackedImages.onChange((_key, now, before) => {
      const tracked = now ?? before;
      if (tracked) this.#workloadQueue.add(workloadKey(tracked.ref.workload));
    });
    this.#repositories.onWork = (key) => this.#repositoryQueue.add(key);
    this.#repositories.onObserved = (key) => this.#workloadQueue.add(key);
    this.#places.onFree = (key) => this.#workloadQueue.add(key);
  }

  #buildReflectors(): readonly Watcher[] {
    const { config, clock, logger: log } = this.#options;
    const scopes = config.namespaces.length > 0 ? config.namespaces : [undefined];
    const base = { client: this.#client, clock, log, metrics: this.#metrics };
    return scopes.flatMap((namespace) => [
      ...workloadKinds.map((kind) => {
        const { resource, optional, project } = kinds[kind];
        return new Reflector({
          ...base,
          namespace,
          resource,
          optional,
          project,
          store: this.#workloads.store(kind),
        });
      }),
      new Reflector({
        ...base,
        namespace,
        resource: resources.trackedImages,
        project: readTrackedImage,
        store: this.#trackedImages,
      }),
    ]);
  }

  async #serve(): Promise<ProbeServer | undefined> {
    const { config, listening, logger } = this.#options;
    if (config.once) return undefined;
    const probes = await startProbes({
      address: config.address,
      notReady: () => this.#notReady(),
      notAlive: () => [],
      scrape: () => this.#metrics.scrape(),
    });
    logger.info({ port: probes.port }, 'serving /metrics, /livez and /readyz');
    listening?.(probes.port);
    return probes;
  }

  #notReady(): readonly string[] {
    return this.#reflectors.flatMap(({ synced, problem }) => {
      if (synced) return [];
      return [problem === undefined ? 'the caches are being filled' : problemText(problem)];
    });
  }

  async #synced(signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.#options;
    const told = clock.schedule(3_000, () => {
      for (const problem of new Set(this.#notReady())) logger.error({}, `not ready: ${problem}`);
    });
    try {
      await Promise.all(this.#reflectors.map((reflector) => reflector.whenSynced(signal)));
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      told.cancel();
    }
  }

  async #elected(
    lead: (signal: AbortSignal) => Promise<void>,
    signal: AbortSignal,
  ): Promise<'ended' | 'lost'> {
    const { clock, logger, connection, instance } = this.#options;
    const identity = `${instance}_${randomBytes(6).toString('hex')}`;
    const lease = { namespace: connection.namespace, name: 'plimsoll', identity };
    return runElected(
      { client: this.#client, clock, log: logger, metrics: this.#metrics, ...lease },
      lead,
      signal,
    );
  }

  /** Works until told to stop; a write under way is then finished, within the grace. */
  async #lead(stop: AbortSignal): Promise<void> {
    const { clock, config, logger } = this.#options;
    const finished = new AbortController();
    const work = new AbortController();
    const ended = AbortSignal.any([stop, finished.signal]);
    ended.addEventListener('abort', () => clock.schedule(stopGrace, () => work.abort(new Error('stopped'))), {
      once: true,
    });
    for (const { ref } of this.#workloads.list()) this.#workloadQueue.add(workloadKey(ref));
    logger.info({ workloads: this.#workloads.list().length }, 'working');
    const running = [this.#workloadQueue.run(ended, work.signal), this.#repositoryQueue.run(ended)];
    if (config.once) await this.#passed(ended).finally(() => finished.abort());
    await Promise.all(running);
  }

  /** Resolves when one complete pass is done: nothing is waiting or worked on, and no rollout of ours is open. */
  async #passed(signal: AbortSignal): Promise<void> {
    const done = () =>
      this.#workloadQueue.idle && this.#repositoryQueue.idle && this.#reconciler.following.size === 0;
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

function problemText(problem: { readonly code: string; readonly message: string }): string {
  return problem.code === 'NotFound' && problem.message.includes('/plimsoll.dev/')
    ? installHint
    : problem.message;
}
