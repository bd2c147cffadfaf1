import type { JsonObject } from '../model/json.ts';
import type { Clock, Logger, Metrics } from '../model/ports.ts';
import type { KubeClient } from './client.ts';
import { Deadline } from './deadline.ts';
import { isKubeError } from './errors.ts';
import {
  type LeaseRecord,
  leaseSeconds,
  newLease,
  readLease,
  releasedLease,
  renewedLease,
  takenLease,
} from './lease-record.ts';
import { listPath, objectPath, resources } from './resources.ts';

/** What an election needs. */
export interface ElectionOptions {
  readonly client: Pick<KubeClient, 'get' | 'create' | 'update'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Pick<Metrics, 'leading'>;
  readonly namespace: string;
  /** Name of the Lease; all candidates name the same. */
  readonly name: string;
  /** Ours alone, for example pod name and a random part. */
  readonly identity: string;
  /** A number in [0, 1) for each call; `Math.random` outside tests. */
  readonly random?: () => number;
}

/** How a time as leader ended: its work was done (or asked to stop), or the lease could not be kept. */
export type ElectionEnd = 'ended' | 'lost';

/** Milliseconds. A leader that could not renew for `renewDeadline` is none any more, well before the lease expires. */
const renewEvery = 5_000;
const renewDeadline = 10_000;
const retryEvery = 1_000;
const lookEvery = { least: 2_000, spread: 1_000 };
const releaseWithin = 3_000;

/**
 * Waits to become leader, runs `lead`, and keeps the lease while it runs. The signal that `lead` gets aborts on shutdown and
 * when the lease is lost; the lease is let go after `lead` has ended. Rejects with what `lead` rejects with.
 * A lease is no fence: what a leader writes must be a compare-and-swap.
 * @see https://kubernetes.io/docs/concepts/architecture/leases/
 */
