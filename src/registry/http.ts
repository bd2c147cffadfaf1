import { getCACertificates } from 'node:tls';
import { LRUCache } from 'lru-cache';
import { Pool } from 'undici';
import type { Clock, Metrics } from '../model/ports.ts';
import { Backoff } from '../runtime/backoff.ts';
import { failure, RegistryError, type Subject } from './errors.ts';
import { BrokenOff, faultOf, isTransient, refusalOf } from './fault.ts';
import { HostGate, longestWait } from './host-gate.ts';
import { settingsOf, type HostSettings, type HostTable } from './hosts.ts';
import { exchange, headerOf, mediaTypeOf, type HttpAnswer, type HttpRequest } from './http-exchange.ts';
import { readRetryAfter } from './retry-after.ts';

/** Time limits in milliseconds. */
export interface Timeouts {
  readonly connect: number;
  readonly headers: number;
  /** Between two pieces of a body. */
  readonly idle: number;
  /** One request with its retries and the wait for its turn. */
  readonly total: number;
}

/** What the HTTP client is built from. */
export interface HttpOptions {
  readonly clock: Clock;
  readonly metrics: Pick<Metrics, 'registryRequest'>;
  readonly hosts: HostTable;
  readonly userAgent: string;
  readonly timeouts: Timeouts;
  /** A number in [0, 1) for each call. */
  readonly random: () => number;
}

/** A request, what it is for, and the word that metrics count it under. */
export interface Errand {
  readonly request: HttpRequest;
  readonly subject: Subject;
  readonly operation: string;
}

interface Host {
  readonly pool: Pool;
  readonly gate: HostGate;
}

const attempts = 3;
const mostHosts = 256;
const mostRedirects = 3;
/** A host that limits us and does not say for how long is left alone for a minute. */
const unsaidPause = 60_000;

/**
 * Reads over HTTP with one small pool of connections for each origin: waits for its turn, retries what may pass,
 * and honours the pauses that a host asks for. An answer that may be another one a moment later never comes back:
 * after three attempts it is an error.
 */
export class HttpClient {
  readonly #options: HttpOptions;
  readonly #hosts: LRUCache<string, Host>;
  readonly #closing = new AbortController();

