import type { Clock } from '../model/ports.ts';
import { headerOf, type HttpAnswer } from './http-exchange.ts';

/** What a registry says of the caller's budget. */
export interface Quota {
  /** Requests in a window. */
  readonly limit: number;
  readonly remaining: number;
  /** Seconds of the window, where it is said. */
  readonly window: number | undefined;
}

const sixHours = 6 * 3_600_000;

/**
 * Reads `ratelimit-limit` and `ratelimit-remaining` (`100;w=21600`), as Docker Hub sends them on manifests and as the
 * IETF draft of RateLimit header fields has them. Undefined where either is absent or no number.
 * @see https://docs.docker.com/docker-hub/usage/pulls/
 */
export function readQuota(answer: HttpAnswer): Quota | undefined {
  const limit = readAmount(headerOf(answer, 'ratelimit-limit'));
  const remaining = readAmount(headerOf(answer, 'ratelimit-remaining'));
  if (limit === undefined || remaining === undefined) return undefined;
  return {
    limit: limit.amount,
    remaining: remaining.amount,
    window: limit.window ?? remaining.window,
  };
}

/** Milliseconds until a budget is full again by `ratelimit-reset`, which is in seconds from now or since the epoch. */
export function readReset(answer: HttpAnswer, now: number): number | undefined {
  const text = headerOf(answer, 'ratelimit-reset');
  if (text === undefined || !/^\d{1,11}$/.test(text)) return undefined;
  const seconds = Number(text);
  const milliseconds = seconds > 1_000_000_000 ? seconds * 1_000 - now : seconds * 1_000;
  return milliseconds <= 0 ? undefined : Math.min(milliseconds, 3_600_000);
}

function readAmount(text: string | undefined): { amount: number; window: number | undefined } | undefined {
  const [, amount, window] = /^(\d{1,12})(?:\s*[;,].*?\bw=(\d{1,9}))?/.exec(text ?? '') ?? [];
  if (amount === undefined) return undefined;
  return { amount: Number(amount), window: window === undefined ? undefined : Number(window) };
}

/** Decides whether a request that counts against a budget may be made. */
export class QuotaKeeper {
  readonly #clock: Pick<Clock, 'monotonic'>;
  #low: { readonly limit: number; readonly least: number; readonly until: number } | undefined;
  #spentUntil = 0;

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
  }

  /** Notes what an answer said of the budget, of which the part `reserve` (from 0 to 1) is left to others. */
  note({ limit, remaining, window }: Quota, reserve: number): void {
    const least = limit * reserve;
    const isLow = remaining < least;
    const until = this.#clock.monotonic() + (window === undefined ? sixHours : window * 1_000);
    this.#low = isLow ? { limit, least: Math.ceil(least), until } : undefined;
    if (!isLow) this.#spentUntil = 0;
  }

  /** Notes that the budget is spent, for that many milliseconds. */
  spend(milliseconds: number): void {
    this.#spentUntil = Math.max(this.#spentUntil, this.#clock.monotonic() + milliseconds);
  }

  /** Why no charged request may be made now, and for how many milliseconds at least; undefined where it may. */
  refuse(): { readonly why: string; readonly wait: number } | undefined {
    const now = this.#clock.monotonic();
    const spent = this.#spentUntil - now;
    if (spent > 0) return { why: 'the pulls that the registry allows are used up', wait: spent };
    if (this.#low === undefined || this.#low.until <= now) return undefined;
    const why = `fewer than ${this.#low.least} of ${this.#low.limit} pulls are left, which are kept for the nodes`;
    // The window rolls, so the budget may be above the reserve long before the window ends.
    return { why, wait: Math.min(this.#low.until - now, 900_000) };
  }
}
