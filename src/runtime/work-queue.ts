import { numberAt } from '../model/json.ts';
import type { Clock, Metrics } from '../model/ports.ts';
import { Backoff } from './backoff.ts';

/** What a handler says when it is done with a key. */
export interface WorkResult {
  /** Milliseconds after which to handle the key again; undefined: only when it is added. */
  readonly after?: number;
}

/** How a queue behaves. */
export interface WorkQueueOptions<K extends string> {
  /** Label of its metrics. */
  readonly name: string;
  readonly clock: Clock;
  readonly metrics: Pick<Metrics, 'queue'>;
  /** How many keys are handled at once. */
  readonly workers: number;
  /** Handles one key from scratch; may run any number of times with the same result. */
  readonly handle: (key: K, signal: AbortSignal) => Promise<WorkResult>;
  /** Told of each failure; the key is handled again after `retryIn` milliseconds. */
  readonly failed: (key: K, error: unknown, retryIn: number) => void;
}

/**
 * A queue of keys with the semantics of client-go's: a key that is already waiting is not added twice, and one that
 * is added while it is handled is handled once more afterwards, never twice at the same time. A failing key is
 * retried after 1 s, doubling to 10 minutes, until it succeeds, and not before the `retryAfter` milliseconds of its error.
 * @see https://pkg.go.dev/k8s.io/client-go/util/workqueue
 */
export class WorkQueue<K extends string> {
  readonly #options: WorkQueueOptions<K>;
  readonly #waiting = new Map<K, number>();
  /** Keys under way, and since when. */
  readonly #active = new Map<K, number>();
  readonly #again = new Set<K>();
  readonly #timers = new Map<K, { at: number; cancel(): void }>();
  readonly #backoffs = new Map<K, Backoff>();
  /** Keys that failed by an error which says when to ask again. */
  readonly #putOff = new Set<K>();
  #wake: (() => void) | undefined;

  constructor(options: WorkQueueOptions<K>) {
    this.#options = options;
    const { clock, metrics, name } = options;
    const underWay = () => [...this.#active.values()].map((since) => (clock.monotonic() - since) / 1_000);
    metrics.queue(name, { kind: 'created', underWay });
  }

  /** Whether nothing is waiting or being handled; keys due later do not count. */
  get idle(): boolean {
    return this.#waiting.size === 0 && this.#active.size === 0;
  }

  /** Keys that failed when they were last handled. */
  get failing(): number {
    return this.#backoffs.size;
  }

  /** Whether the queue is {@link idle}, and nothing is due within so many milliseconds. */
  idleFor(milliseconds: number): boolean {
    const until = this.#options.clock.monotonic() + milliseconds;
    return this.idle && this.#timers.values().every(({ at }) => at > until);
  }

  /** Asks for a key to be handled as soon as a worker is free. */
  add(key: K): void {
    this.#cancelTimer(key);
    if (this.#active.has(key)) {
      this.#again.add(key);
      return;
    }
    if (this.#waiting.has(key)) return;
    this.#waiting.set(key, this.#options.clock.monotonic());
    this.#options.metrics.queue(this.#options.name, { kind: 'added' });
    this.#reportDepth();
    this.#wake?.();
  }

  /** Asks for a key to be handled after some milliseconds; the earliest of several such wishes counts. */
  addAfter(key: K, milliseconds: number): void {
    if (milliseconds <= 0) {
      this.add(key);
      return;
    }
    const at = this.#options.clock.monotonic() + milliseconds;
    const timer = this.#timers.get(key);
    if (timer && timer.at <= at) return;
    timer?.cancel();
    const scheduled = this.#options.clock.schedule(milliseconds, () => {
      this.#timers.delete(key);
      this.add(key);
    });
    this.#timers.set(key, { at, cancel: () => scheduled.cancel() });
  }

  /**
   * Tries every key again now that failed, because what it failed by may be over: it would wait for as long as that has lasted.
   * One that was put off by its error waits on.
   */
  retryFailing(): void {
    for (const key of this.#backoffs.keys()) {
      if (!this.#active.has(key) && !this.#putOff.has(key)) this.add(key);
    }
  }

  /** Forgets a key that nobody needs any more; one being handled is finished. */
  forget(key: K): void {
    this.#cancelTimer(key);
    this.#waiting.delete(key);
    this.#again.delete(key);
    this.#backoffs.delete(key);
    this.#putOff.delete(key);
    this.#reportDepth();
  }

  /**
   * Handles keys until `stop` is aborted, then waits for the handlers under way; these are given `work`, which may be
   * aborted later so that what they have begun is finished.
   */
  async run(stop: AbortSignal, work: AbortSignal = stop): Promise<void> {
    const running = new Set<Promise<void>>();
    const wake = () => this.#wake?.();
    stop.addEventListener('abort', wake, { once: true });
    while (!stop.aborted) {
      // A race with a promise that settles at the very end would leave something behind on it for every round.
      const woken = Promise.withResolvers<void>();
      this.#wake = woken.resolve;
      this.#startWorkers(running, work);
      if (!stop.aborted) await woken.promise;
    }
    this.#wake = undefined;
    await Promise.all(running);
    for (const key of this.#timers.keys()) this.#cancelTimer(key);
  }

  #startWorkers(running: Set<Promise<void>>, signal: AbortSignal): void {
    for (const [key, since] of this.#waiting) {
      if (this.#active.size >= this.#options.workers) return;
      this.#waiting.delete(key);
      this.#active.set(key, this.#options.clock.monotonic());
      this.#cancelTimer(key);
      const work: Promise<void> = this.#work(key, since, signal).finally(() => {
        running.delete(work);
        this.#active.delete(key);
        if (this.#again.delete(key)) this.add(key);
        this.#wake?.();
      });
      running.add(work);
    }
  }

  async #work(key: K, since: number, signal: AbortSignal): Promise<void> {
    const { clock, metrics, name, handle, failed } = this.#options;
    const start = clock.monotonic();
    this.#reportDepth();
    try {
      const { after } = await handle(key, signal);
      this.#backoffs.delete(key);
      this.#putOff.delete(key);
      // A handler that is never done must leave the rest of the process its turn.
      if (after !== undefined) this.addAfter(key, Math.max(1, after));
    } catch (error) {
      if (signal.aborted) return;
      const backoff = this.#backoffs.get(key) ?? new Backoff({ initial: 1_000, longest: 600_000 });
      this.#backoffs.set(key, backoff);
      const asked = numberAt(error, 'retryAfter');
      if (asked === undefined) this.#putOff.delete(key);
      else this.#putOff.add(key);
      const retryIn = Math.max(backoff.fail(), asked ?? 0);
      metrics.queue(name, { kind: 'retried' });
      failed(key, error, retryIn);
      this.addAfter(key, retryIn);
    } finally {
      metrics.queue(name, {
        kind: 'worked',
        waitedSeconds: (start - since) / 1_000,
        workedSeconds: (clock.monotonic() - start) / 1_000,
      });
    }
  }

  #cancelTimer(key: K): void {
    this.#timers.get(key)?.cancel();
    this.#timers.delete(key);
  }

  #reportDepth(): void {
    this.#options.metrics.queue(this.#options.name, { kind: 'depth', depth: this.#waiting.size });
  }
}
