import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type { AppEnd } from '../../src/app.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { isKubeError } from '../../src/kube/errors.ts';
import { listPods } from '../../src/kube/pods.ts';
import { listPath, objectPath, resources } from '../../src/kube/resources.ts';
import { isJsonObject, type JsonObject, listAt, numberAt, textAt, textMapAt } from '../../src/model/json.ts';
import { installDefinitions } from '../../src/sandbox/definitions.ts';
import type { Clock } from '../../src/model/ports.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import type { ShippedRole } from '../support/controller-account.ts';
import { shown } from '../support/shown.ts';
import type { Backend, PushedIndex, TestImage, TestIndex } from './backend.ts';
import { adminClient } from './connection.ts';
import { type Controller, startInProcess } from './controller.ts';
import { searchNamespace } from './search-namespace.ts';
import { deploymentOf, type Shelf } from './shelf.ts';

/** How long a condition may take on a slow machine; what is asserted is that it comes, not when. */
const patience = 120_000;
const forever = new AbortController().signal;

/** A namespace with workloads, images of its own in the registry, and a controller that works in it. */
export class Shop {
  readonly namespace = `shop-${randomBytes(4).toString('hex')}`;
  readonly logs: string[] = [];
  readonly #backend: Backend;
  readonly #admin: KubeClient;
  /** Where the audit log was when this shop opened. */
  readonly #opened: number;
  /** The controller's clock; tests that cannot wait as long as it would set another one before they start it. */
  clock: Clock = systemClock;
  /** The last of them works, or has ended under `--once` as those before it. */
  readonly #controllers: Controller[] = [];

  private constructor(backend: Backend) {
    this.#backend = backend;
    this.#admin = adminClient(backend);
    this.#opened = backend.account?.now() ?? 0;
  }

  /** Opens a shop: makes its namespace and installs the custom resources where they are missing. */
  static async open(backend: Backend): Promise<Shop> {
    const shop = new Shop(backend);
    try {
      await shop.#furnish();
    } catch (error) {
      await shop.#admin.close();
      throw error;
    }
    return shop;
  }

