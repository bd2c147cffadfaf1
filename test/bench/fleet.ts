import { setTimeout } from 'node:timers/promises';
import { KubeClient } from '../../src/kube/client.ts';
import { listPath, objectPath, type Resource, resources } from '../../src/kube/resources.ts';
import { at, isJsonObject, type JsonObject, listAt, numberAt, textAt } from '../../src/model/json.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { installDefinitions } from '../../src/sandbox/definitions.ts';
import { pushImage } from '../../src/sandbox/registry/push.ts';
import type { Contender, Wish } from './contender.ts';
import type { Ground } from './ground.ts';
import { RegistryMeter } from './registry-meter.ts';

const { signal } = new AbortController();
const writers = 8;

/** The work that a controller is given. */
export interface Work extends Wish {
  readonly workloads: number;
  /** Workloads are dealt to these in turn. */
  readonly repositories: number;
  /** Tags of each repository; one where left out. */
  readonly tags?: number;
}

/** Deployments that ask one controller to follow their images, and who pushes these. */
export class Fleet {
  readonly work: Work;
  /** What is asked of the registry; it stands in the images of the fleet. */
  readonly meter: RegistryMeter;
  readonly #ground: Ground;
  readonly #annotations: Readonly<Record<string, string>>;
  readonly #namespace: string;
  readonly #client: KubeClient;

  private constructor(ground: Ground, contender: Contender, work: Work, meter: RegistryMeter) {
    const annotations = contender.annotations(work);
    if (annotations === undefined) throw new Error(`${contender.name} has no words for this work`);
    this.work = work;
    this.meter = meter;
    this.#ground = ground;
    this.#annotations = annotations;
    this.#namespace = contender.namespace;
    const { connection } = ground;
    const metrics = { kubeRequest: () => undefined };
    this.#client = new KubeClient({ connection, clock: systemClock, metrics, userAgent: 'bench' });
  }

  /** Builds a fleet, and waits until all of it runs. */
  static async open(ground: Ground, contender: Contender, work: Work): Promise<Fleet> {
    const meter = await RegistryMeter.start(ground.registry);
    const fleet = new Fleet(ground, contender, work, meter);
    await fleet.#build();
    return fleet;
  }

