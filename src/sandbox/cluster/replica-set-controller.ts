import type { KubeClient } from '../../kube/client.ts';
import { isKubeError } from '../../kube/errors.ts';
import { listPath, objectPath, resources } from '../../kube/resources.ts';
import { isJsonObject, type JsonObject, numberAt, textAt } from '../../model/json.ts';
import type { Clock, Logger } from '../../model/ports.ts';
import { WorkQueue, type WorkResult } from '../../runtime/work-queue.ts';
import { replicaSets as replicaSetResource } from './cluster-resources.ts';
import type { Collection } from './collection.ts';
import { Expectations } from './expectations.ts';
import { noMetrics } from './no-telemetry.ts';
import { OwnerIndex } from './owner-index.ts';
import { controllerReference, controllerUid, isDeleting, nameOf, namespaceOf, uidOf } from './ownership.ts';
import { availableIn, isActive, isReady } from './pod-condition.ts';
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

/** Milliseconds after which a write that met a newer object is tried again. */
const conflictRetry = 20;

/** Keeps as many pods as each ReplicaSet asks for, and counts them in its status. */
export class ReplicaSetController {
  readonly #parts: ReplicaSetControllerParts;
  readonly #owned: OwnerIndex;
  readonly #queue: WorkQueue<string>;
  readonly #keysByUid = new Map<string, string>();
  readonly #expectations: Expectations;

  constructor(parts: ReplicaSetControllerParts) {
    this.#parts = parts;
    this.#owned = new OwnerIndex(parts.pods.store);
    this.#expectations = new Expectations(parts.clock);
    this.#queue = new WorkQueue<string>({
      name: 'replicasets',
      clock: parts.clock,
      metrics: noMetrics,
      workers: 4,
      handle: (key, signal) => this.#handle(key, signal),
      failed: (key, error) => parts.log.debug({ key, err: error }, 'a ReplicaSet could not be reconciled'),
    });
    this.#listen();
  }

  /** Works until the signal aborts. */
  run(signal: AbortSignal): Promise<void> {
    return this.#queue.run(signal);
  }

  #listen(): void {
    this.#parts.replicaSets.store.onChange((key, now, before) => {
      if (before !== undefined) this.#keysByUid.delete(uidOf(before));
      if (now !== undefined) this.#keysByUid.set(uidOf(now), key);
      else this.#expectations.forget(key);
      this.#queue.add(key);
    });
    this.#parts.pods.store.onChange((_key, now, before) => {
      const pod = now ?? before;
      const key = pod === undefined ? undefined : this.#keysByUid.get(controllerUid(pod) ?? '');
      if (pod === undefined || key === undefined) return;
      this.#expectations.met(key, nameOf(pod));
      this.#queue.add(key);
    });
  }

  async #handle(key: string, signal: AbortSignal): Promise<WorkResult> {
    const replicaSet = this.#parts.replicaSets.store.get(key);
    if (replicaSet === undefined || isDeleting(replicaSet)) return {};
    try {
      const pods = this.#owned.ownedBy(uidOf(replicaSet));
      if (!this.#expectations.pending(key))
        await this.#adjust(key, replicaSet, pods.filter(isActive), signal);
      return await this.#count(replicaSet, pods, signal);
    } catch (error) {
      if (isKubeError(error, 'Conflict', 'NotFound')) return { after: conflictRetry };
      throw error;
    }
  }

  async #adjust(
    key: string,
    replicaSet: JsonObject,
    pods: readonly JsonObject[],
    signal: AbortSignal,
  ): Promise<void> {
    const missing = desiredReplicas(replicaSet) - pods.length;
    const { client } = this.#parts;
    const namespace = namespaceOf(replicaSet);
    for (let count = 0; count < missing; count++) {
      const pod = await client.create(listPath(resources.pods, namespace), podOf(replicaSet), { signal });
      if (this.#parts.pods.store.get(`${namespace}/${nameOf(pod)}`) === undefined) {
        this.#expectations.expect(key, nameOf(pod));
      }
    }
    for (const pod of [...pods].sort(byWorth).slice(0, Math.max(0, -missing))) {
      this.#expectations.expect(key, nameOf(pod));
      await client.delete(objectPath(resources.pods, namespace, nameOf(pod)), { signal });
    }
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
