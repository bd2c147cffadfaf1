import type { KubeClient } from '../../kube/client.ts';
import { listPath, objectPath, type Resource, resources } from '../../kube/resources.ts';
import { isJsonObject, type JsonObject, textAt } from '../../model/json.ts';
import { replicaSets } from './cluster-resources.ts';
import { nameOf, namespaceOf } from './ownership.ts';

/** A number of replicas, and the annotations that go with it. */
export interface Size {
  readonly replicas: number;
  readonly annotations: Readonly<Record<string, string>>;
}

/** The requests of the deployment controller; each is a compare-and-swap on what was read. */
export class DeploymentWriter {
  readonly #client: KubeClient;

  constructor(client: KubeClient) {
    this.#client = client;
  }

  /** Creates a ReplicaSet. */
  async create(replicaSet: JsonObject, signal: AbortSignal): Promise<void> {
    await this.#client.create(listPath(replicaSets, namespaceOf(replicaSet)), replicaSet, { signal });
  }

  /** Gives a ReplicaSet another number of replicas. */
  async scale(replicaSet: JsonObject, { replicas, annotations }: Size, signal: AbortSignal): Promise<void> {
    const body = { metadata: { ...versionOf(replicaSet), annotations }, spec: { replicas } };
    await this.#client.patch(pathOf(replicaSets, replicaSet), body, { type: 'merge', signal });
  }

  /** Adds annotations to a ReplicaSet. */
  async annotate(
    replicaSet: JsonObject,
    annotations: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<void> {
    const body = { metadata: { ...versionOf(replicaSet), annotations } };
    await this.#client.patch(pathOf(replicaSets, replicaSet), body, { type: 'merge', signal });
  }

  async remove(replicaSet: JsonObject, signal: AbortSignal): Promise<void> {
    await this.#client.delete(pathOf(replicaSets, replicaSet), { signal });
  }

  /** Replaces the status of a Deployment, and adds annotations where given. */
  async putStatus(
    deployment: JsonObject,
    status: JsonObject,
    signal: AbortSignal,
    annotations: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    const metadata = isJsonObject(deployment['metadata']) ? deployment['metadata'] : {};
    const known = isJsonObject(metadata['annotations']) ? metadata['annotations'] : {};
    const body = {
      ...deployment,
      kind: 'Deployment',
      apiVersion: 'apps/v1',
      metadata: { ...metadata, annotations: { ...known, ...annotations } },
      status,
    };
    await this.#client.update(pathOf(resources.deployments, deployment, 'status'), body, { signal });
  }
}

function pathOf(resource: Resource, object: JsonObject, subresource?: 'status'): string {
  return objectPath(resource, namespaceOf(object), nameOf(object), subresource);
}

function versionOf(object: JsonObject): JsonObject {
  return { resourceVersion: textAt(object, 'metadata', 'resourceVersion') };
}
