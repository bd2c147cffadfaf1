import { createHash } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type { TestContext } from 'node:test';
import { KubeClient } from '../../../../src/kube/client.ts';
import { listPath, objectPath, resources } from '../../../../src/kube/resources.ts';
import {
  at,
  isJsonObject,
  type JsonObject,
  listAt,
  numberAt,
  textAt,
  textMapAt,
} from '../../../../src/model/json.ts';
import { systemClock } from '../../../../src/runtime/clock.ts';
import {
  type EmbeddedApiServer,
  startEmbeddedApiServer,
} from '../../../../src/sandbox/api-server/embedded-api-server.ts';
import { startSimulatedCluster } from '../../../../src/sandbox/cluster/simulated-cluster.ts';
import { replicaSets } from '../../../../src/sandbox/cluster/cluster-resources.ts';
import { silentMetrics } from '../../../support/silence.ts';

/** An image that the registry does not have. */
export const missing = 'registry.example/web:missing';

const namespace = 'default';
const path = objectPath(resources.deployments, namespace, 'web');
const forever = new AbortController().signal;
const patience = 60_000;

/** What a test wants of its Deployment `web`. */
export interface Wish {
  readonly replicas: number;
  readonly image?: string;
  readonly pullPolicy?: string;
  readonly strategy?: JsonObject;
  readonly progressDeadlineSeconds?: number;
  readonly revisionHistoryLimit?: number;
  readonly initContainers?: readonly JsonObject[];
}

/** The Deployment as it is. */
export class Deployed {
  readonly object: JsonObject;

  constructor(object: JsonObject) {
    this.object = object;
  }

  get status(): JsonObject {
    const { status } = this.object;
    return isJsonObject(status) ? status : {};
  }

  get revision(): number {
    return Number(
      textMapAt(this.object, 'metadata', 'annotations')['deployment.kubernetes.io/revision'] ?? 0,
    );
  }

  get isObserved(): boolean {
    return numberAt(this.status, 'observedGeneration') === numberAt(this.object, 'metadata', 'generation');
  }

  /** As `kubectl rollout status` judges it. */
  get isRolledOut(): boolean {
    const wanted = numberAt(this.object, 'spec', 'replicas');
    const { updatedReplicas, replicas, availableReplicas } = this.status;
    return (
      this.isObserved && [updatedReplicas, replicas, availableReplicas].every((count) => count === wanted)
    );
  }

  condition(type: string): { readonly status?: string | undefined; readonly reason?: string | undefined } {
    const found = listAt(this.status, 'conditions').find((one) => textAt(one, 'type') === type);
    return { status: textAt(found, 'status'), reason: textAt(found, 'reason') };
  }
}

/** A pod as a test looks at it. */
export interface Seen {
  readonly name: string;
  readonly image: string | undefined;
  readonly imageId: string | undefined;
  readonly phase: string | undefined;
  readonly waiting: string | undefined;
  readonly restarts: number;
  readonly ready: boolean;
  readonly init: readonly unknown[];
}

/** One line of `kubectl rollout history`. */
export interface Revision {
  readonly revision: number;
  readonly image: string | undefined;
  readonly replicas: number;
  readonly cause: string | undefined;
}

/** An API server with a simulated cluster and one Deployment, `web`. */
export class TestCluster {
  readonly #api: EmbeddedApiServer;
  readonly #client: KubeClient;
  readonly #tags: Map<string, string>;

  private constructor(api: EmbeddedApiServer, client: KubeClient, tags: Map<string, string>) {
    this.#api = api;
    this.#client = client;
    this.#tags = tags;
  }

  /** Starts a cluster that is as quick as it can be; the test's end closes it. */
  static async start(context: TestContext): Promise<TestCluster> {
    const clock = systemClock;
    const api = await startEmbeddedApiServer({ clock });
    const { connection } = api;
    const tags = new Map<string, string>();
    const simulated = await startSimulatedCluster({
      connection,
      clock,
      images: { resolve: (image) => (image === missing ? 'missing' : { digest: digestOf(tags, image) }) },
      behaviour: (image) => (image.includes('crashes') ? { readyAfter: 'never', exitsAfter: 1 } : {}),
      pace: { step: 1, backoff: { initial: 20, longest: 100 } },
    });
    const client = new KubeClient({ connection, clock, metrics: silentMetrics, userAgent: 'kubectl' });
    context.after(async () => {
      await client.close();
      await simulated.close();
      await api.close();
    });
    return new TestCluster(api, client, tags);
  }

  async deploy(wish: Wish): Promise<void> {
    const { image = 'registry.example/web:1', pullPolicy, initContainers, ...spec } = wish;
    const container = { name: 'web', image, imagePullPolicy: pullPolicy };
    const template = {
      metadata: { labels: { app: 'web' } },
      spec: { containers: [container], ...(initContainers === undefined ? {} : { initContainers }) },
    };
    const body = {
      metadata: { name: 'web' },
      spec: { ...spec, selector: { matchLabels: { app: 'web' } }, template },
    };
    await this.#client.create(listPath(resources.deployments, namespace), body, { signal: forever });
  }

  async merge(body: JsonObject): Promise<void> {
    await this.#client.patch(path, body, { type: 'merge', signal: forever });
  }

  async setImage(image: string, annotations: Readonly<Record<string, string>> = {}): Promise<void> {
    const containers = [{ name: 'web', image }];
    await this.merge({ metadata: { annotations }, spec: { template: { spec: { containers } } } });
  }

