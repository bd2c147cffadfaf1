import { LRUCache } from 'lru-cache';
import type { Clock } from '../model/ports.ts';
import { TokenBucket } from '../runtime/token-bucket.ts';
import { Breaker } from './breaker.ts';
import { failure, type RegistryError, type Subject } from './errors.ts';
import { HostGate, longestWait } from './host-gate.ts';
import { rateOf, type HostSettings } from './hosts.ts';
import { QuotaKeeper } from './quota.ts';

/** Requests that a rested host may be sent at once. */
const burst = 10;
const defaultConcurrency = 4;
const mostPayers = 256;

/** How many requests a host gets at once. */
export function concurrencyOf({ concurrency }: HostSettings): number {
  return concurrency ?? defaultConcurrency;
}

/** One host as everybody who asks it shares it: turns, rate, pauses, budget and rest. */
export class Host {
  readonly gate: HostGate;
  readonly breaker: Breaker;
  /** Budgets of pulls by who pays: each account has its own, and so have those without one. */
  readonly #quotas = new LRUCache<string, QuotaKeeper>({ max: mostPayers });
  readonly #clock: Clock;
  readonly #name: string;
  #settings: HostSettings;
  #bucket: TokenBucket;
  #pauseReason: string | undefined;

  constructor(clock: Clock, name: string, settings: HostSettings) {
    this.#clock = clock;
    this.#name = name;
    this.#settings = settings;
    this.gate = new HostGate(clock, concurrencyOf(settings));
    this.breaker = new Breaker(clock);
    this.#bucket = bucketOf(clock, name, settings);
  }

  /** Takes over rate and concurrency where the operator has changed them; pauses and rests stay. */
  tune(settings: HostSettings): void {
    if (settings === this.#settings) return;
    this.#settings = settings;
    this.#bucket = bucketOf(this.#clock, this.#name, settings);
    this.gate.resize(concurrencyOf(settings));
  }

  /** The budget of whoever pays: the fingerprint of a credential, or nothing for anonymous pulls. */
  quotaOf(payer: string): QuotaKeeper {
    const known = this.#quotas.get(payer) ?? new QuotaKeeper(this.#clock);
    this.#quotas.set(payer, known);
    return known;
  }

  /**
   * Waits until the host may be asked, or says why it is not. `payer` says against whose budget of pulls the request
   * counts, if it does. After nothing was returned the breaker waits to be told what came of the request.
   */
  async admit(
    payer: string | undefined,
    subject: Subject,
    signal: AbortSignal,
  ): Promise<RegistryError | undefined> {
    const { pause } = this.gate;
    if (pause > longestWait) return this.#paused(pause, subject);
    if (pause > 0) await this.#clock.sleep(pause, signal);
    const budget = payer === undefined ? undefined : this.quotaOf(payer).refuse();
    if (budget !== undefined) return failure('RateLimited', subject, budget.why, { retryAfter: budget.wait });
    const wait = this.#bucket.take();
    if (wait > 0) await this.#clock.sleep(wait, signal);
    const rest = this.breaker.enter();
    if (rest === undefined) return undefined;
    return failure(rest.failure.code, subject, rest.failure.why, { retryAfter: rest.wait });
  }

  /** Notes that the host asked for a pause; returns the sentence that says so as long as it lasts. */
  pause(milliseconds: number, answered: string): string {
    this.gate.hold(milliseconds);
    const why = `${answered}; it is asked again at ${moment(this.#clock.now() + milliseconds)}`;
    this.#pauseReason = why;
    return why;
  }

  #paused(retryAfter: number, subject: Subject): RegistryError {
    return failure('RateLimited', subject, this.#pauseReason ?? 'the registry asked for a pause', {
      retryAfter,
    });
  }
}

function bucketOf(clock: Clock, name: string, settings: HostSettings): TokenBucket {
  const perSecond = rateOf(name, settings);
  return new TokenBucket(clock, { perSecond, burst: Math.max(burst, Math.ceil(perSecond)) });
}

/** A time of day to the minute, rounded up, so that messages about it do not change all the time. */
function moment(time: number): string {
  return `${new Date(Math.ceil(time / 60_000) * 60_000).toISOString().slice(0, 16)}Z`;
}
