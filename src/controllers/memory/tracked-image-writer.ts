import type { KubeClient } from '../../kube/client.ts';
import { isKubeError, KubeError } from '../../kube/errors.ts';
import { writeQuery } from '../../kube/field-manager.ts';
import { listPath, objectPath, resources } from '../../kube/resources.ts';
import type { Store } from '../../kube/store.ts';
import { isOrphan, newTrackedImage, readTrackedImage } from '../../kube/tracked-images.ts';
import { canonicalJson, isJsonObject, type JsonObject, textAt } from '../../model/json.ts';
import type { Clock } from '../../model/ports.ts';
import type { TrackedImage, TrackedImageStatus } from '../../model/tracked-image.ts';
import {
  type ContainerRef,
  type Workload,
  type WorkloadKey,
  workloadKey,
  type WorkloadRef,
} from '../../model/workload.ts';
import { type Caveat, saysCaveats } from './caveats.ts';
import type { DefinitionCheck } from './definition-check.ts';
import { caveatConditions, conditionsOf } from './tracked-image-conditions.ts';
import { ReadYourWrites } from './read-your-writes.ts';
import { trackedImageName } from './tracked-image-status.ts';

/** What the writer works with. */
export interface TrackedImageWriterOptions {
  readonly client: Pick<KubeClient, 'create' | 'patch' | 'get' | 'delete'>;
  readonly store: Store<TrackedImage>;
  readonly clock: Clock;
  /** Whether the cluster's definition is fit; taken for granted where left out. */
  readonly definition?: Pick<DefinitionCheck, 'pass'>;
}

/** What is written of a container. */
export interface WrittenStatus {
  readonly status: TrackedImageStatus;
  /** What else is to be said of it, as conditions. */
  readonly caveats?: readonly Caveat[];
}

/** Reads and writes the memory of tracked containers. Nothing is written that is already there. */
export class TrackedImageWriter {
  readonly #client: TrackedImageWriterOptions['client'];
  readonly #clock: Clock;
  readonly #definition: TrackedImageWriterOptions['definition'];
  readonly #known: ReadYourWrites<TrackedImage>;
  /** Memories with a rejection, by namespace and key. */
  readonly #rejecting = new Map<string, Map<string, TrackedImage>>();
  /** The containers of each workload of which the store holds a memory. */
  readonly #byWorkload = new Map<WorkloadKey, Map<string, ContainerRef>>();

  constructor({ client, store, clock, definition }: TrackedImageWriterOptions) {
    this.#client = client;
    this.#definition = definition;
    this.#clock = clock;
    this.#known = new ReadYourWrites(store, clock);
    store.onChange((key, now, before) => {
      if (now) this.#index(key, now.ref);
      else if (before) this.#unindex(key, before.ref);
      this.#noteRejections(key, now, before);
    });
  }

  /** The memories of a workload's containers, also of those that it has no longer. */
  of(workload: WorkloadRef): readonly TrackedImage[] {
    const refs = this.#byWorkload.get(workloadKey(workload))?.values() ?? [];
    return [...refs].map((ref) => this.get(ref)).filter((tracked) => tracked !== undefined);
  }

  /** The memories of a namespace that remember a rejection. */
  rejectingIn(namespace: string): readonly TrackedImage[] {
    return [...(this.#rejecting.get(namespace)?.values() ?? [])];
  }

  /** The memory of a container, or undefined where there is none. */
  get(ref: ContainerRef): TrackedImage | undefined {
    return this.#known.get(keyOf(ref));
  }

  /**
   * Makes sure that a memory exists and can hold everything, because what cannot be remembered must not be done. Rejects with an
   * `OutdatedDefinition` where the cluster's definition cannot hold it.
   */
  async ensure(workload: Workload, container: string, signal: AbortSignal): Promise<TrackedImage> {
    const tracked = await this.#ensure(workload, container, signal);
    await this.#definition?.pass(tracked, signal);
    return tracked;
  }

  async #ensure(workload: Workload, container: string, signal: AbortSignal): Promise<TrackedImage> {
    const ref = { workload: workload.ref, container };
    const known = this.get(ref);
    if (known?.ownerUid === workload.uid) return known;
    const { namespace } = workload.ref;
    const body = newTrackedImage(trackedImageName(ref), container, workload);
    const path = listPath(resources.trackedImages, namespace);
    try {
      return await this.#through(ref, () => this.#client.create(path, body, { query: writeQuery, signal }));
    } catch (error) {
      if (!isKubeError(error, 'AlreadyExists')) throw error;
      return this.#take(ref, workload, signal);
    }
  }

  /**
   * Writes a status where it differs from what is there; returns whether anything was written. Rejects with a conflict
   * where the status was decided on another spec than the present one: an approval by tag means what the status showed
   * when it was written, so nothing may be shown by somebody who has not seen it.
   */
  async write(
    workload: Workload,
    container: string,
    { status, caveats = [] }: WrittenStatus,
    signal: AbortSignal,
  ): Promise<boolean> {
    const tracked = await this.ensure(workload, container, signal);
    const { conditions: before, generation } = tracked;
    if (sameStatus(tracked.status, status) && saysCaveats(before, caveats)) return false;
    const ref = { workload: workload.ref, container };
    const path = objectPath(resources.trackedImages, workload.ref.namespace, tracked.name, 'status');
    if (status.observedGeneration !== tracked.generation) {
      const detail = 'its spec was changed while it was decided on';
      throw new KubeError({ method: 'PATCH', path }, { code: 'Conflict', detail });
    }
    const now = new Date(this.#clock.now()).toISOString();
    const body = {
      metadata: { resourceVersion: tracked.resourceVersion },
      status: {
        ...withoutStale(tracked.status, status),
        conditions: [
          ...conditionsOf(status, before, generation, now),
          ...caveatConditions(caveats, before, generation, now),
        ],
      },
    };
    await this.#through(ref, () =>
      this.#client.patch(path, body, { type: 'merge', query: writeQuery, signal }),
    );
    return true;
  }

  #noteRejections(key: string, now: TrackedImage | undefined, before?: TrackedImage): void {
    const namespace = (now ?? before)?.ref.workload.namespace ?? '';
    const known = this.#rejecting.get(namespace) ?? new Map<string, TrackedImage>();
    if (now && (now.status?.rejected.length ?? 0) > 0) known.set(key, now);
    else known.delete(key);
    if (known.size > 0) this.#rejecting.set(namespace, known);
    else this.#rejecting.delete(namespace);
  }

