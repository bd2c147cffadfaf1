import { KubeClient } from '../../src/kube/client.ts';
import { isKubeError, type KubeErrorCode } from '../../src/kube/errors.ts';
import { listPods } from '../../src/kube/pods.ts';
import { listPath, objectPath, type Resource, resources } from '../../src/kube/resources.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { installDefinitions } from '../../src/sandbox/definitions.ts';
import { pushImage } from '../../src/sandbox/registry/push.ts';
import { type FleetPolicy, movingTag, policies } from './oracle.ts';
import { writerMark } from './sight.ts';
import type { Stage } from './stage.ts';

const { signal } = new AbortController();

/** One place in the fleet: the workload in it may come and go, its name, kind and repository stay. */
export interface Slot {
  readonly index: number;
  readonly kind: 'Deployment' | 'StatefulSet' | 'CronJob';
  readonly namespace: string;
  readonly name: string;
  readonly repository: string;
}

const kinds = {
  Deployment: { resource: resources.deployments, template: '/spec/template' },
  StatefulSet: { resource: resources.statefulSets, template: '/spec/template' },
  CronJob: { resource: resources.cronJobs, template: '/spec/jobTemplate/spec/template' },
} as const satisfies Record<Slot['kind'], { resource: Resource; template: string }>;

/** Workloads that share a repository. */
const sharing = 5;
/** Workloads that share a namespace: few, because three failures hold a whole namespace until somebody says `retry`. */
const neighbours = 8;

/** The workloads of a run and their images, and everything that people and other tools do to them. */
export class Fleet {
  readonly slots: readonly Slot[];
  readonly #host: string;
  readonly #registry: Stage['registry'];
  readonly #client: KubeClient;
  readonly #tags = new Map<string, Set<string>>();
  #marks = 0;

  constructor({ registry, connection }: Pick<Stage, 'registry' | 'connection'>, size: number) {
    this.#host = registry.host;
    this.#registry = registry;
    const metrics = { kubeRequest: () => undefined };
    this.#client = new KubeClient({ connection, clock: systemClock, metrics, userAgent: 'people' });
    this.slots = Array.from({ length: size }, (_, index) => slotOf(index));
  }

  get client(): KubeClient {
    return this.#client;
  }

  get repositories(): readonly string[] {
    return [...new Set(this.slots.map(({ repository }) => repository))];
  }

