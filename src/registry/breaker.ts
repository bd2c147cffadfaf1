import type { Clock } from '../model/ports.ts';
import type { RegistryError } from './errors.ts';

/** Failures in a row after which a host is left alone. */
const mostFailures = 5;
const firstRest = 5_000;
const longestRest = 60_000;

/** Why a host is not asked now. */
export interface Rest {
  /** Milliseconds until it may be asked again. */
  readonly wait: number;
  /** The failure that led to it. */
  readonly failure: RegistryError;
}

/**
 * Leaves a host alone that fails again and again: after five failures in a row for five seconds, then one request is
 * let through; if that fails too, for twice as long, up to a minute.
 */
export class Breaker {
  readonly #clock: Pick<Clock, 'monotonic'>;
  #failures = 0;
  #last: RegistryError | undefined;
  #closedFrom = 0;
  #isProbing = false;

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
  }

  /** Asks to make a request: undefined where it may be made, and must then be answered by `succeed`, `fail` or `leave`. */
  enter(): Rest | undefined {
    if (this.#failures < mostFailures || this.#last === undefined) return undefined;
    const wait = this.#closedFrom - this.#clock.monotonic();
    if (wait > 0 || this.#isProbing) return { wait: Math.max(wait, 1_000), failure: this.#last };
    this.#isProbing = true;
    return undefined;
  }

  /** The host answered. */
  succeed(): void {
    this.#failures = 0;
    this.#last = undefined;
    this.#isProbing = false;
  }

  /** The host cannot be reached or answers with an error of its own. */
  fail(failure: RegistryError): void {
    this.#failures++;
    this.#last = failure;
    this.#isProbing = false;
    const beyond = this.#failures - mostFailures;
    if (beyond < 0) return;
    const rest = Math.min(longestRest, firstRest * 2 ** Math.min(beyond, 10));
    this.#closedFrom = this.#clock.monotonic() + rest;
  }

  /** The request ended without saying anything of the host. */
  leave(): void {
    this.#isProbing = false;
  }
}
