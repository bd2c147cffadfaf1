import type { Clock } from '../../model/ports.ts';

const minute = 60_000;

/** The time of the shop: that of the machine, until the demo puts it forward. */
export class ShopClock implements Clock {
  readonly #base: Clock;
  #ahead = 0;

  constructor(base: Clock) {
    this.#base = base;
  }

  now(): number {
    return this.#base.now() + this.#ahead;
  }

  monotonic(): number {
    return this.#base.monotonic();
  }

  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    return this.#base.sleep(milliseconds, signal);
  }

  schedule(milliseconds: number, callback: () => void): { cancel(): void } {
    return this.#base.schedule(milliseconds, callback);
  }

  /** Puts the time of day forward; what is past stays past, and timers that run are not touched. */
  putForward(to: number): void {
    this.#ahead += Math.max(0, to - this.now());
  }

  /** The full minute after the next one: time enough to open the shop before. */
  openingTime(): number {
    return Math.ceil(this.now() / minute) * minute + minute;
  }
}

/** A window of an hour that opens at a full minute, as the annotation is written: `14:05-15:05`. */
export function windowFrom(opening: number): string {
  const clockTime = (time: number) => new Date(time).toISOString().slice(11, 16);
  return `${clockTime(opening)}-${clockTime(opening + 60 * minute)}`;
}
