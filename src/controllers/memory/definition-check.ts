import type { KubeClient } from '../../kube/client.ts';
import { isKubeError, type KubeError } from '../../kube/errors.ts';
import { writeQuery } from '../../kube/field-manager.ts';
import { objectPath, resources } from '../../kube/resources.ts';
import type { Clock, Logger } from '../../model/ports.ts';
import type { TrackedImage } from '../../model/tracked-image.ts';
import { fullStatus } from './full-status.ts';

/** Milliseconds after which it is asked again, because nothing tells when somebody applies other definitions. */
const rest = 15_000;

const asking = { ...writeQuery, dryRun: 'All' };

/** What the cluster's custom resource cannot hold; nothing may be done that could not be remembered. */
export class OutdatedDefinition extends Error {
  override readonly name = 'OutdatedDefinition';
  /** Milliseconds after which to try again. */
  readonly retryAfter: number;

  constructor(message: string, retryAfter: number) {
    super(message);
    this.retryAfter = retryAfter;
  }
}

/** What a check works with. */
export interface DefinitionCheckOptions {
  readonly client: Pick<KubeClient, 'patch'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Finds out whether the cluster's definition of TrackedImages holds everything that this version remembers. It is asked before the
 * first update, with a status in which every field is filled, by a dry run: a definition that is older would take the first
 * statuses and refuse the one that says what failed.
 */
export class DefinitionCheck {
  readonly #options: DefinitionCheckOptions;
  #isFit = false;
  #problem: string | undefined;
  /** Monotonic milliseconds. */
  #askAgainAt = Number.NEGATIVE_INFINITY;
  #asking: Promise<void> | undefined;

  constructor(options: DefinitionCheckOptions) {
    this.#options = options;
  }

  /** Why nothing can be remembered, for people, with what to do; nothing while all is well. */
  get problems(): readonly string[] {
    return this.#problem === undefined ? [] : [this.#problem];
  }

  /**
   * Resolves where a TrackedImage can hold everything; asks once in the life of the process, and every 15 seconds at most where it cannot.
   * Rejects with an `OutdatedDefinition`, or with a `KubeError` where nobody answers.
   */
  async pass(tracked: TrackedImage, signal: AbortSignal): Promise<void> {
    if (this.#isFit) return;
    if (this.#options.clock.monotonic() >= this.#askAgainAt) {
      this.#asking ??= this.#ask(tracked, signal).finally(() => {
        this.#asking = undefined;
      });
      await this.#asking;
    }
    if (this.#problem === undefined) return;
    const wait = this.#askAgainAt - this.#options.clock.monotonic();
    throw new OutdatedDefinition(this.#problem, Math.max(1, wait));
  }

  async #ask({ ref, name }: TrackedImage, signal: AbortSignal): Promise<void> {
    const { client, clock, logger } = this.#options;
    const path = objectPath(resources.trackedImages, ref.workload.namespace, name, 'status');
    try {
      await client.patch(path, { status: fullStatus }, { type: 'merge', query: asking, signal });
      if (this.#problem !== undefined) logger.info({}, 'the custom resources are up to date');
      this.#isFit = true;
      this.#problem = undefined;
    } catch (error) {
      if (!isKubeError(error, 'Invalid', 'BadRequest')) throw error;
      const problem = problemOf(error);
      if (problem !== this.#problem) logger.error({}, `no workload is changed: ${problem}`);
      this.#problem = problem;
      this.#askAgainAt = clock.monotonic() + rest;
    }
  }
}

/** The server names what it does not know at the end of a long sentence that quotes the whole object. */
function problemOf({ detail }: KubeError): string {
  const named = [...detail.matchAll(/unknown field "([\w.[\]]+)"/g)].map(([, field = '']) => field);
  const unknown = [...new Set(named.map((field) => field.replaceAll(/\[\d+\]/g, '')))];
  const what = unknown.length > 0 ? `have no ${unknown.join(', ')}` : `refuse: ${detail.slice(-200)}`;
  return `the custom resources in the cluster are older than this controller and ${what}; run: kubectl apply -f crds/`;
}
