import type { Clock } from '../model/ports.ts';

/** The longest pause that a request sits out instead of failing, in milliseconds. */
export const longestWait = 10_000;

/** Lets a few requests at a time through to one host, and none while the host asked us to wait. */
export class HostGate {
  readonly #clock: Clock;
  readonly #waiting: (() => void)[] = [];
  #concurrency: number;
  /** Below zero while more are under way than may be since the number was lowered. */
  #free: number;
  #pausedUntil = 0;

  constructor(clock: Clock, concurrency: number) {
    this.#clock = clock;
    this.#concurrency = concurrency;
    this.#free = concurrency;
  }

  /** Lets another number through from now on. */
  resize(concurrency: number): void {
    this.#free += concurrency - this.#concurrency;
    this.#concurrency = concurrency;
    while (this.#free > 0 && this.#waiting.length > 0) {
      this.#free--;
      this.#waiting.shift()?.();
    }
  }

  /** Milliseconds until the pause that the host asked for is over; 0 where there is none. */
  get pause(): number {
    return Math.max(0, this.#pausedUntil - this.#clock.monotonic());
  }

  /** Notes that the host asked for a pause of that many milliseconds. A shorter one does not end a longer one. */
  hold(milliseconds: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, this.#clock.monotonic() + milliseconds);
  }

  /** Runs `work` when it is its turn, in order of arrival. Rejects with the signal's reason while waiting. */
  async pass<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    if (this.#free > 0) this.#free--;
    else await this.#turn(signal);
    try {
      return await work();
    } finally {
      const next = this.#free < 0 ? undefined : this.#waiting.shift();
      if (next === undefined) this.#free++;
      else next();
    }
  }

  async #turn(signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const abort = () => {
      const place = this.#waiting.indexOf(resolve);
      if (place < 0) return;
      this.#waiting.splice(place, 1);
      reject(signal.reason);
    };
    this.#waiting.push(resolve);
    signal.addEventListener('abort', abort, { once: true });
    try {
      await promise;
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }
}
