import type { KubeClient } from '../../kube/client.ts';
import { isKubeError } from '../../kube/errors.ts';
import { objectPath, resources } from '../../kube/resources.ts';
import type { Store } from '../../kube/store.ts';
import type { TrackedImage } from '../../model/tracked-image.ts';
import { WorkQueue, type WorkQueueOptions, type WorkResult } from '../../runtime/work-queue.ts';
import { trackingEndedAt } from './tracked-image-conditions.ts';

/** How long the memory of a container is kept that nobody asks to be tracked any more. */
const keptFor = 86_400_000;

/** What the removal of old memories works with. */
export type ForgottenMemoriesOptions = Pick<WorkQueueOptions<string>, 'clock' | 'metrics' | 'failed'> & {
  readonly client: Pick<KubeClient, 'delete'>;
  readonly store: Store<TrackedImage>;
};

/**
 * Removes TrackedImages a day after tracking has ended, so that a policy which is taken away by mistake costs no history.
 * When it ended stands in the object itself; a hold that a person has placed keeps the object.
 */
export class ForgottenMemories {
  readonly #options: ForgottenMemoriesOptions;
  readonly #queue: WorkQueue<string>;

  constructor(options: ForgottenMemoriesOptions) {
    this.#options = options;
    const { clock, metrics, failed } = options;
    const handle = (key: string, signal: AbortSignal) => this.#handle(key, signal);
    this.#queue = new WorkQueue({ name: 'forgotten', clock, metrics, failed, workers: 1, handle });
  }

  /** Works until the signal aborts, on what has ended already and on what ends meanwhile. */
  async run(signal: AbortSignal): Promise<void> {
    const { store } = this.#options;
    for (const key of store.keys()) this.#note(key, store.get(key));
    const stopListening = store.onChange((key, now) => this.#note(key, now));
    await this.#queue.run(signal).finally(stopListening);
  }

  #note(key: string, now: TrackedImage | undefined): void {
    if (now && trackingEndedAt(now) !== undefined) this.#queue.add(key);
  }

  async #handle(key: string, signal: AbortSignal): Promise<WorkResult> {
    const { store, clock, client } = this.#options;
    const tracked = store.get(key);
    const since = tracked && trackingEndedAt(tracked);
    if (tracked === undefined || since === undefined || tracked.spec.hold) return {};
    const wait = since + keptFor - clock.now();
    if (wait > 0) return { after: wait };
    const path = objectPath(resources.trackedImages, tracked.ref.workload.namespace, tracked.name);
    const preconditions = { uid: tracked.uid, resourceVersion: tracked.resourceVersion };
    try {
      await client.delete(path, { signal, preconditions });
    } catch (error) {
      // Gone already, or it has changed: then the change brings it back here.
      if (!isKubeError(error, 'NotFound', 'Conflict')) throw error;
    }
    return {};
  }
}