export async function runElected(
  options: ElectionOptions,
  lead: (signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<ElectionEnd> {
  const election = new Election(options);
  options.metrics.leading(false);
  const isOurs = await election.acquire(signal);
  if (signal.aborted) {
    if (isOurs) await election.release();
    return 'ended';
  }
  options.metrics.leading(true);
  options.log.info({ lease: options.name, identity: options.identity }, 'became leader');
  try {
    return await leadWhileHeld(election, lead, signal);
  } finally {
    options.metrics.leading(false);
  }
}

async function leadWhileHeld(
  election: Election,
  lead: (signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<ElectionEnd> {
  const work = new AbortController();
  const done = new AbortController();
  const stop = () => work.abort(signal.reason);
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  const kept = election.keep(done.signal).then((held) => {
    if (!held) work.abort(new Error('the lease was lost'));
    return held;
  });
  try {
    await lead(work.signal);
  } finally {
    signal.removeEventListener('abort', stop);
    done.abort();
    if (await kept) await election.release();
  }
  return (await kept) ? 'ended' : 'lost';
}

/** One candidate for one Lease. */
class Election {
  readonly #options: ElectionOptions;
  readonly #path: string;
  readonly #random: () => number;
  /** The record as last seen, and since when it has not changed, by our own clock. */
  #seen: { readonly record: LeaseRecord; readonly since: number } | undefined;
  /** The Lease that we hold, as the server last answered. */
  #held: JsonObject = {};
  #renewedAt = 0;
  #troubled = false;

  constructor(options: ElectionOptions) {
    this.#options = options;
    this.#path = objectPath(resources.leases, options.namespace, options.name);
    this.#random = options.random ?? Math.random;
  }

  /** Resolves when the lease is ours (true), or the signal has aborted. */
  async acquire(signal: AbortSignal): Promise<boolean> {
    const { clock } = this.#options;
    while (!signal.aborted) {
      const acquired = await this.#attempt(signal, renewDeadline, (limit) => this.#tryAcquire(limit));
      if (acquired === true) return true;
      const look = lookEvery.least + this.#random() * lookEvery.spread;
      // After a lost race or a fault an expired lease must not be asked for without pause.
      const wait = acquired === undefined ? look : Math.min(look, this.#untilExpiry());
      await clock.sleep(wait, signal).catch(() => undefined);
    }
    return false;
  }

  /** Renews until the signal aborts (true) or the lease is lost (false). */
  async keep(signal: AbortSignal): Promise<boolean> {
    const { clock } = this.#options;
    let wait = renewEvery;
    for (;;) {
      await clock.sleep(wait, signal).catch(() => undefined);
      if (signal.aborted) return true;
      const left = this.#renewedAt + renewDeadline - clock.monotonic();
      const renewed =
        left > 0
          ? await this.#attempt(signal, left, (limit) => this.#rewrite(renewedLease, limit))
          : undefined;
      if (signal.aborted) return true;
      const expired = clock.monotonic() - this.#renewedAt >= renewDeadline;
      if (renewed === false || expired) {
        this.#options.log.error({ lease: this.#options.name }, 'lost the lease');
        return false;
      }
      wait = renewed === true ? renewEvery : retryEvery;
    }
  }

  /** Lets the lease go. A failure is no matter: it expires by itself. */
  async release(): Promise<void> {
    const never = new AbortController().signal;
    await this.#attempt(never, releaseWithin, (signal) => this.#rewrite(releasedLease, signal));
  }

  /** Whether the lease became ours. A lost race fails as `Conflict` or `AlreadyExists`. */
  async #tryAcquire(signal: AbortSignal): Promise<boolean> {
    const { client, clock, namespace, name, identity } = this.#options;
    const started = clock.monotonic();
    let lease: JsonObject;
    try {
      lease = await client.get(this.#path, { signal });
    } catch (error) {
      if (!isKubeError(error, 'NotFound')) throw error;
      const first = newLease(name, namespace, identity, clock.now());
      this.#hold(await client.create(listPath(resources.leases, namespace), first, { signal }), started);
      return true;
    }
    this.#see(readLease(lease));
    if (this.#untilExpiry() > 0) return false;
    this.#hold(
      await client.update(this.#path, takenLease(lease, identity, clock.now()), { signal }),
      started,
    );
    return true;
  }

  /** Writes our lease anew; false when somebody else has it. */
  async #rewrite(
    change: (lease: JsonObject, now: number) => JsonObject,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { client, clock, identity } = this.#options;
    const started = clock.monotonic();
    try {
      const changed = change(this.#held, clock.now());
      this.#hold(await client.update(this.#path, changed, { signal }), started);
      return true;
    } catch (error) {
      if (!isKubeError(error, 'Conflict', 'NotFound')) throw error;
    }
    // Somebody wrote it: an answer of our own that got lost, a person's label, or a new leader.
    const lease = await client.get(this.#path, { signal });
    if (readLease(lease).holder !== identity) return false;
    this.#hold(await client.update(this.#path, change(lease, clock.now()), { signal }), started);
    return true;
  }

  /** Does something within a time; undefined when it failed, which is told once. */
  async #attempt(
    signal: AbortSignal,
    milliseconds: number,
    act: (signal: AbortSignal) => Promise<boolean>,
  ): Promise<boolean | undefined> {
    const deadline = new Deadline(this.#options.clock, milliseconds, signal);
    try {
      const result = await act(deadline.signal);
      this.#troubled = false;
      return result;
    } catch (error) {
      if (!signal.aborted && !isKubeError(error, 'Conflict', 'AlreadyExists')) this.#complain(error);
      return undefined;
    } finally {
      deadline.close();
    }
  }

  #complain(error: unknown): void {
    if (!this.#troubled) {
      const { log, name } = this.#options;
      log.warn({ lease: name, err: error }, 'the lease cannot be read or written; trying on');
    }
    this.#troubled = true;
  }

  /** The time of a renewal is that of its beginning: the answer may have taken long. */
  #hold(lease: JsonObject, started: number): void {
    this.#held = lease;
    this.#renewedAt = started;
  }

  #see(record: LeaseRecord): void {
    const same = this.#seen !== undefined && sameRecord(this.#seen.record, record);
    if (!same) this.#seen = { record, since: this.#options.clock.monotonic() };
  }

  /**
   * Milliseconds until the lease that we last saw may be taken. Measured from when we saw it change, by our own clock:
   * clocks of different machines are never compared.
   */
  #untilExpiry(): number {
    if (this.#seen === undefined) return leaseSeconds * 1_000;
    const { record, since } = this.#seen;
    if (record.holder === '') return 0;
    return Math.max(0, since + record.durationSeconds * 1_000 - this.#options.clock.monotonic());
  }
}

function sameRecord(a: LeaseRecord, b: LeaseRecord): boolean {
  return a.holder === b.holder && a.renewTime === b.renewTime && a.transitions === b.transitions;
}
