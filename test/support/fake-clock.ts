import type { Clock } from '../../src/model/ports.ts';

interface Timer {
  readonly due: number;
  readonly callback: () => void;
}

/** A clock that stands still until a test moves it. */
export class FakeClock implements Clock {
  #start: number;
  readonly #timers = new Set<Timer>();
  #elapsed = 0;

  /** `start` is the time of day at which it begins. */
  constructor(start = Date.UTC(2026, 0, 1)) {
    this.#start = start;
  }

  now(): number {
    return this.#start + this.#elapsed;
  }

  monotonic(): number {
    return this.#elapsed;
  }

  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    if (signal?.aborted) {
      reject(signal.reason);
      return promise;
    }
    const abort = () => {
      timer.cancel();
      reject(signal?.reason);
    };
    const timer = this.schedule(milliseconds, () => {
      signal?.removeEventListener('abort', abort);
      resolve();
    });
    signal?.addEventListener('abort', abort, { once: true });
    return promise;
  }

  schedule(milliseconds: number, callback: () => void): { cancel(): void } {
    const timer = { due: this.#elapsed + Math.max(0, milliseconds), callback };
    this.#timers.add(timer);
    return { cancel: () => this.#timers.delete(timer) };
  }

  /** Sets the time of day forward, or back: what measures time does not notice. */
  jump(milliseconds: number): void {
    this.#start += milliseconds;
  }

  /** How many sleeps and scheduled calls wait. */
  get waiting(): number {
    return this.#timers.size;
  }

  /** Milliseconds until the next timer is due, or undefined where none waits. */
  get next(): number | undefined {
    const due = Math.min(...[...this.#timers].map((timer) => timer.due));
    return Number.isFinite(due) ? Math.max(0, due - this.#elapsed) : undefined;
  }

  /**
   * Moves time on and fires what becomes due, in order, each at its own moment.
   * What a timer sets off (further timers too) runs before the next one fires.
   */
  async advance(milliseconds: number): Promise<void> {
    const target = this.#elapsed + milliseconds;
    await settle();
    for (let timer = this.#dueBy(target); timer !== undefined; timer = this.#dueBy(target)) {
      this.#timers.delete(timer);
      this.#elapsed = Math.max(this.#elapsed, timer.due);
      timer.callback();
      await settle();
    }
    this.#elapsed = target;
  }

  #dueBy(target: number): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.due <= target && (first === undefined || timer.due < first.due)) first = timer;
    }
    return first;
  }
}

/** Lets promises that are settled already run their reactions. */
async function settle(): Promise<void> {
  for (let round = 0; round < 3; round++) await new Promise<void>((resolve) => setImmediate(resolve));
}