  constructor(options: HttpOptions) {
    this.#options = options;
    this.#hosts = new LRUCache({
      max: mostHosts,
      dispose: ({ pool }) => {
        pool.close().catch(() => undefined);
      },
    });
  }

  /** Sends a request. Fails with a {@link RegistryError}, or with the signal's reason where it was aborted. */
  async send(errand: Errand, signal: AbortSignal): Promise<HttpAnswer> {
    const { clock, random, timeouts } = this.#options;
    const slow = new AbortController();
    const timer = clock.schedule(timeouts.total, () => slow.abort(new BrokenOff('TOO_SLOW', 'deadline')));
    const all = AbortSignal.any([signal, slow.signal, this.#closing.signal]);
    const backoff = new Backoff({ initial: 1_000, longest: 8_000, random });
    try {
      for (let attempt = 1; ; attempt++) {
        const outcome = await this.#attempt(errand, all);
        if (!(outcome instanceof RegistryError)) return outcome;
        const delay = outcome.retryAfter ?? backoff.fail();
        if (!outcome.retryable || attempt === attempts || delay > longestWait) throw outcome;
        await clock.sleep(delay, all);
      }
    } catch (error) {
      if (error instanceof RegistryError) throw error;
      if (signal.aborted) throw signal.reason;
      throw faultOf(error, errand.subject);
    } finally {
      timer.cancel();
    }
  }

  /** Breaks off what is under way and closes every connection. */
  async close(): Promise<void> {
    this.#closing.abort(new BrokenOff('TOO_SLOW', 'closing'));
    await Promise.all([...this.#hosts.values()].map(({ pool }) => pool.destroy()));
    this.#hosts.clear();
  }

  /** One answer or one error; throws only where a signal was aborted. */
  async #attempt(errand: Errand, signal: AbortSignal): Promise<HttpAnswer | RegistryError> {
    const { subject } = errand;
    const host = this.#hostOf(errand.request.url);
    const answer = await host.gate.pass(async () => {
      const { pause } = host.gate;
      if (pause > longestWait) return paused(pause, subject);
      if (pause > 0) await this.#options.clock.sleep(pause, signal);
      return this.#exchange(host, errand, signal);
    }, signal);
    if (answer instanceof RegistryError || !isTransient(answer.status)) return answer;

    const said = readRetryAfter(headerOf(answer, 'retry-after'), this.#options.clock.now());
    const retryAfter = said ?? (answer.status === 429 ? unsaidPause : undefined);
    if (retryAfter !== undefined) host.gate.hold(retryAfter);
    const { status, body } = answer;
    return refusalOf({ status, body, contentType: mediaTypeOf(answer), retryAfter }, subject);
  }

  async #exchange({ pool }: Host, errand: Errand, signal: AbortSignal): Promise<HttpAnswer | RegistryError> {
    const { clock, metrics } = this.#options;
    const started = clock.monotonic();
    const count = (code: string) => {
      const seconds = (clock.monotonic() - started) / 1_000;
      metrics.registryRequest(errand.subject.registry, errand.operation, code, seconds);
    };
    try {
      const answer = await this.#follow(pool, errand, signal);
      count(String(answer.status));
      return answer;
    } catch (error) {
      if (signal.aborted) {
        count('aborted');
        throw error;
      }
      const fault = error instanceof RegistryError ? error : faultOf(error, errand.subject);
      count(fault.code);
      return fault;
    }
  }

  /** Follows redirects within the origin; to another one they are refused, so that no credential goes there. */
  async #follow(pool: Pool, { request, subject }: Errand, signal: AbortSignal): Promise<HttpAnswer> {
    const headers = { 'user-agent': this.#options.userAgent, ...request.headers };
    let { url } = request;
    for (let redirects = 0; redirects <= mostRedirects; redirects++) {
      const answer = await exchange(pool, { ...request, headers, url }, signal);
      const location = headerOf(answer, 'location');
      if (![301, 302, 303, 307, 308].includes(answer.status) || location === undefined) return answer;
      const target = URL.canParse(location, url.href) ? new URL(location, url) : undefined;
      if (target?.origin !== url.origin) {
        throw failure(
          'UnsafeRealm',
          subject,
          'the registry redirects to another host, which is not followed',
        );
      }
      url = target;
    }
    throw failure('UnsafeRealm', subject, `the registry redirects more than ${mostRedirects} times`);
  }

  #hostOf(url: URL): Host {
    const { clock, hosts, timeouts } = this.#options;
    const known = this.#hosts.get(url.origin);
    if (known !== undefined) return known;
    const settings = settingsOf(hosts, url.host === 'registry-1.docker.io' ? 'docker.io' : url.host);
    const concurrency = settings.concurrency ?? 4;
    const pool = new Pool(url.origin, {
      connections: concurrency,
      connect: { timeout: timeouts.connect, ...trust(settings) },
      headersTimeout: timeouts.headers,
      bodyTimeout: timeouts.idle,
      keepAliveTimeout: 30_000,
      allowH2: false,
    });
    const host = { pool, gate: new HostGate(clock, concurrency) };
    this.#hosts.set(url.origin, host);
    return host;
  }
}

/** Own certificates are trusted besides the usual ones, which `ca` alone would replace. */
function trust({ ca }: HostSettings): { minVersion: 'TLSv1.2'; ca?: string[] } {
  return { minVersion: 'TLSv1.2', ...(ca !== undefined && { ca: [...getCACertificates('default'), ca] }) };
}

function paused(retryAfter: number, subject: Subject): RegistryError {
  const seconds = Math.ceil(retryAfter / 1_000);
  const why = `the registry asked for a pause, which has ${seconds} s to go`;
  return failure('RateLimited', subject, why, { retryAfter, retryable: true });
}
