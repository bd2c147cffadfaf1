import type { Clock, EventNote, EventSink, Logger, Metrics } from '../model/ports.ts';
import { Backoff } from '../runtime/backoff.ts';
import type { KubeClient } from './client.ts';
import { Deadline, orAborted } from './deadline.ts';
import { EventBudget } from './event-budget.ts';
import { type EventSource, eventBody, eventName, eventNamespace, seriesPatch } from './event-body.ts';
import { errorOfFault, isKubeError, type KubeError } from './errors.ts';
import { fieldManager } from './field-manager.ts';
import { listPath, objectPath, resources } from './resources.ts';

/** What an event recorder needs. */
export interface EventRecorderOptions {
  readonly client: Pick<KubeClient, 'create' | 'patch'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Pick<Metrics, 'event'>;
  readonly source: EventSource;
  /** Ends everything that is under way. */
  readonly signal: AbortSignal;
}

/** The same event, seen once or more. */
interface Series {
  readonly key: string;
  readonly event: EventNote;
  readonly name: string;
  readonly firstSeen: number;
  /** Times of day and monotonic. */
  lastSeen: number;
  lastHeard: number;
  count: number;
  /** The count that the API server knows; 0 before the first write. */
  written: number;
  queued: boolean;
}

const queueLimit = 1_000;
/** Events whose repetitions are recognised. */
const rememberedLimit = 4_096;
const triesLimit = 12;
const retry = { initial: 500, longest: 10_000 };
/** Repetitions are written at most this often, and belong together for as long. */
const seriesEvery = 360_000;
const query = { fieldManager };

/**
 * Writes events in the background, in order: never blocks, never fails its caller, drops what is too much.
 * A repetition counts up the series of the first one instead of making another Event; each object has a budget.
 * @see https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/
 */
export class EventRecorder implements EventSink {
  readonly #options: EventRecorderOptions;
  readonly #budget = new EventBudget();
  readonly #series = new Map<string, Series>();
  readonly #queue: Series[] = [];
  #ordinal = 0;
  #sending: Promise<void> | undefined;
  #sweep: { cancel(): void } | undefined;
  #complained: string | undefined;

  constructor(options: EventRecorderOptions) {
    this.#options = options;
  }

  emit(event: EventNote): void {
    const { clock, metrics, signal } = this.#options;
    const key = keyOf(event);
    const known = this.#series.get(key);
    if (signal.aborted || !this.#budget.take(event.regarding.uid, clock.monotonic())) {
      return metrics.event('dropped');
    }
    if (known === undefined) return this.#begin(key, event);
    known.count++;
    known.lastSeen = clock.now();
    known.lastHeard = clock.monotonic();
    // The first repetition shows that there is a series; how long it gets is written now and then.
    if (known.count === 2) this.#enqueue(known);
  }

  /** Writes everything that waits, at most for so many milliseconds. */
  async flush(milliseconds: number): Promise<void> {
    for (const series of this.#series.values()) if (series.count > series.written) this.#enqueue(series);
    const deadline = new Deadline(this.#options.clock, milliseconds, this.#options.signal);
    try {
      while (this.#sending !== undefined) await orAborted(this.#sending, deadline.signal);
    } catch {
      this.#options.log.warn({ waiting: this.#queue.length }, 'events were left unwritten');
    } finally {
      deadline.close();
      this.#sweep?.cancel();
    }
  }

  #begin(key: string, event: EventNote): void {
    const { clock, metrics } = this.#options;
    if (this.#queue.length >= queueLimit) return metrics.event('dropped');
    const oldest = this.#series.keys().next().value;
    if (this.#series.size >= rememberedLimit && oldest !== undefined) this.#series.delete(oldest);
    const now = clock.now();
    // Time alone is no name: several events may fall into one millisecond.
    this.#ordinal = (this.#ordinal + 1) % 4_096;
    const suffix = now.toString(16) + this.#ordinal.toString(16).padStart(3, '0');
    const series: Series = {
      key,
      event,
      name: eventName(event, suffix),
      firstSeen: now,
      lastSeen: now,
      lastHeard: clock.monotonic(),
      count: 1,
      written: 0,
      queued: false,
    };
    this.#series.set(key, series);
    this.#enqueue(series);
    this.#scheduleSweep();
  }

  #enqueue(series: Series): void {
    if (series.queued) return;
    series.queued = true;
    this.#queue.push(series);
    this.#sending ??= this.#send();
  }

  /** Never rejects. */
  async #send(): Promise<void> {
    for (let series = this.#queue.shift(); series !== undefined; series = this.#queue.shift()) {
      series.queued = false;
      const sent = await this.#deliver(series);
      if (!sent) this.#series.delete(series.key);
      this.#options.metrics.event(sent ? 'sent' : 'dropped');
    }
    this.#sending = undefined;
  }

  async #deliver(series: Series): Promise<boolean> {
    const { clock, signal } = this.#options;
    const backoff = new Backoff(retry);
    for (let tries = 1; !signal.aborted; tries++) {
      try {
        await this.#write(series);
        this.#complained = undefined;
        return true;
      } catch (fault) {
        const error = errorOfFault({ method: 'POST', path: 'event' }, fault);
        if (signal.aborted) return false;
        if (!error.retryable || tries >= triesLimit) {
          this.#complain(error);
          return false;
        }
        await clock.sleep(error.retryAfter ?? backoff.fail(), signal).catch(() => undefined);
      }
    }
    return false;
  }

  /** Once for each kind of trouble: a missing permission fails every event. */
  #complain(error: KubeError): void {
    if (this.#complained !== error.code) {
      this.#options.log.warn({ code: error.code }, `an event was dropped: ${error.message}`);
    }
    this.#complained = error.code;
  }

  async #write(series: Series): Promise<void> {
    const { client, signal } = this.#options;
    const { event, name, count } = series;
    const namespace = eventNamespace(event);
    if (series.written > 0 && count > 1) {
      const path = objectPath(resources.events, namespace, name);
      const body = seriesPatch(count, series.lastSeen);
      try {
        await client.patch(path, body, { type: 'merge', query, signal });
        series.written = count;
        return;
      } catch (error) {
        // Events expire after an hour; the series then begins again under the same name.
        if (!isKubeError(error, 'NotFound')) throw error;
      }
    }
    const again = series.written > 0;
    const body = eventBody(event, name, this.#options.source, again ? series.lastSeen : series.firstSeen);
    try {
      await client.create(listPath(resources.events, namespace), body, { query, signal });
    } catch (error) {
      // A create whose answer got lost is tried again and finds its own work.
      if (!isKubeError(error, 'AlreadyExists')) throw error;
    }
    series.written = 1;
    if (series.count > 1 && !again) this.#enqueue(series);
  }

  #scheduleSweep(): void {
    this.#sweep ??= this.#options.clock.schedule(seriesEvery, () => {
      this.#sweep = undefined;
      const before = this.#options.clock.monotonic() - seriesEvery;
      for (const [key, series] of this.#series) {
        if (series.count > series.written) this.#enqueue(series);
        if (series.lastHeard <= before) this.#series.delete(key);
      }
      if (this.#series.size > 0) this.#scheduleSweep();
    });
  }
}

/** Events with one key are the same news. */
function keyOf({ regarding, type, reason, action, note }: EventNote): string {
  return JSON.stringify([regarding.uid, type, reason, action, note]);
}
