import { KubeClient } from '../../src/kube/client.ts';
import { isKubeError, type KubeErrorCode } from '../../src/kube/errors.ts';
import { listPods } from '../../src/kube/pods.ts';
import { listPath, objectPath, type Resource, resources } from '../../src/kube/resources.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { installDefinitions } from '../../src/sandbox/definitions.ts';
import { pushImage } from '../../src/sandbox/registry/push.ts';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { type FleetPolicy, movingTag, policies } from './oracle.ts';
import { writerMark } from './sight.ts';

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
/** Workloads that share a namespace. */
const neighbours = 25;

/** The workloads of a run and their images, and everything that people and other tools do to them. */
export class Fleet {
  readonly slots: readonly Slot[];
  readonly #host: string;
  readonly #client: KubeClient;
  readonly #tags = new Map<string, Set<string>>();
  #marks = 0;

  constructor({ registry, connection }: Pick<Sandbox, 'registry' | 'connection'>, size: number) {
    this.#host = registry.host;
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

  /** Builds everything: definitions, namespaces, a first image for each repository, and a workload in each slot. */
  async open(): Promise<void> {
    await installDefinitions(this.#client, systemClock, signal);
    for (const namespace of new Set(['plimsoll-system', ...this.slots.map((slot) => slot.namespace)])) {
      const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } };
      await this.#client.create(listPath(resources.namespaces), body, { signal });
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

  async create(slot: Slot): Promise<void> {
    const body = manifestOf(slot, this.image(slot, policyOf(slot) === 'digest' ? movingTag : '1.0.0'));
    await this.#client
      .create(listPath(kinds[slot.kind].resource, slot.namespace), body, { signal })
      .catch(unless('AlreadyExists'));
  }

  async remove(slot: Slot): Promise<void> {
    await this.#client.delete(this.#path(slot), { signal }).catch(unless('NotFound'));
  }

  /** The workload as it is now; undefined where the slot is empty. */
  async read(slot: Slot): Promise<JsonObject | undefined> {
    return this.#client.get(this.#path(slot), { signal }).catch(unless('NotFound'));
  }

  /** Sets the image as a tool of that name does. */
  async setImage(slot: Slot, tag: string, tool: string): Promise<void> {
    const { template } = kinds[slot.kind];
    const operations = [
      { op: 'replace', path: `${template}/spec/containers/0/image`, value: this.image(slot, tag) },
      { op: 'add', path: `/metadata/annotations/${writerMark.replace('/', '~1')}`, value: this.#mark(tool) },
    ];
    const options = { type: 'json', query: { fieldManager: tool }, signal } as const;
    await this.#client.patch(this.#path(slot), operations, options).catch(unless('NotFound', 'Invalid'));
  }

  /** Merges a change into the workload as a person does who edits it. */
  async edit(slot: Slot, change: { annotations?: JsonObject; spec?: JsonObject }): Promise<void> {
    const { annotations = {}, spec = {} } = change;
    const body = {
      metadata: { annotations: { ...annotations, [writerMark]: this.#mark('kubectl-edit') } },
      spec,
    };
    const options = { type: 'merge', query: { fieldManager: 'kubectl-edit' }, signal } as const;
    await this.#client.patch(this.#path(slot), body, options).catch(unless('NotFound'));
  }

  /** Edits the handles of the slot's TrackedImage, where it has one by now. */
  async handle(slot: Slot, spec: JsonObject): Promise<void> {
    const name = `${slot.kind.toLowerCase()}.${slot.name}.app`;
    const path = objectPath(resources.trackedImages, slot.namespace, name);
    await this.#client.patch(path, { spec }, { type: 'merge', signal }).catch(unless('NotFound'));
  }

  /** Deletes the pods of a StatefulSet: one that never becomes ready blocks its rollout until somebody does. */
  async unblock({ kind, namespace, name }: Slot): Promise<void> {
    if (kind !== 'StatefulSet') return;
    for (const pod of await listPods(this.#client, namespace, `app=${name}`, signal)) {
      await this.#client
        .delete(objectPath(resources.pods, namespace, pod.name), { signal })
        .catch(unless('NotFound'));
    }
  }

  /** The slot's TrackedImage. */
  async told(slot: Slot): Promise<JsonObject | undefined> {
    const name = `${slot.kind.toLowerCase()}.${slot.name}.app`;
    return this.#client
      .get(objectPath(resources.trackedImages, slot.namespace, name), { signal })
      .catch(unless('NotFound'));
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
export const fleetResources = Object.values(kinds).map(({ resource }) => resource);

/** The policy that a workload is made with. */
export function policyOf({ index }: Slot): FleetPolicy {
  return policies[index % policies.length] ?? 'none';
}

function slotOf(index: number): Slot {
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
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata,
    spec: kind === 'StatefulSet' ? { ...spec, serviceName: name } : spec,
  };
}

/** Lets errors pass that a race with somebody else explains. */
function unless(...codes: readonly KubeErrorCode[]) {
  return (error: unknown): undefined => {
    if (!isKubeError(error, ...codes)) throw error;
    return undefined;
  };
}
