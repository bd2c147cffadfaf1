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
  /** Who was asked about, and was not there at the last list. */
  readonly #gone = new Set<string>();
  /** Monotonic milliseconds of the last list. */
  #listedAt = Number.NEGATIVE_INFINITY;
  #listing: Promise<void> | undefined;

  constructor(client: Pick<KubeClient, 'list'>, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
  }

  /** The platforms of some nodes, each once; undefined where no node is known. Rejects with a `KubeError`. */
  async of(names: readonly string[], signal: AbortSignal): Promise<readonly Platform[] | undefined> {
    const unknown = names.filter((name) => !this.#known.has(name));
    const isFresh = unknown.length > 0 && (await this.#refresh(signal));
    // A node that joined since the last list may be of another platform than all that are known.
    if (!isFresh && unknown.some((name) => !this.#gone.has(name))) return undefined;
    for (const name of unknown) if (!this.#known.has(name)) this.#gone.add(name);
    const found = names.map((name) => this.#known.get(name)).filter((platform) => platform !== undefined);
    return found.length > 0 ? distinctPlatforms(found) : undefined;
  }

  /** Lists the nodes anew; false where that was done a moment ago. */
  async #refresh(signal: AbortSignal): Promise<boolean> {
    const isRecent = this.#clock.monotonic() - this.#listedAt < leastAge;
    if (isRecent && this.#listing === undefined) return false;
    this.#listing ??= this.#list(signal).finally(() => {
      this.#listing = undefined;
    });
    await this.#listing;
    return true;
  }

  async #list(signal: AbortSignal): Promise<void> {
    try {
      this.#known = await listNodePlatforms(this.#client, signal);
      this.#gone.clear();
    } catch (error) {
      // Whoever gives no permission to read nodes wants to do without.
      if (!isKubeError(error, 'Forbidden')) throw error;
    }
    this.#listedAt = this.#clock.monotonic();
  }
}