  /** The tags that a repository was ever given. */
  tags(repository: string): readonly string[] {
    return [...(this.#tags.get(repository) ?? [])];
  }

  image(slot: Slot, tag: string): string {
    return `${this.#host}/${slot.repository}:${tag}`;
  }

  /** The digest that a tag stands for now. */
  meaning({ repository }: Slot, tag: string): string | undefined {
    return this.#registry.resolve(repository, tag)?.digest;
  }

  /** Builds everything: definitions, namespaces, a first image for each repository, and a workload in each slot. */
  async open(): Promise<void> {
    await installDefinitions(this.#client, systemClock, signal);
    for (const namespace of new Set(['plimsoll-system', ...this.slots.map((slot) => slot.namespace)])) {
      const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } };
      await isDone(this.#client.create(listPath(resources.namespaces), body, { signal }), 'AlreadyExists');
    }
    for (const repository of this.repositories) {
      await this.push(repository, '1.0.0');
      await this.push(repository, movingTag, `${movingTag} at first`);
    }
    for (const slot of this.slots) await this.create(slot);
  }

  /** Pushes an image. What it does when it runs is written in its content: `crashes …`, `hangs …`. */
  async push(repository: string, tag: string, content: string = tag): Promise<void> {
    this.#tags.set(repository, (this.#tags.get(repository) ?? new Set()).add(tag));
    await pushImage({ registry: this.#host, repository, tag, content: `${content} ${repository}` });
  }

  /** Makes the workload of a slot; resolves with whether there was none. */
  async create(slot: Slot): Promise<boolean> {
    const body = manifestOf(slot, this.image(slot, policyOf(slot) === 'digest' ? movingTag : '1.0.0'));
    const collection = listPath(kinds[slot.kind].resource, slot.namespace);
    return isDone(this.#client.create(collection, body, { signal }), 'AlreadyExists');
  }

  /** Deletes the workload of a slot; resolves with whether there was one. */
  async remove(slot: Slot): Promise<boolean> {
    return isDone(this.#client.delete(this.#path(slot), { signal }), 'NotFound');
  }

  /** The slot of which this is the path of the workload. */
  slotAt(path: string): Slot | undefined {
    return this.slots.find((slot) => this.#path(slot) === path);
  }

  /** The workload as it is now; undefined where the slot is empty. */
  async read(slot: Slot): Promise<JsonObject | undefined> {
    return orNothing(this.#client.get(this.#path(slot), { signal }));
  }

  /** Sets the image as a tool of that name does; resolves with whether there was a workload. */
  async setImage(slot: Slot, tag: string, tool: string): Promise<boolean> {
    const { template } = kinds[slot.kind];
    const operations = [
      { op: 'replace', path: `${template}/spec/containers/0/image`, value: this.image(slot, tag) },
      { op: 'add', path: `/metadata/annotations/${writerMark.replace('/', '~1')}`, value: this.#mark(tool) },
    ];
    const options = { type: 'json', query: { fieldManager: tool }, signal } as const;
    return isDone(this.#client.patch(this.#path(slot), operations, options), 'NotFound', 'Invalid');
  }

  /** Merges a change into the workload as a person does who edits it; resolves with whether there was one. */
  async edit(slot: Slot, change: { annotations?: JsonObject; spec?: JsonObject }): Promise<boolean> {
    const { annotations = {}, spec = {} } = change;
    const body = {
      metadata: { annotations: { ...annotations, [writerMark]: this.#mark('kubectl-edit') } },
      spec,
    };
    const options = { type: 'merge', query: { fieldManager: 'kubectl-edit' }, signal } as const;
    return isDone(this.#client.patch(this.#path(slot), body, options), 'NotFound');
  }

  /** Edits the handles of the slot's TrackedImage; resolves with whether it has one by now. */
  async handle(slot: Slot, spec: JsonObject): Promise<boolean> {
    const path = objectPath(resources.trackedImages, slot.namespace, trackedImageOf(slot));
    const patched = this.#client.patch(path, { spec }, { type: 'merge', signal });
    return isDone(patched, 'NotFound');
  }

  /** Deletes the pods of a StatefulSet: one that never becomes ready blocks its rollout until somebody does. */
  async unblock({ kind, namespace, name }: Slot): Promise<void> {
    if (kind !== 'StatefulSet') return;
    for (const pod of await listPods(this.#client, namespace, `app=${name}`, signal)) {
      const path = objectPath(resources.pods, namespace, pod.name);
      await isDone(this.#client.delete(path, { signal }), 'NotFound');
    }
  }

  async close(): Promise<void> {
    await this.#client.close();
  }

  #path({ kind, namespace, name }: Slot): string {
    return objectPath(kinds[kind].resource, namespace, name);
  }

  #mark(tool: string): string {
    return `${tool}#${++this.#marks}`;
  }
}

/** The resources that a run has to watch. */
export const fleetResources: readonly Resource[] = Object.values(kinds).map(({ resource }) => resource);

/** The name of a slot's TrackedImage. */
export function trackedImageOf({ kind, name }: Slot): string {
  return `${kind.toLowerCase()}.${name}.app`;
}

/** The policy that a workload is made with. */
export function policyOf({ index }: Slot): FleetPolicy {
  return policies[index % policies.length] ?? 'none';
}

/** The slot of a number: most are Deployments, one in twenty a StatefulSet, one in twenty a CronJob. */
export function slotOf(index: number): Slot {
  const kind = index % 20 === 7 ? 'StatefulSet' : index % 20 === 13 ? 'CronJob' : 'Deployment';
  const namespace = `team-${Math.floor(index / neighbours)}`;
  return {
    index,
    kind,
    namespace,
    name: `app-${index}`,
    repository: `team/app-${Math.floor(index / sharing)}`,
  };
}

function manifestOf(slot: Slot, image: string): JsonObject {
  const { kind, name, namespace } = slot;
  const labels = { app: name };
  const annotations = {
    'plimsoll.dev/policy': policyOf(slot),
    'plimsoll.dev/verify-for': '1s',
    'plimsoll.dev/rollout-deadline': '20s',
  };
  const containers = [
    { name: 'app', image, imagePullPolicy: slot.index % 2 === 0 ? 'Always' : 'IfNotPresent' },
  ];
  const template = { metadata: { labels }, spec: { containers } };
  const metadata = { name, namespace, annotations };
  if (kind === 'CronJob') {
    const job = { template: { ...template, spec: { ...template.spec, restartPolicy: 'Never' } } };
    return {
      apiVersion: 'batch/v1',
      kind,
      metadata,
      spec: { schedule: '0 0 1 1 *', jobTemplate: { spec: job } },
    };
  }
  const spec = { replicas: 1, selector: { matchLabels: labels }, template };
  // A rollout that nobody but its own controller judges must not outlast the patience of a run.
  const own = kind === 'StatefulSet' ? { serviceName: name } : { progressDeadlineSeconds: 20 };
  return { apiVersion: 'apps/v1', kind, metadata, spec: { ...spec, ...own } };
}

/** Whether something was done: an error that a race with somebody else explains says that it was not. */
async function isDone(doing: Promise<unknown>, ...codes: readonly KubeErrorCode[]): Promise<boolean> {
  try {
    await doing;
    return true;
  } catch (error) {
    if (!isKubeError(error, ...codes)) throw error;
    return false;
  }
}

async function orNothing(reading: Promise<JsonObject>): Promise<JsonObject | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (!isKubeError(error, 'NotFound')) throw error;
    return undefined;
  }
}
