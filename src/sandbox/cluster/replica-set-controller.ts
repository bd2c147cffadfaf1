import type { KubeClient } from '../../kube/client.ts';
import { objectPath } from '../../kube/resources.ts';
import { isJsonObject, type JsonObject, numberAt, textAt } from '../../model/json.ts';
import type { Clock, Logger } from '../../model/ports.ts';
import type { WorkResult } from '../../runtime/work-queue.ts';
import { replicaSets as replicaSetResource } from './cluster-resources.ts';
import type { Collection } from './collection.ts';
import { controllerReference, isDeleting, nameOf, namespaceOf } from './ownership.ts';
import { availableIn, isActive, isReady } from './pod-condition.ts';
import { PodOwnerLoop } from './pod-owner-loop.ts';
import { desiredReplicas, templateOf } from './replica-set.ts';
import { canonicalJson } from './template-hash.ts';

/** What the controller works with; the collections are run by whoever made them. */
export interface ReplicaSetControllerParts {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly log: Logger;
  readonly replicaSets: Collection;
  readonly pods: Collection;
}

/** Keeps as many pods as each ReplicaSet asks for, and counts them in its status. */
export class ReplicaSetController {
  readonly #parts: ReplicaSetControllerParts;
  readonly #loop: PodOwnerLoop;

  constructor(parts: ReplicaSetControllerParts) {
    this.#parts = parts;
    this.#loop = new PodOwnerLoop({
      ...parts,
      owners: parts.replicaSets,
      name: 'replicasets',
      reconcile: (replicaSet, pods, signal) => this.#reconcile(replicaSet, pods, signal),
    });
  }

  /** Works until the signal aborts. */
  run(signal: AbortSignal): Promise<void> {
    return this.#loop.run(signal);
  }

  async #reconcile(
    replicaSet: JsonObject,
    pods: readonly JsonObject[],
    signal: AbortSignal,
  ): Promise<WorkResult> {
    const active = pods.filter(isActive);
    const missing = desiredReplicas(replicaSet) - active.length;
    for (let count = 0; count < missing; count++) {
      await this.#loop.create(replicaSet, podOf(replicaSet), signal);
    }
    for (const pod of active.toSorted(byWorth).slice(0, Math.max(0, -missing))) {
      await this.#loop.remove(replicaSet, pod, signal);
    }
    return this.#count(replicaSet, pods, signal);
  }

  async #count(
    replicaSet: JsonObject,
    pods: readonly JsonObject[],
    signal: AbortSignal,
  ): Promise<WorkResult> {
    const now = this.#parts.clock.now();
    const active = pods.filter(isActive);
    const minReadySeconds = numberAt(replicaSet, 'spec', 'minReadySeconds') ?? 0;
    const waits = active.filter(isReady).map((pod) => availableIn(pod, minReadySeconds, now));
    const counts = {
      replicas: active.length,
      fullyLabeledReplicas: active.length,
      readyReplicas: waits.length,
      availableReplicas: waits.filter((wait) => wait <= 0).length,
    };
    const status = {
      ...Object.fromEntries(
        Object.entries(counts).filter(([name, count]) => count > 0 || name === 'replicas'),
      ),
      terminatingReplicas: pods.filter(isDeleting).length,
      observedGeneration: numberAt(replicaSet, 'metadata', 'generation') ?? 0,
    };
    if (canonicalJson(status) !== canonicalJson(replicaSet['status'])) {
      const body = { ...replicaSet, kind: 'ReplicaSet', apiVersion: 'apps/v1', status };
      const path = objectPath(replicaSetResource, namespaceOf(replicaSet), nameOf(replicaSet), 'status');
      await this.#parts.client.update(path, body, { signal });
    }
    const next = Math.min(...waits.filter((wait) => wait > 0));
    return Number.isFinite(next) ? { after: next } : {};
  }
}

/** The pod that a ReplicaSet asks for. */
function podOf(replicaSet: JsonObject): JsonObject {
  const { metadata, spec } = templateOf(replicaSet);
  return {
    metadata: {
      ...(isJsonObject(metadata) ? metadata : {}),
      generateName: `${nameOf(replicaSet)}-`,
      namespace: namespaceOf(replicaSet),
      ownerReferences: [controllerReference('apps/v1', 'ReplicaSet', replicaSet)],
    },
    spec,
  };
}

/** The pods that are missed least come first: not on a node, not ready, young. */
function byWorth(one: JsonObject, other: JsonObject): number {
  const worth = (pod: JsonObject) =>
    (textAt(pod, 'spec', 'nodeName') === undefined ? 0 : 1) + (isReady(pod) ? 2 : 0);
  const created = (pod: JsonObject) => textAt(pod, 'metadata', 'creationTimestamp') ?? '';
  return worth(one) - worth(other) || created(other).localeCompare(created(one));
}