  async #furnish(): Promise<void> {
    await installDefinitions(this.#admin, systemClock, forever);
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: this.namespace } };
    await this.#admin.create(listPath(resources.namespaces), namespace, { signal: forever });
    await this.until('the default service account', async () =>
      this.find(objectPath(resources.serviceAccounts, this.namespace, 'default')),
    );
  }

  /** Flags by which commands on this machine read the registry of this shop. */
  get registryFlags(): readonly string[] {
    const { pods } = this.#backend;
    return pods === undefined ? [] : [`--registries=${pods.registriesFile}`];
  }

  /** Gives the controller what a shipped role permits, in this shop; a backend without accounts permits everything. */
  async permit(role: ShippedRole, ...secrets: readonly string[]): Promise<void> {
    await this.#backend.account?.permit(role, this.namespace, secrets);
  }

  get admin(): KubeClient {
    return this.#admin;
  }

  /** The reference of an image of this shop. */
  image(repository: string, tag: string): string {
    return `${this.#backend.registry}/${this.repository(repository)}:${tag}`;
  }

  repository(name: string): string {
    return `${this.namespace}/${name}`;
  }

  /** Pushes an image whose content is unlike that of any other shop: a node names equal content by any name it knows. */
  async push(repository: string, tag: string, image: Partial<TestImage> = {}): Promise<string> {
    const content = `${this.namespace} ${repository} ${image.content ?? tag}`;
    return this.#backend.push(this.repository(repository), tag, { ...image, content });
  }

  /** Pushes an image for several platforms, each of a content that is unlike that of any other shop. */
  async pushIndex(repository: string, tag: string, { images, ...index }: TestIndex): Promise<PushedIndex> {
    const own: Record<string, string> = {};
    for (const [platform, content] of Object.entries(images)) {
      own[platform] = `${this.namespace} ${repository} ${content}`;
    }
    return this.#backend.pushIndex(this.repository(repository), tag, { ...index, images: own });
  }

  async deploy(shelf: Shelf): Promise<void> {
    const collection = listPath(resources.deployments, this.namespace);
    await this.#admin.create(collection, deploymentOf(shelf, this.namespace), { signal: forever });
    await this.until(`the pods of ${shelf.name}`, async () => {
      const pods = await this.pods(shelf.name);
      return pods.length === (shelf.replicas ?? 1) && pods.every(({ ready }) => ready) ? pods : undefined;
    });
  }

  /** Starts the controller in this namespace, with flags of `plimsoll run`. */
  start(...flags: readonly string[]): void {
    this.startEverywhere(`--namespace=${this.namespace}`, ...flags);
  }

  /** Starts the controller in all namespaces, unless flags say otherwise. */
  startEverywhere(...flags: readonly string[]): void {
    const { pods, controllerKubeconfig } = this.#backend;
    assert.ok(pods === undefined || this.clock === systemClock, 'a pod has a clock of its own');
    const order = {
      flags: ['--poll-interval=1s', ...flags],
      clock: this.clock,
      tell: (line: string) => void this.logs.push(line),
    };
    this.#controllers.push(pods?.start(this.namespace, order) ?? startInProcess(controllerKubeconfig, order));
  }

  /** Resolves with how the controller ended by itself, under `--once`. */
  async ended(): Promise<AppEnd | undefined> {
    return this.#controllers.at(-1)?.ended;
  }

  /** Stops the controller as a SIGTERM would. */
  async stop(): Promise<void> {
    // One that cannot be stopped must not leave the others at work.
    const stopping = this.#controllers.splice(0).map((controller) => controller.stop());
    const ends = await Promise.allSettled(stopping);
    shown('the log', this.logs.join(''));
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
  }

  /** Stops what works here, looks at what it did and showed, and takes the namespace away, whatever was found. */
  async close(): Promise<void> {
    try {
      await this.stop();
      this.#backend.account?.audit(this.#opened, this.namespace);
      await searchNamespace(this.#admin, this.namespace);
    } finally {
      const path = objectPath(resources.namespaces, undefined, this.namespace);
      await this.#admin.delete(path, { signal: forever });
      await this.#admin.close();
    }
  }

  async deployment(name: string): Promise<JsonObject> {
    return this.#admin.get(objectPath(resources.deployments, this.namespace, name), { signal: forever });
  }

  /** The image of a container in the pod template; of the first one where none is named. */
  async imageOf(name: string, container?: string): Promise<string | undefined> {
    const containers = listAt(await this.deployment(name), 'spec', 'template', 'spec', 'containers');
    const found = containers.find((one) => container === undefined || textAt(one, 'name') === container);
    return textAt(found, 'image');
  }

  async annotationsOf(name: string): Promise<Readonly<Record<string, string>>> {
    return textMapAt(await this.deployment(name), 'metadata', 'annotations');
  }

  async annotate(name: string, annotations: Readonly<Record<string, string | null>>): Promise<void> {
    const path = objectPath(resources.deployments, this.namespace, name);
    await this.#admin.patch(path, { metadata: { annotations } }, { type: 'merge', signal: forever });
  }

  async pods(name: string) {
    const pods = await listPods(this.#admin, this.namespace, `app=${name}`, forever);
    return pods.filter(({ deleting }) => !deleting);
  }

  /** The digests that the pods of a workload report. */
  async runningDigests(name: string): Promise<readonly (string | undefined)[]> {
    return (await this.pods(name)).flatMap(({ containers }) => containers.map(({ digest }) => digest));
  }

  /** Makes an ImagePolicy of this shop, or changes its spec: null takes a field away. */
  async setPolicy(name: string, spec: JsonObject): Promise<void> {
    const path = objectPath(resources.imagePolicies, this.namespace, name);
    if ((await this.find(path)) !== undefined) {
      await this.#admin.patch(path, { spec }, { type: 'merge', signal: forever });
      return;
    }
    const body = {
      apiVersion: 'plimsoll.dev/v1alpha1',
      kind: 'ImagePolicy',
      metadata: { name, namespace: this.namespace },
      spec,
    };
    await this.#admin.create(listPath(resources.imagePolicies, this.namespace), body, { signal: forever });
  }

  /** The status of an ImagePolicy. */
  async policyStatus(name: string): Promise<JsonObject | undefined> {
    const path = objectPath(resources.imagePolicies, this.namespace, name);
    const status = (await this.find(path))?.['status'];
    return isJsonObject(status) ? status : undefined;
  }

  /** Annotates the namespace of this shop. */
  async annotateNamespace(annotations: Readonly<Record<string, string | null>>): Promise<void> {
    const path = objectPath(resources.namespaces, undefined, this.namespace);
    await this.#admin.patch(path, { metadata: { annotations } }, { type: 'merge', signal: forever });
  }

  /** The status of a container's TrackedImage. */
  async tracked(name: string, container = 'web'): Promise<JsonObject | undefined> {
    const path = objectPath(resources.trackedImages, this.namespace, `deployment.${name}.${container}`);
    const status = (await this.find(path))?.['status'];
    return isJsonObject(status) ? status : undefined;
  }

  /**
   * Writes handles of a TrackedImage, and waits until the controller has seen them: it might hear of a push before. Unlike
   * an edited annotation, only `checkAt` asks for a look.
   */
  async steer(trackedImage: string, spec: JsonObject): Promise<void> {
    const path = objectPath(resources.trackedImages, this.namespace, trackedImage);
    const written = await this.#admin.patch(path, { spec }, { type: 'merge', signal: forever });
    const generation = numberAt(written, 'metadata', 'generation') ?? 0;
    await this.until(`${trackedImage} to be seen`, async () => {
      const seen = numberAt(await this.find(path), 'status', 'observedGeneration') ?? 0;
      return seen >= generation;
    });
  }

  async events(name: string): Promise<readonly { readonly reason: string; readonly note: string }[]> {
    const found: { reason: string; note: string }[] = [];
    for await (const page of this.#admin.list(listPath(resources.events, this.namespace), {
      signal: forever,
    })) {
      for (const event of page.items) {
        if (
          textAt(event, 'regarding', 'name') !== name ||
          textAt(event, 'reportingController') !== 'plimsoll.dev/controller'
        )
          continue;
        found.push({ reason: textAt(event, 'reason') ?? '', note: textAt(event, 'note') ?? '' });
      }
    }
    return found;
  }

  /** Waits until a container's TrackedImage says a reason; returns its status. */
  async saying(name: string, reason: string, container = 'web'): Promise<JsonObject> {
    return this.until(`${name} to say ${reason}`, async () => {
      const status = await this.tracked(name, container);
      return status?.['reason'] === reason ? status : undefined;
    });
  }

  /** Waits until the last update of a container has an outcome; returns the status. */
  async outcome(name: string, outcome: string, container = 'web'): Promise<JsonObject> {
    return this.until(`the rollout of ${name} to be ${outcome}`, async () => {
      const status = await this.tracked(name, container);
      return textAt(listAt(status, 'history')[0], 'outcome') === outcome ? status : undefined;
    });
  }

  /** Waits until the last update of a container is the one to a tag, and is verified; returns the status. */
  async arrived(name: string, tag: string, container = 'web'): Promise<JsonObject> {
    return this.until(`${name} to have arrived at ${tag}`, async () => {
      const status = await this.tracked(name, container);
      const [last] = listAt(status, 'history');
      const [reference = ''] = textAt(last, 'to')?.split('@') ?? [];
      return reference.endsWith(`:${tag}`) && textAt(last, 'outcome') === 'Verified' && status;
    });
  }

  /** Waits until a workload has events of a reason; returns all of them. */
  async told(name: string, reason: string): Promise<readonly { readonly note: string }[]> {
    return this.until(`an event ${reason} of ${name}`, async () => {
      const events = (await this.events(name)).filter((event) => event.reason === reason);
      return events.length > 0 && events;
    });
  }

  /** Waits until a question has an answer that is neither undefined nor false; a server that is busy has given none. */
  async until<T>(what: string, ask: () => Promise<T | undefined | false>): Promise<T> {
    const end = performance.now() + patience;
    for (;;) {
      const answer = await ask().catch(unlessBusy);
      if (answer !== undefined && answer !== false) return answer;
      if (performance.now() > end)
        assert.fail(`waited in vain for ${what}\n${this.logs.slice(-20).join('')}`);
      await setTimeout(50);
    }
  }

  /** An object, or undefined where there is none. */
  async find(path: string): Promise<JsonObject | undefined> {
    return this.#admin.get(path, { signal: forever }).catch((error: unknown) => {
      if (isKubeError(error, 'NotFound')) return undefined;
      throw error;
    });
  }
}

function unlessBusy(error: unknown): undefined {
  if (!isKubeError(error) || !error.retryable) throw error;
}
