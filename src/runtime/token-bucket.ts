import type { Clock } from '../model/ports.ts';

/** How fast a bucket lets through. */
export interface Rate {
  /** Turns a second; `Infinity` for no limit. */
  readonly perSecond: number;
  /** Turns that may be taken at once after a rest. */
  readonly burst: number;
}

/** Spreads turns over time: a burst at first, then one at a time (the generic cell rate algorithm). */
export class TokenBucket {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #step: number;
  readonly #slack: number;
  /** Monotonic milliseconds at which the next turn would be if there were no burst. */
  #next = Number.NEGATIVE_INFINITY;

  constructor(clock: Pick<Clock, 'monotonic'>, { perSecond, burst }: Rate) {
    this.#clock = clock;
    this.#step = 1_000 / perSecond;
    this.#slack = (Math.max(1, burst) - 1) * this.#step;
  }

  /** Whether a turn could be taken without a wait. */
  get isFree(): boolean {
    return this.#next <= this.#clock.monotonic();
  }

  /** Takes a turn; returns the milliseconds to wait until it comes, 0 for now. */
  take(): number {
    const now = this.#clock.monotonic();
    const turn = Math.max(this.#next, now - this.#slack);
    this.#next = turn + this.#step;
    return Math.max(0, turn - now);
  }
}
