import type { KubeClient } from '../../kube/client.ts';
import { isKubeError } from '../../kube/errors.ts';
import { listNodePlatforms } from '../../kube/nodes.ts';
import type { Platform } from '../../model/observation.ts';
import { distinctPlatforms } from '../../model/platform.ts';
import type { Clock } from '../../model/ports.ts';

/** The least time between two lists, also where nodes may not be listed or a node stays unknown. */
const leastAge = 60_000;

/**
 * The platforms of nodes. They are listed when a node is asked about that was not there at the last list, at most once a
 * minute: a node keeps its platform for as long as it has its name, so nothing is watched.
 */
export class NodePlatforms {
  readonly #client: Pick<KubeClient, 'list'>;
  readonly #clock: Clock;
  #known: ReadonlyMap<string, Platform> = new Map();
  /** Monotonic milliseconds of the last list. */
  #listedAt = Number.NEGATIVE_INFINITY;
  #listing: Promise<void> | undefined;

  constructor(client: Pick<KubeClient, 'list'>, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
  }

  /** The platforms of some nodes, each once; undefined where no node is known. Rejects with a `KubeError`. */
  async of(names: readonly string[], signal: AbortSignal): Promise<readonly Platform[] | undefined> {
    const isUnknown = names.some((name) => !this.#known.has(name));
    if (isUnknown) await this.#refresh(signal);
    const found = names.map((name) => this.#known.get(name)).filter((platform) => platform !== undefined);
    return found.length > 0 ? distinctPlatforms(found) : undefined;
  }

  async #refresh(signal: AbortSignal): Promise<void> {
    const isRecent = this.#clock.monotonic() - this.#listedAt < leastAge;
    if (isRecent && this.#listing === undefined) return;
    this.#listing ??= this.#list(signal).finally(() => {
      this.#listing = undefined;
    });
    await this.#listing;
  }

  async #list(signal: AbortSignal): Promise<void> {
    try {
      this.#known = await listNodePlatforms(this.#client, signal);
    } catch (error) {
      // Whoever gives no permission to read nodes wants to do without.
      if (!isKubeError(error, 'Forbidden')) throw error;
    }
    this.#listedAt = this.#clock.monotonic();
  }
}