  #index(key: string, ref: ContainerRef): void {
    const workload = workloadKey(ref.workload);
    const containers = this.#byWorkload.get(workload) ?? new Map<string, ContainerRef>();
    this.#byWorkload.set(workload, containers.set(key, ref));
  }

  #unindex(key: string, ref: ContainerRef): void {
    const workload = workloadKey(ref.workload);
    const containers = this.#byWorkload.get(workload);
    containers?.delete(key);
    if (containers?.size === 0) this.#byWorkload.delete(workload);
  }

  /** Reads what stands under a name that is taken; the memory of a deleted workload is left to the garbage collector. */
  async #take(ref: ContainerRef, workload: Workload, signal: AbortSignal): Promise<TrackedImage> {
    const path = objectPath(resources.trackedImages, workload.ref.namespace, trackedImageName(ref));
    const object = await this.#client.get(path, { signal });
    if (isOrphan(object)) return this.#adopt(ref, workload, object, signal);
    const present = await this.#through(ref, async () => object);
    if (present.ownerUid === workload.uid) {
      if (present.status === undefined) return present;
      // Whoever decided has not seen what it remembers; the next time he will.
      throw new KubeError(
        { method: 'GET', path },
        { code: 'Conflict', detail: 'the watch has not brought it yet' },
      );
    }
    throw new Error(
      `TrackedImage ${keyOf(ref)} belongs to another ${ref.workload.kind} of that name; delete it to go on`,
    );
  }

  /**
   * Makes a memory anew whose workload was deleted with `--cascade=orphan`: nobody would collect it. What people ask of the
   * container stays; what is told of the former workload does not hold for this one.
   */
  async #adopt(
    ref: ContainerRef,
    workload: Workload,
    orphan: JsonObject,
    signal: AbortSignal,
  ): Promise<TrackedImage> {
    const { namespace } = workload.ref;
    const name = trackedImageName(ref);
    const preconditions = {
      uid: textAt(orphan, 'metadata', 'uid') ?? '',
      resourceVersion: textAt(orphan, 'metadata', 'resourceVersion') ?? '',
    };
    await this.#client.delete(objectPath(resources.trackedImages, namespace, name), {
      preconditions,
      signal,
    });
    // The history that a way back was found in is gone with the status.
    const { rollbackTo: _gone, ...spec } = isJsonObject(orphan['spec']) ? orphan['spec'] : {};
    const body = { ...newTrackedImage(name, ref.container, workload), spec };
    const path = listPath(resources.trackedImages, namespace);
    return this.#through(ref, () => this.#client.create(path, body, { query: writeQuery, signal }));
  }

  async #through(ref: ContainerRef, request: () => Promise<JsonObject>): Promise<TrackedImage> {
    const read = async () => {
      const tracked = readTrackedImage(await request());
      if (!tracked)
        throw new TypeError(`what stands under ${keyOf(ref)} was not made by Plimsoll; delete it to go on`);
      return tracked;
    };
    const tracked = await this.#known.through(keyOf(ref), read, (answer) => answer);
    this.#noteRejections(keyOf(ref), tracked);
    return tracked;
  }
}

function keyOf(ref: ContainerRef): string {
  return `${ref.workload.namespace}/${trackedImageName(ref)}`;
}

/** A merge patch removes a field only when it says null, so what is gone must be named. */
function withoutStale(before: TrackedImageStatus | undefined, now: TrackedImageStatus): JsonObject {
  const fields: Record<string, unknown> = { ...now };
  for (const key of Object.keys({ ...before, ...now })) fields[key] ??= null;
  return fields;
}

/** Whether two statuses say the same, in whatever order their fields stand. */
export function sameStatus(before: TrackedImageStatus | undefined, now: TrackedImageStatus): boolean {
  return before !== undefined && canonicalJson(before) === canonicalJson(now);
}
