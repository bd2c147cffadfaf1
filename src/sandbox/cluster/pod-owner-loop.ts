import type { KubeClient } from '../../kube/client.ts';
import { isKubeError } from '../../kube/errors.ts';
import { listPath, objectPath, resources } from '../../kube/resources.ts';
import type { JsonObject } from '../../model/json.ts';
import type { Clock, Logger } from '../../model/ports.ts';
import { WorkQueue, type WorkResult } from '../../runtime/work-queue.ts';
import type { Collection } from './collection.ts';
import { Expectations } from './expectations.ts';
import { noMetrics } from './no-telemetry.ts';
import { OwnerIndex } from './owner-index.ts';
import { controllerUid, isDeleting, nameOf, namespaceOf, uidOf } from './ownership.ts';

/** What a loop over the owners of pods works with; the collections are run by whoever made them. */
export interface PodOwnerLoopParts {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly log: Logger;
  readonly owners: Collection;
  readonly pods: Collection;
  /** For logs: `statefulsets`. */
  readonly name: string;
  /** Brings one owner as far as it can go now; its pods are complete, see {@link Expectations}. */
  readonly reconcile: (
    owner: JsonObject,
    pods: readonly JsonObject[],
    signal: AbortSignal,
  ) => Promise<WorkResult>;
}

/** Milliseconds after which a write that met a newer object is tried again. */
const conflictRetry = 20;

/** Reconciles every owner of pods whenever it, or one of its pods, has changed. */
export class PodOwnerLoop {
  readonly #parts: PodOwnerLoopParts;
  readonly #owned: OwnerIndex;
  readonly #queue: WorkQueue<string>;
  readonly #keysByUid = new Map<string, string>();
  readonly #expectations: Expectations;

  constructor(parts: PodOwnerLoopParts) {
    this.#parts = parts;
    this.#owned = new OwnerIndex(parts.pods.store);
    this.#expectations = new Expectations(parts.clock);
    this.#queue = new WorkQueue<string>({
      name: parts.name,
      clock: parts.clock,
      metrics: noMetrics,
      workers: 4,
      handle: (key, signal) => this.#handle(key, signal),
      failed: (key, error) => parts.log.debug({ key, err: error }, `${parts.name}: could not be reconciled`),
    });
    this.#listen();
  }

  /** Works until the signal aborts. */
  run(signal: AbortSignal): Promise<void> {
    return this.#queue.run(signal);
  }

  /** Asks for an owner to be looked at. */
  touch(key: string): void {
    this.#queue.add(key);
  }

  /** Creates a pod of an owner. */
  async create(owner: JsonObject, pod: JsonObject, signal: AbortSignal): Promise<void> {
    const namespace = namespaceOf(owner);
    const made = await this.#parts.client.create(listPath(resources.pods, namespace), pod, { signal });
    const known = this.#parts.pods.store.get(`${namespace}/${nameOf(made)}`);
    if (known === undefined || uidOf(known) !== uidOf(made))
      this.#expectations.expect(keyOf(owner), nameOf(made));
  }

  /** Deletes a pod of an owner. */
  async remove(owner: JsonObject, pod: JsonObject, signal: AbortSignal): Promise<void> {
    this.#expectations.expect(keyOf(owner), nameOf(pod));
    await this.#parts.client.delete(objectPath(resources.pods, namespaceOf(pod), nameOf(pod)), { signal });
  }

  #listen(): void {
    const { owners, pods } = this.#parts;
    owners.store.onChange((key, now, before) => {
      if (before !== undefined) this.#keysByUid.delete(uidOf(before));
      if (now !== undefined) this.#keysByUid.set(uidOf(now), key);
      else this.#expectations.forget(key);
      this.#queue.add(key);
    });
    pods.store.onChange((_key, now, before) => {
      const pod = now ?? before;
      const key = pod === undefined ? undefined : this.#keysByUid.get(controllerUid(pod) ?? '');
      if (pod === undefined || key === undefined) return;
      this.#expectations.met(key, nameOf(pod));
      this.#queue.add(key);
    });
  }

  async #handle(key: string, signal: AbortSignal): Promise<WorkResult> {
    const owner = this.#parts.owners.store.get(key);
    if (owner === undefined || isDeleting(owner)) return {};
    if (this.#expectations.pending(key)) return { after: conflictRetry };
    try {
      return await this.#parts.reconcile(owner, this.#owned.ownedBy(uidOf(owner)), signal);
    } catch (error) {
      if (isKubeError(error, 'Conflict', 'NotFound', 'AlreadyExists')) return { after: conflictRetry };
      throw error;
    }
  }
}

function keyOf(owner: JsonObject): string {
  return `${namespaceOf(owner)}/${nameOf(owner)}`;
}