  /** What `kubectl rollout restart` does. */
  async restart(): Promise<void> {
    const annotations = { 'kubectl.kubernetes.io/restartedAt': new Date(systemClock.now()).toISOString() };
    await this.merge({ spec: { template: { metadata: { annotations } } } });
  }

  /** What `kubectl rollout undo` does: a JSON Patch with the template of the revision before. */
  async undo(): Promise<void> {
    const sets = await this.#list(listPath(replicaSets, namespace));
    const [, before] = sets.toSorted((one, other) => revisionOf(other) - revisionOf(one));
    const template = at(before, 'spec', 'template');
    const labels = { app: 'web' };
    const value = { ...(isJsonObject(template) ? template : {}), metadata: { labels } };
    await this.#client.patch(path, [{ op: 'replace', path: '/spec/template', value }], {
      type: 'json',
      signal: forever,
    });
  }

  /** Lets a tag mean another digest. */
  retag(image: string, digest: string): void {
    this.#tags.set(image, digest);
  }

  digestOf(image: string): string {
    return digestOf(this.#tags, image);
  }

  async deletePod(name: string): Promise<void> {
    await this.#client.delete(objectPath(resources.pods, namespace, name), { signal: forever });
  }

  rolledOut(): Promise<Deployed> {
    return this.until('the rollout', (web) => web.isRolledOut);
  }

  async until(what: string, condition: (web: Deployed) => boolean): Promise<Deployed> {
    const read = async () => new Deployed(await this.#client.get(path, { signal: forever }));
    return eventually(what, read, condition);
  }

  async untilPod(what: string, condition: (pod: Seen) => boolean): Promise<Seen> {
    const pods = await eventually(
      what,
      () => this.pods(),
      (all) => all.some(condition),
    );
    return pods.find(condition) ?? Promise.reject(new Error(what));
  }

  async untilRevisions(what: string, condition: (revisions: readonly Revision[]) => boolean): Promise<void> {
    await eventually(what, () => this.revisions(), condition);
  }

  /** The pods that are not on their way out, by name. */
  async pods(): Promise<readonly Seen[]> {
    const pods = await this.#list(listPath(resources.pods, namespace));
    return pods.filter((pod) => at(pod, 'metadata', 'deletionTimestamp') === undefined).map(seen);
  }

  /** The ReplicaSets, lowest revision first. */
  async revisions(): Promise<readonly Revision[]> {
    const sets = await this.#list(listPath(replicaSets, namespace));
    const revisions = sets.map((set) => ({
      revision: revisionOf(set),
      image: imageOf(at(set, 'spec', 'template')),
      replicas: numberAt(set, 'spec', 'replicas') ?? 0,
      cause: textMapAt(set, 'metadata', 'annotations')['kubernetes.io/change-cause'],
    }));
    return revisions.toSorted((one, other) => one.revision - other.revision);
  }

  /** Collects `ADDED image` and the like, for every pod event from when it resolves. */
  async watchPods(): Promise<readonly string[]> {
    const lines: string[] = [];
    const watching = Promise.withResolvers<void>();
    const follow = async () => {
      const query = { labelSelector: 'app=web' };
      for await (const event of this.#client.watch(listPath(resources.pods, namespace), {
        query,
        signal: forever,
        opened: watching.resolve,
      })) {
        lines.push(`${textAt(event, 'type')} ${imageOf(at(event, 'object'))}`);
      }
    };
    follow().catch(watching.reject);
    await watching.promise;
    return lines;
  }

  /** Resolves once no request but reads has been made for a while; fails when that does not come. */
  async settled(): Promise<void> {
    const writes = () =>
      this.#api.requests.filter(({ verb }) => !['get', 'list', 'watch'].includes(verb)).length;
    await eventually(
      'an end of writes',
      async () => {
        const before = writes();
        await setTimeout(200);
        return writes() - before;
      },
      (more) => more === 0,
    );
  }

  async #list(of: string): Promise<readonly JsonObject[]> {
    const found: JsonObject[] = [];
    for await (const page of this.#client.list(of, { signal: forever })) found.push(...page.items);
    return found;
  }
}

function digestOf(tags: ReadonlyMap<string, string>, image: string): string {
  return tags.get(image) ?? `sha256:${createHash('sha256').update(image).digest('hex')}`;
}

function revisionOf(set: JsonObject): number {
  return Number(textMapAt(set, 'metadata', 'annotations')['deployment.kubernetes.io/revision'] ?? 0);
}

function imageOf(podOrTemplate: unknown): string | undefined {
  return textAt(listAt(podOrTemplate, 'spec', 'containers')[0], 'image');
}

function seen(pod: JsonObject): Seen {
  const [status] = listAt(pod, 'status', 'containerStatuses');
  return {
    name: textAt(pod, 'metadata', 'name') ?? '',
    image: imageOf(pod),
    imageId: textAt(status, 'imageID'),
    phase: textAt(pod, 'status', 'phase'),
    waiting: textAt(status, 'state', 'waiting', 'reason'),
    restarts: numberAt(status, 'restartCount') ?? 0,
    ready: at(status, 'ready') === true,
    init: listAt(pod, 'status', 'initContainerStatuses'),
  };
}

async function eventually<T>(
  what: string,
  read: () => Promise<T>,
  condition: (value: T) => boolean,
): Promise<T> {
  const end = performance.now() + patience;
  for (;;) {
    const value = await read();
    if (condition(value)) return value;
    if (performance.now() > end) throw new Error(`waited in vain for ${what}: ${JSON.stringify(value)}`);
    await setTimeout(5);
  }
}
