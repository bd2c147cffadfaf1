import { randomBytes } from 'node:crypto';
import { PolicySources } from '../../controllers/policies/policy-sources.ts';
import { PullCredentials } from '../../controllers/repositories/pull-credentials.ts';
import { NodePlatforms } from '../../controllers/pods/node-platforms.ts';
import { listRunningImages } from '../../controllers/pods/running-images.ts';
import { trackedImageName } from '../../controllers/memory/tracked-image-status.ts';
import type { KubeClient } from '../../kube/client.ts';
import { isKubeError } from '../../kube/errors.ts';
import { readImagePolicy } from '../../kube/image-policies.ts';
import { kinds } from '../../kube/kinds.ts';
import { readNamespace } from '../../kube/namespace-projection.ts';
import { listPath, objectPath, type Resource, resources } from '../../kube/resources.ts';
import { objectKey } from '../../kube/store.ts';
import { readTrackedImage } from '../../kube/tracked-images.ts';
import type { JsonObject } from '../../model/json.ts';
import type { Clock } from '../../model/ports.ts';
import type { TrackedImage } from '../../model/tracked-image.ts';
import { type Workload, workloadKinds } from '../../model/workload.ts';
import type { ConfiguredCredentials, Landscape } from './landscape.ts';

/** What a cluster is read with. */
export interface ClusterReading {
  readonly client: Pick<KubeClient, 'get' | 'list'>;
  readonly clock: Clock;
  readonly configured: ConfiguredCredentials;
  /** Namespaces to look at; none means all. */
  readonly namespaces: readonly string[];
}

/** Reads the landscape of a cluster as it is now; writes nothing. Rejects with a `KubeError` where workloads are refused. */
export async function readCluster(reading: ClusterReading, signal: AbortSignal): Promise<Landscape> {
  const { client, clock, configured } = reading;
  const reader = new Reader(reading, signal);
  const workloads: Workload[] = [];
  for (const kind of workloadKinds) {
    const { resource, optional, project } = kinds[kind];
    const objects = await reader.list(resource, optional ? 'absent' : 'needed');
    workloads.push(...objects.map(project).filter((workload) => workload !== undefined));
  }
  const sources = new PolicySources();
  for (const object of await reader.list(resources.imagePolicies, 'optional')) {
    const policy = readImagePolicy(object);
    if (policy) sources.imagePolicies.set(objectKey(policy.namespace, policy.name), policy);
  }
  for (const object of await reader.namespaces()) {
    const settings = readNamespace(object);
    if (settings) sources.namespaces.set(settings.name, settings);
  }
  const nodes = new NodePlatforms(client, clock);
  const tracked = new Map<string, TrackedImage>();
  for (const object of await reader.list(resources.trackedImages, 'optional')) {
    const image = readTrackedImage(object);
    if (image) tracked.set(objectKey(image.ref.workload.namespace, image.name), image);
  }
  return {
    workloads,
    sources,
    trackedIn: (namespace) => [...tracked.values()].filter(({ ref }) => ref.workload.namespace === namespace),
    trackedOf: (ref) => tracked.get(objectKey(ref.workload.namespace, trackedImageName(ref))),
    credentials: new PullCredentials({ client, clock, fingerprintKey: randomBytes(32), configured }),
    running: (workload, stop) => listRunningImages(client, nodes, workload, stop),
    warnings: reader.warnings,
  };
}

/** How a collection is missed: not at all, when the cluster has no such resource, or also when it may not be read. */
type Missing = 'needed' | 'absent' | 'optional';

class Reader {
  readonly warnings: string[] = [];
  readonly #reading: ClusterReading;
  readonly #signal: AbortSignal;

  constructor(reading: ClusterReading, signal: AbortSignal) {
    this.#reading = reading;
    this.#signal = signal;
  }

  async list(resource: Resource, missing: Missing): Promise<readonly JsonObject[]> {
    const { namespaces } = this.#reading;
    const found: JsonObject[] = [];
    for (const namespace of namespaces.length > 0 ? namespaces : [undefined]) {
      found.push(...(await this.#collect(resource, namespace, missing)));
    }
    return found;
  }

  /** Without the right to list all namespaces, those that were named are read one by one. */
  async namespaces(): Promise<readonly JsonObject[]> {
    const { namespaces, client } = this.#reading;
    if (namespaces.length === 0) return this.#collect(resources.namespaces, undefined, 'optional');
    const found: JsonObject[] = [];
    for (const name of namespaces) {
      try {
        const path = objectPath(resources.namespaces, undefined, name);
        found.push(await client.get(path, { signal: this.#signal }));
      } catch (error) {
        if (!isKubeError(error, 'NotFound', 'Forbidden')) throw error;
        this.#miss(`the annotations of Namespace ${name} could not be read`);
      }
    }
    return found;
  }

  async #collect(
    resource: Resource,
    namespace: string | undefined,
    missing: Missing,
  ): Promise<readonly JsonObject[]> {
    const found: JsonObject[] = [];
    try {
      const path = listPath(resource, namespace);
      for await (const page of this.#reading.client.list(path, { signal: this.#signal })) {
        found.push(...page.items);
      }
      return found;
    } catch (error) {
      if (missing !== 'needed' && isKubeError(error, 'NotFound')) return [];
      if (missing !== 'optional' || !isKubeError(error, 'Forbidden')) throw error;
      this.#miss(`${resource.plural} may not be listed, so they are not considered`);
      return [];
    }
  }

  #miss(what: string): void {
    this.warnings.push(what);
  }
}
