import type { Clock } from '../../model/ports.ts';
import type { WorkloadKey } from '../../model/workload.ts';

/** A rollout that makes no progress for so long gives its place to another. */
const patience = 60_000;

/** Texts that are remembered of one rollout; beyond so many, no further one is taken for progress. */
const mostSteps = 1_000;

interface Place {
  /** Everything that was said of how far it is: what is said again is no progress. */
  readonly steps: Set<string>;
  /** Monotonic milliseconds of the last progress. */
  since: number;
  /** Whether it was complete when last told. */
  isComplete: boolean;
}

/** Limits how many rollouts that we began may be incomplete at once (`--max-rollouts`). */
export class RolloutPlaces {
  readonly #limit: number;
  readonly #clock: Clock;
  readonly #open = new Map<WorkloadKey, Place>();
  readonly #waiting = new Set<WorkloadKey>();
  #wakingLater = false;
  /** Told when a waiting workload may try again; set by the composition. */
  onFree: (workload: WorkloadKey) => void = () => undefined;

  constructor(limit: number, clock: Clock) {
    this.#limit = limit;
    this.#clock = clock;
  }

  /** Incomplete rollouts at this moment, those that are stuck included. */
  get taken(): number {
    return [...this.#open.values()].filter(({ isComplete }) => !isComplete).length;
  }

  /** Whether a workload may begin a rollout now; one that may not is told when a place becomes free. */
  free(workload: WorkloadKey): boolean {
    if (this.#open.has(workload) || this.#hasRoom()) return true;
    this.#waiting.add(workload);
    this.#wakeLater();
    return false;
  }

  /** Takes a place for a rollout that begins. */
  take(workload: WorkloadKey): void {
    this.#begin(workload);
  }

  /** Notes how far a rollout is; a text that was not said of it before is progress. */
  hold(workload: WorkloadKey, progress: string): void {
    const place = this.#open.get(workload) ?? this.#begin(workload);
    place.isComplete = false;
    if (place.steps.has(progress) || place.steps.size >= mostSteps) return;
    place.steps.add(progress);
    place.since = this.#clock.monotonic();
  }

  /** Gives the place of a rollout up that is complete; falling back to where it was before takes none. */
  rest(workload: WorkloadKey): void {
    this.#waiting.delete(workload);
    const place = this.#open.get(workload);
    if (place) {
      place.isComplete = true;
      place.since = Number.NEGATIVE_INFINITY;
    }
    this.#wake();
  }

  /** Gives a place back, or the wish for one, and wakes whoever waits. */
  release(workload: WorkloadKey): void {
    this.#waiting.delete(workload);
    this.#open.delete(workload);
    this.#wake();
  }

  #begin(workload: WorkloadKey): Place {
    this.#waiting.delete(workload);
    const place: Place = { steps: new Set(), since: this.#clock.monotonic(), isComplete: false };
    this.#open.set(workload, place);
    return place;
  }

  #hasRoom(): boolean {
    const now = this.#clock.monotonic();
    const moving = this.#open.values().filter(({ since }) => now - since < patience);
    return [...moving].length < this.#limit;
  }

  /** One at a time: whoever is woken and has no use for the place releases it, which wakes the next. */
  #wake(): void {
    const [next] = this.#waiting;
    if (next === undefined) return;
    if (!this.#hasRoom()) {
      this.#wakeLater();
      return;
    }
    this.#waiting.delete(next);
    this.onFree(next);
  }

  /** A stuck rollout tells nobody that it is, so the moment at which the next one would be is waited for. */
  #wakeLater(): void {
    if (this.#wakingLater) return;
    this.#wakingLater = true;
    const now = this.#clock.monotonic();
    const waits = [...this.#open.values()]
      .map(({ since }) => since + patience - now)
      .filter((wait) => wait > 0);
    this.#clock.schedule(Math.min(...waits, patience), () => {
      this.#wakingLater = false;
      this.#wake();
    });
  }
}
