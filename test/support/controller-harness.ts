import assert from 'node:assert/strict';
import { DefinitionCheck } from '../../src/controllers/memory/definition-check.ts';
import { NodePlatforms } from '../../src/controllers/pods/node-platforms.ts';
import { PullCredentials } from '../../src/controllers/repositories/pull-credentials.ts';
import { RepositoryScanner } from '../../src/controllers/repositories/repository-scanner.ts';
import { type RepositoryKey, RepositoryStore } from '../../src/controllers/repositories/repository-store.ts';
import { RolloutPlaces } from '../../src/controllers/rollouts/rollout-places.ts';
import { TrackedImageWriter } from '../../src/controllers/memory/tracked-image-writer.ts';
import { WorkloadCache } from '../../src/controllers/workloads/workload-cache.ts';
import { WorkloadReconciler } from '../../src/controllers/workloads/workload-reconciler.ts';
import { kinds } from '../../src/kube/kinds.ts';
import { Store } from '../../src/kube/store.ts';
import { readTrackedImage } from '../../src/kube/tracked-images.ts';
import { isJsonObject, type JsonObject, listAt, textAt } from '../../src/model/json.ts';
import type { Platform } from '../../src/model/observation.ts';
import type { TrackedImage, TrackedImageStatus } from '../../src/model/tracked-image.ts';
import { type WorkloadKey, workloadKey } from '../../src/model/workload.ts';
import type { Surroundings } from '../../src/policy/surroundings.ts';
import { WorkQueue } from '../../src/runtime/work-queue.ts';
import { completeStatus, deployment, type DeploymentParts } from './deployments.ts';
import { FakeClock } from './fake-clock.ts';
import { FakeKubeClient } from './fake-kube-client.ts';
import { FakeRegistry } from './fake-registry.ts';
import { RecordingEvents, RecordingLog, RecordingMetrics } from './recorders.ts';

/** Milliseconds after which a repository was surely looked at again: the interval, and what spreads first looks. */
export const nextLook = 345_000;

/** What outlives a controller: the cluster, the registry and the time. */
export interface World {
  /** Whether workloads are seen as they are now; false while the API server is away. */
  seen: boolean;
  readonly cluster: FakeKubeClient;
  readonly registry: FakeRegistry;
  readonly clock: FakeClock;
}

/** How a controller is started. */
export interface ControllerSettings {
  readonly maxRollouts?: number;
  readonly readOnly?: boolean;
  /** What stands around the workloads of a namespace; nothing where left out. */
  readonly around?: (namespace: string) => Surroundings;
  /** Namespaces that are being deleted. */
  readonly terminating?: readonly string[];
}

/** A world in which nothing is yet, but every namespace's default service account. */
export function newWorld(): World {
  const cluster = new FakeKubeClient();
  for (const namespace of ['shop', 'blog']) {
    cluster.put(`/api/v1/namespaces/${namespace}/serviceaccounts/default`, {
      kind: 'ServiceAccount',
      metadata: { namespace, name: 'default' },
    });
  }
  return { cluster, registry: new FakeRegistry(), clock: new FakeClock(), seen: true };
}

/** Both loops over the real stores and queues, as the application joins them, in a world of fakes. */
export class ControllerHarness {
  readonly world: World;
  readonly events = new RecordingEvents();
  readonly metrics = new RecordingMetrics();
  readonly log = new RecordingLog();
  readonly definition: DefinitionCheck;
  readonly reconciler: WorkloadReconciler;
  readonly repositories = new RepositoryStore();
  readonly failures: string[] = [];
  readonly #workloads: WorkloadCache;
  readonly #trackedImages = new Store<TrackedImage>();
  readonly #workloadQueue: WorkQueue<WorkloadKey>;
  readonly #repositoryQueue: WorkQueue<RepositoryKey>;
  readonly #stop = new AbortController();
  readonly #work = new AbortController();
  readonly #running: Promise<unknown>;

