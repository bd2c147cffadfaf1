import { setTimeout } from 'node:timers/promises';
import type { KubeClient } from '../../src/kube/client.ts';
import { listPath, objectPath, resources } from '../../src/kube/resources.ts';
import { type JsonObject, numberAt } from '../../src/model/json.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { installDefinitions } from '../../src/sandbox/definitions.ts';
import { adminClient } from '../behaviour/connection.ts';
import { type OwnCluster, startOwnCluster } from '../support/own-cluster.ts';

const { signal } = new AbortController();
const writers = 16;
const perNamespace = 500;
const perRepository = 10;

/** A fleet of Deployments on a real API server: 500 in a namespace, ten of one image, looked at every ten seconds. */
export class KubeStage {
  readonly cluster: OwnCluster;
  readonly #admin: KubeClient;
  #size = 0;
  #namespaces = 0;

  private constructor(cluster: OwnCluster) {
    this.cluster = cluster;
    this.#admin = adminClient(cluster);
  }

  static async open(): Promise<KubeStage> {
    const stage = new KubeStage(await startOwnCluster());
    await installDefinitions(stage.#admin, systemClock, signal);
    return stage;
  }

  /** Brings the fleet to a size; each has a pod, which is waited for. */
  async run(size: number): Promise<void> {
    await this.#makeNamespaces(size);
    await this.#grow(size, 1);
    while ((await this.#running()) < size) await setTimeout(1_000);
  }

  /** Brings the fleet to a size with Deployments that are scaled to zero, and of which nobody else takes notice. */
  async store(size: number): Promise<void> {
    await this.#makeNamespaces(size);
    await this.cluster.controlPlane.controllerManager.stop();
    await this.#grow(size, 0);
  }

  async #grow(size: number, replicas: number): Promise<void> {
    const indices = Array.from({ length: size - this.#size }, (_, offset) => this.#size + offset);
    for (const index of indices.filter((each) => each % perRepository === 0)) {
      await this.cluster.push(repositoryOf(index), '1.0.0', { content: repositoryOf(index) });
    }
    await each(indices, async (index) => {
      await this.#admin.create(
        listPath(resources.deployments, namespaceOf(index)),
        this.#deployment(index, replicas),
        { signal },
      );
    });
    this.#size = size;
  }

  /** Annotates so many Deployments, as quickly as the API server takes it. */
  async annotate(count: number, annotations: Readonly<Record<string, string>>): Promise<void> {
    const indices = Array.from({ length: count }, (_, index) => index);
    await each(indices, async (index) => {
      const path = objectPath(resources.deployments, namespaceOf(index), nameOf(index));
      await this.#admin.patch(path, { metadata: { annotations } }, { type: 'merge', signal });
    });
  }

  /**
   * Makes so many TrackedImages and writes a status into each, as a first start does, and does nothing else. They are of
   * nobody, and are taken away again. Returns the milliseconds that the writes took.
   */
  async writeBare(count: number): Promise<number> {
    const namespace = 'bench-bare';
    const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } };
    await this.#admin.create(listPath(resources.namespaces), body, { signal });
    const indices = Array.from({ length: count }, (_, index) => index);
    const begin = performance.now();
    await each(indices, async (index) => {
      const name = nameOf(index);
      const image = {
        apiVersion: 'plimsoll.dev/v1alpha1',
        kind: 'TrackedImage',
        metadata: { name },
        spec: {},
      };
      await this.#admin.create(listPath(resources.trackedImages, namespace), image, { signal });
      const path = objectPath(resources.trackedImages, namespace, name, 'status');
      await this.#admin.patch(path, { status: bareStatus }, { type: 'merge', signal });
    });
    const took = performance.now() - begin;
    const path = objectPath(resources.namespaces, undefined, namespace);
    await this.#admin.delete(path, { signal });
    while (await this.#exists(path)) await setTimeout(500);
    return took;
  }

  async close(): Promise<void> {
    await this.#admin.close();
    await this.cluster.close();
  }

  async #running(): Promise<number> {
    let running = 0;
    for await (const { items } of this.#admin.list(listPath(resources.deployments), { signal })) {
      running += items.filter((object) => numberAt(object, 'status', 'availableReplicas') === 1).length;
    }
    return running;
  }

  /** Those that a fleet of a size needs and that are not there yet. */
  async #makeNamespaces(size: number): Promise<void> {
    for (; this.#namespaces * perNamespace < size; this.#namespaces++) {
      await this.#makeNamespace(this.#namespaces * perNamespace);
    }
  }

  async #makeNamespace(index: number): Promise<void> {
    const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespaceOf(index) } };
    await this.#admin.create(listPath(resources.namespaces), body, { signal });
    const account = objectPath(resources.serviceAccounts, namespaceOf(index), 'default');
    while (!(await this.#exists(account))) await setTimeout(50);
  }

  async #exists(path: string): Promise<boolean> {
    return this.#admin.get(path, { signal }).then(
      () => true,
      () => false,
    );
  }

  #deployment(index: number, replicas: number): JsonObject {
    const name = nameOf(index);
    const labels = { app: name };
    const image = `${this.cluster.registry}/${repositoryOf(index)}:1.0.0`;
    return {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: {
        name,
        namespace: namespaceOf(index),
        labels,
        annotations: { 'plimsoll.dev/policy': 'minor', 'plimsoll.dev/interval': '10s' },
      },
      spec: {
        replicas,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [{ name: 'app', image }] } },
      },
    };
  }
}

const bareStatus = {
  image: 'registry.example/bench/app:1.0.0',
  latest: '1.0.0',
  state: 'UpToDate',
  reason: 'UpToDate',
  message: 'no newer tag fits the policy',
  observedGeneration: 1,
};

/** Does something for every item, several at once. */
async function each(items: readonly number[], work: (item: number) => Promise<void>): Promise<void> {
  const left = items.values();
  const worker = async () => {
    for (const item of left) await work(item);
  };
  await Promise.all(Array.from({ length: writers }, worker));
}

function nameOf(index: number): string {
  return `app-${index}`;
}

function namespaceOf(index: number): string {
  return `bench-${Math.floor(index / perNamespace)}`;
}

function repositoryOf(index: number): string {
  return `bench/app-${Math.floor(index / perRepository)}`;
}