  /** Pushes a new image to every repository. Returns when each was there, in milliseconds of `performance.now`. */
  async pushEverywhere(tag: string, options?: { readonly crashes: boolean }): Promise<readonly number[]> {
    const pushed: number[] = [];
    await this.#each(this.work.repositories, async (index) => {
      await this.push(index, tag, options);
      pushed[index] = performance.now();
    });
    return pushed;
  }

  /** `crashes`: its containers end as soon as they are started. */
  async push(repository: number, tag: string, { crashes = false } = {}): Promise<void> {
    const content = `${crashes ? 'crashes ' : ''}${repository} ${tag}`;
    const { registry } = this.#ground;
    const image = await pushImage({ registry, repository: repositoryOf(repository), tag, content });
    if (crashes) this.#ground.crash(image.digest);
  }

  /** Merges annotations into a workload. */
  async annotate(index: number, annotations: Readonly<Record<string, string>>): Promise<void> {
    const path = objectPath(resources.deployments, this.#namespace, nameOf(index));
    await this.#client.patch(path, { metadata: { annotations } }, { type: 'merge', signal });
  }

  /** Resolves with when each workload was seen with a new tag, in milliseconds of `performance.now`; rejects after `within`. */
  async patched(tag: string, within: number): Promise<readonly number[]> {
    return this.#eachSeen(resources.deployments, within, (object) => {
      const [container] = listAt(object, 'spec', 'template', 'spec', 'containers');
      const isThere = textAt(container, 'image')?.endsWith(`:${tag}`) === true;
      return isThere ? textAt(object, 'metadata', 'name') : undefined;
    });
  }

  /** Resolves with when the kubelet was seen to report of each workload that a container has ended so often; else as `patched`. */
  async crashed(endings: number, within: number): Promise<readonly number[]> {
    return this.#eachSeen(resources.pods, within, (object) => {
      const [container] = listAt(object, 'status', 'containerStatuses');
      const isDown = !isJsonObject(at(container, 'state', 'running'));
      const ended = (numberAt(container, 'restartCount') ?? 0) + (isDown ? 1 : 0);
      return ended >= endings ? textAt(object, 'metadata', 'labels', 'app') : undefined;
    });
  }

  /** Resolves with when the last update of each workload was seen to be told as failed; else as `patched`. */
  async failed(within: number): Promise<readonly number[]> {
    return this.#eachSeen(resources.trackedImages, within, (object) => {
      const [last] = listAt(object, 'status', 'history');
      const isFailed = ['Failed', 'RolledBack'].includes(textAt(last, 'outcome') ?? '');
      const [owner] = listAt(object, 'metadata', 'ownerReferences');
      return isFailed ? textAt(owner, 'name') : undefined;
    });
  }

  /** Watches until every workload was named once by an object; returns when, in milliseconds of `performance.now`. */
  async #eachSeen(
    resource: Resource,
    within: number,
    nameIn: (object: JsonObject) => string | undefined,
  ): Promise<readonly number[]> {
    const seen = new Map<string, number>();
    const stop = AbortSignal.timeout(within);
    for await (const line of this.#client.watch(listPath(resource, this.#namespace), { signal: stop })) {
      const object = isJsonObject(line) ? line['object'] : undefined;
      const name = isJsonObject(object) ? nameIn(object) : undefined;
      if (name === undefined || seen.has(name)) continue;
      seen.set(name, performance.now());
      if (seen.size === this.work.workloads) break;
    }
    if (seen.size < this.work.workloads)
      throw new Error(
        `of the ${resource.plural} of only ${seen.size} workloads was seen what was waited for`,
      );
    return Array.from({ length: this.work.workloads }, (_, index) => seen.get(nameOf(index)) ?? 0);
  }

  /** Resolves when one workload is seen with a new tag. */
  async patchedOne(index: number, tag: string): Promise<void> {
    const query = { fieldSelector: `metadata.name=${nameOf(index)}` };
    for await (const line of this.#client.watch(this.#path, { query, signal })) {
      const object = isJsonObject(line) ? line['object'] : undefined;
      const [container] = listAt(object, 'spec', 'template', 'spec', 'containers');
      if (textAt(container, 'image')?.endsWith(`:${tag}`)) return;
    }
  }

  /** How many TrackedImages tell a state. */
  async telling(state: string): Promise<number> {
    let telling = 0;
    const path = listPath(resources.trackedImages, this.#namespace);
    for await (const { items } of this.#client.list(path, { signal })) {
      telling += items.filter((item) => textAt(item, 'status', 'reason') === state).length;
    }
    return telling;
  }

  /** Takes everything away, which would be work for the next controller. */
  async close(): Promise<void> {
    const path = objectPath(resources.namespaces, '', this.#namespace);
    await this.#client.delete(path, { signal });
    while (await this.#exists(path)) await setTimeout(500);
    await this.#client.close();
    await this.meter.close();
  }

  async #exists(path: string): Promise<boolean> {
    return this.#client.get(path, { signal }).then(
      () => true,
      () => false,
    );
  }

  get #path(): string {
    return listPath(resources.deployments, this.#namespace);
  }

  async #build(): Promise<void> {
    await installDefinitions(this.#client, systemClock, signal);
    const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: this.#namespace } };
    await this.#client.create(listPath(resources.namespaces), body, { signal });
    const { workloads, repositories, tags = 1 } = this.work;
    await this.#each(repositories, async (index) => {
      await this.push(index, '1.0.0');
      await this.#tag(index, tags);
    });
    await this.#each(workloads, async (index) => {
      await this.#client.create(this.#path, this.#deployment(index), { signal });
    });
    while ((await this.#running()) < workloads) await setTimeout(500);
  }

  /** Gives the image of a repository more tags, all older than the one that runs. */
  async #tag(repository: number, tags: number): Promise<void> {
    const url = `http://${this.#ground.registry}/v2/${repositoryOf(repository)}/manifests/`;
    const accept = 'application/vnd.oci.image.manifest.v1+json';
    const manifest = await fetch(`${url}1.0.0`, { headers: { accept } });
    const body = await manifest.text();
    await this.#each(tags - 1, async (index) => {
      const tag = `0.${Math.floor(index / 50)}.${index % 50}`;
      const put = await fetch(url + tag, { method: 'PUT', headers: { 'content-type': accept }, body });
      if (!put.ok) throw new Error(`the registry refused the tag ${tag}: ${put.status}`);
    });
  }

  async #running(): Promise<number> {
    let running = 0;
    for await (const { items } of this.#client.list(this.#path, { signal })) {
      running += items.filter((object) => numberAt(object, 'status', 'availableReplicas') === 1).length;
    }
    return running;
  }

  /** Does something for every number below `count`, several at once. */
  async #each(count: number, work: (index: number) => Promise<void>): Promise<void> {
    let next = 0;
    const worker = async () => {
      while (next < count) await work(next++);
    };
    await Promise.all(Array.from({ length: writers }, worker));
  }

  #deployment(index: number): JsonObject {
    const name = nameOf(index);
    const labels = { app: name };
    const image = `${this.meter.host}/${repositoryOf(index % this.work.repositories)}:1.0.0`;
    const template = { metadata: { labels }, spec: { containers: [{ name: 'app', image }] } };
    return {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name, namespace: this.#namespace, labels, annotations: this.#annotations },
      spec: { replicas: 1, selector: { matchLabels: labels }, template },
    };
  }
}

function nameOf(index: number): string {
  return `app-${index}`;
}

/** The name of a repository of the fleet. */
export function repositoryOf(index: number): string {
  return `bench/app-${index}`;
}