  constructor(world: World, settings: ControllerSettings = {}) {
    this.world = world;
    started.add(this);
    const { cluster, registry, clock } = world;
    const { events, metrics, log: logger } = this;
    this.#workloads = new WorkloadCache(clock);
    this.definition = new DefinitionCheck({ client: cluster, clock, logger });
    const places = new RolloutPlaces(settings.maxRollouts ?? 10, clock);
    this.reconciler = new WorkloadReconciler({
      client: cluster,
      workloads: this.#workloads,
      repositories: this.repositories,
      trackedImages: new TrackedImageWriter({
        client: cluster,
        store: this.#trackedImages,
        clock,
        definition: this.definition,
      }),
      credentials: new PullCredentials({ client: cluster, clock, fingerprintKey: Buffer.alloc(32) }),
      nodes: new NodePlatforms(cluster, clock),
      places,
      events,
      clock,
      logger,
      metrics,
      defaults: { interval: 300_000, keelAnnotations: true },
      readOnly: settings.readOnly ?? false,
      ...(settings.around && { around: settings.around }),
      sees: () => world.seen,
      isTerminating: (namespace) => settings.terminating?.includes(namespace) ?? false,
    });
    const scanner = new RepositoryScanner({
      store: this.repositories,
      registry,
      clock,
      logger,
      metrics,
      salt: 'test',
    });
    const failed = (key: string, error: unknown) => {
      this.failures.push(`${key}: ${error instanceof Error ? error.message : String(error)}`);
    };
    const queue = { clock, metrics, failed, workers: 8 };
    this.#workloadQueue = new WorkQueue({
      ...queue,
      name: 'workloads',
      handle: (key: WorkloadKey, signal) => this.reconciler.reconcile(key, signal),
    });
    this.#repositoryQueue = new WorkQueue({
      ...queue,
      name: 'repositories',
      handle: (key: RepositoryKey, signal) => scanner.scan(key, signal),
    });
    this.#workloads.onChange = (key) => this.#workloadQueue.add(key);
    this.#trackedImages.onChange((_key, now, before) => {
      const tracked = now ?? before;
      if (tracked) this.#workloadQueue.add(workloadKey(tracked.ref.workload));
    });
    this.repositories.onWork = (key) => this.#repositoryQueue.add(key);
    this.repositories.onObserved = (key) => this.#workloadQueue.add(key);
    places.onFree = (key) => this.#workloadQueue.add(key);
    for (const object of cluster.objects) this.#watch(object, false);
    cluster.changed = (object, gone) => this.#watch(object, gone);
    this.#running = Promise.all([
      this.#workloadQueue.run(this.#stop.signal, this.#work.signal),
      this.#repositoryQueue.run(this.#stop.signal),
    ]);
  }

  /** Asks for a workload to be reconciled although nothing happened. */
  async poke(name = 'web', namespace = 'shop'): Promise<void> {
    this.#workloadQueue.add(`Deployment/${namespace}/${name}`);
    await this.settle();
  }

  /** Waits until nothing is left to do at this moment. */
  async settle(): Promise<void> {
    for (let quiet = 0, rounds = 0; quiet < 3; rounds++) {
      assert.ok(rounds < 2_000, 'the controller does not come to rest');
      await new Promise((resolve) => setImmediate(resolve));
      quiet = this.#workloadQueue.idle && this.#repositoryQueue.idle ? quiet + 1 : 0;
    }
  }

  /** Moves time on; everything that becomes due is done. */
  async advance(milliseconds: number): Promise<void> {
    await this.world.clock.advance(milliseconds);
    await this.settle();
  }

  /** Tells the controller to end, as SIGTERM does; resolves when it has. */
  async stop(): Promise<void> {
    this.world.cluster.changed = () => undefined;
    this.#stop.abort(new Error('stopped'));
    await this.#running;
    started.delete(this);
  }

  /** Ends everything at once, as a kill would: requests under way are lost. */
  async kill(): Promise<void> {
    this.#work.abort(new Error('killed'));
    await this.stop();
  }

  #watch(object: JsonObject, gone: boolean): void {
    const key = `${textAt(object, 'metadata', 'namespace') ?? ''}/${textAt(object, 'metadata', 'name') ?? ''}`;
    const kind = object['kind'];
    if (kind === 'Deployment' || kind === 'StatefulSet') {
      const workload = kinds[kind].project(object);
      const store = this.#workloads.store(kind);
      if (gone || !workload) store.delete(key);
      else store.set(key, workload);
    }
    if (object['kind'] === 'TrackedImage') {
      const tracked = readTrackedImage(object);
      if (gone || !tracked) this.#trackedImages.delete(key);
      else this.#trackedImages.set(key, tracked);
    }
  }
}

