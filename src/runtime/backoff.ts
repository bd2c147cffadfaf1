/** A delay that grows with each failure in a row, spread so that many clients do not return at once. */
export interface BackoffOptions {
  /** Milliseconds before the first retry. */
  readonly initial: number;
  /** Milliseconds that no delay exceeds. */
  readonly longest: number;
  /** A number in [0, 1) for each call; `Math.random` outside tests. */
  readonly random?: () => number;
}

/** Counts failures in a row and says how long to wait after each (exponential, factor 2, full jitter). */
export class Backoff {
  readonly #options: BackoffOptions;
  #failures = 0;

  constructor(options: BackoffOptions) {
    this.#options = options;
  }

  /** Failures since the last success. */
  get failures(): number {
    return this.#failures;
  }

  /** Notes a failure; returns milliseconds to wait, between half of the step and the whole of it. */
  fail(): number {
    const { initial, longest, random = Math.random } = this.#options;
    const step = Math.min(longest, initial * 2 ** Math.min(this.#failures, 30));
    this.#failures++;
    return step / 2 + (random() * step) / 2;
  }

  /** Notes a success: the next failure waits the initial delay again. */
  reset(): void {
    this.#failures = 0;
  }
}