const started = new Set<ControllerHarness>();

/** Starts a controller and waits until it has done what there is to do. */
export async function startController(
  world: World,
  settings?: ControllerSettings,
): Promise<ControllerHarness> {
  const controller = new ControllerHarness(world, settings);
  await controller.settle();
  return controller;
}

/** Ends every controller of a test. */
export async function killControllers(): Promise<void> {
  await Promise.all([...started].map((controller) => controller.kill()));
}

/** The path of a Deployment. */
export function deploymentPath(name = 'web', namespace = 'shop'): string {
  return `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`;
}

/** The path of the TrackedImage of a Deployment's container. */
export function trackedPath(container = 'app', name = 'web', namespace = 'shop'): string {
  return `/apis/plimsoll.dev/v1alpha1/namespaces/${namespace}/trackedimages/deployment.${name}.${container}`;
}

/** Applies a Deployment that is rolled out, with one pod that reports the given digests by container. */
export function deploy(
  { cluster }: World,
  parts: DeploymentParts,
  running: Readonly<Record<string, string>> = {},
): void {
  const { namespace = 'shop', name = 'web' } = parts;
  report({ cluster }, running, { namespace, name });
  cluster.put(deploymentPath(name, namespace), deployment(parts));
}

/** Lets the pod of a Deployment report digests by container. */
export function report(
  { cluster }: Pick<World, 'cluster'>,
  running: Readonly<Record<string, string>>,
  { namespace = 'shop', name = 'web', phase = 'Running', pod = 'first', node = '' } = {},
): void {
  cluster.put(`/api/v1/namespaces/${namespace}/pods/${name}-${pod}`, {
    kind: 'Pod',
    metadata: { namespace, name: `${name}-${pod}`, labels: { app: name } },
    spec: { nodeName: node },
    status: {
      phase,
      containerStatuses: Object.entries(running).map(([container, digest]) => ({
        name: container,
        imageID: `docker.io/library/${container}@${digest}`,
      })),
    },
  });
}

/** Adds a node to the cluster. */
export function putNode({ cluster }: Pick<World, 'cluster'>, name: string, platform: Platform): void {
  const nodeInfo = { operatingSystem: platform.os, architecture: platform.architecture };
  cluster.put(`/api/v1/nodes/${name}`, { kind: 'Node', metadata: { name }, status: { nodeInfo } });
}

/** Lets the deployment controller finish the present rollout. */
export function completeRollout({ cluster }: World, name = 'web', namespace = 'shop'): void {
  const path = deploymentPath(name, namespace);
  const object = cluster.peek(path);
  const metadata = object?.['metadata'];
  const spec = object?.['spec'];
  assert.ok(object && isJsonObject(metadata) && isJsonObject(spec));
  const status = completeStatus(Number(metadata['generation']), Number(spec['replicas']));
  cluster.put(path, { ...object, status });
}

/** The image of a container as it stands in the cluster. */
export function imageIn({ cluster }: World, container = 'app', name = 'web'): string | undefined {
  const containers = listAt(cluster.peek(deploymentPath(name)), 'spec', 'template', 'spec', 'containers');
  return textAt(
    containers.find((each) => textAt(each, 'name') === container),
    'image',
  );
}

/** The status of a TrackedImage as it stands in the cluster. */
export function statusIn({ cluster }: World, container = 'app', name = 'web'): TrackedImageStatus {
  const object = cluster.peek(trackedPath(container, name));
  const status = object && readTrackedImage(object)?.status;
  assert.ok(status, `there is no status of ${name}/${container}`);
  return status;
}

/** The patches of Deployments that were tried. */
export function deploymentPatches({ cluster }: World): readonly string[] {
  return cluster.writes.filter(({ path }) => path.includes('/deployments/')).map(({ path }) => path);
}
