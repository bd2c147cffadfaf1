import type { LookupFunction } from 'node:net';
import { LRUCache } from 'lru-cache';
import type { Dispatcher } from 'undici';
import type { Clock, Metrics } from '../model/ports.ts';
import { Backoff } from '../runtime/backoff.ts';
import { mayReach, narrower, zoneName, type Reach } from './address-policy.ts';
import { zoneOf, type Zone } from './addresses.ts';
import { failure, RegistryError, type Subject } from './errors.ts';
import { answeredText, BrokenOff, faultOf, isPullLimit, isTransient, refusalOf } from './fault.ts';
import { concurrencyOf, Host } from './host.ts';
import { longestWait } from './host-gate.ts';
import {
  hostKey,
  isDockerHub,
  isNamed,
  pullReserveOf,
  settingsOf,
  type HostSettings,
  type HostTableSource,
} from './hosts.ts';
import { exchange, headerOf, mediaTypeOf, type HttpAnswer, type HttpRequest } from './http-exchange.ts';
import type { ProxySettings } from './proxy.ts';
import { readQuota, readReset } from './quota.ts';
import { redirectOf } from './redirect.ts';
import { readRetryAfter } from './retry-after.ts';
import { openPool, type Timeouts } from './transport.ts';
import { Warnings } from './warnings.ts';

/** What is counted of registries. */
export type RegistryMetrics = Pick<
  Metrics,
  'registryRequest' | 'registryQuota' | 'registryPause' | 'registryThrottled'
>;

/** What the HTTP client is built from. */
export interface HttpOptions {
  readonly clock: Clock;
  readonly metrics: RegistryMetrics;
  readonly hosts: HostTableSource;
  readonly userAgent: string;
  readonly timeouts: Timeouts;
  readonly proxy: ProxySettings;
  readonly lookup: LookupFunction;
  /** Whether registries on loopback are refused unless the operator names them. */
  readonly refuseLoopback: boolean;
  /** A number in [0, 1) for each call. */
  readonly random: () => number;
  /** Told what a host warns of, each text once. */
  readonly warned: (host: string, text: string) => void;
}

/** A request, what it is for, and the word that metrics count it under. */
export interface Errand {
  readonly request: HttpRequest;
  readonly subject: Subject;
  readonly operation: string;
  /** Whether a redirect to another origin is followed, without credentials. */
  readonly leavesOrigin?: boolean;
  /** Whose budget of pulls it counts against: the fingerprint of a credential; nobody's account where left out. */
  readonly payer?: string;
}

/** A pool of connections, and the settings that it was opened with. */
interface OpenPool {
  readonly dispatcher: Dispatcher;
  readonly settings: HostSettings;
}

const attempts = 3;
const mostHosts = 256;
const mostRedirects = 5;
/** A host that limits us and does not say for how long is left alone for a minute. */
const unsaidPause = 60_000;
/** Docker Hub does not say when its rolling window has room again. */
const unsaidBudgetPause = 900_000;

/**
 * Reads over HTTP with one small pool of connections for each origin: waits for its turn, retries what may pass,
 * honours the pauses that a host asks for, and follows redirects as `redirect.ts` admits them. An answer that may be
 * another one a moment later never comes back: after three attempts it is an error.
 */
export class HttpClient {
  readonly #options: HttpOptions;
  readonly #hosts = new LRUCache<string, Host>({ max: mostHosts });
  readonly #pools: LRUCache<string, OpenPool>;
  /** The widest zone that each host was last found in. */
  readonly #zones = new LRUCache<string, Zone>({ max: mostHosts });
  readonly #warnings: Warnings;
  readonly #closing = new AbortController();

  constructor(options: HttpOptions) {
    this.#options = options;
    this.#warnings = new Warnings(options.warned);
    this.#pools = new LRUCache({
      max: mostHosts,
      dispose: ({ dispatcher }) => {
        dispatcher.close().catch(() => undefined);
      },
    });
  }

  /** Sends a request. Fails with a {@link RegistryError}, or with the signal's reason where it was aborted. */
  async send(errand: Errand, signal: AbortSignal): Promise<HttpAnswer> {
    const { clock, timeouts } = this.#options;
    const slow = new AbortController();
    const timer = clock.schedule(timeouts.total, () => slow.abort(new BrokenOff('TOO_SLOW', 'deadline')));
    const all = AbortSignal.any([signal, slow.signal, this.#closing.signal]);
    try {
      let current = errand;
      for (let redirects = 0; redirects <= mostRedirects; redirects++) {
        const answer = await this.#persist(current, all);
        const next = redirectOf(answer, current);
        if (next === undefined) return answer;
        current = { ...current, request: next };
      }
      const why = `the registry redirects more than ${mostRedirects} times`;
      throw failure('UnsafeRealm', errand.subject, why);
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
    await Promise.all([...this.#pools.values()].map(async ({ dispatcher }) => dispatcher.destroy()));
    this.#pools.clear();
  }

  /** Tries up to three times what may pass. */
  async #persist(errand: Errand, signal: AbortSignal): Promise<HttpAnswer> {
    const { clock, random } = this.#options;
    const backoff = new Backoff({ initial: 1_000, longest: 8_000, random });
    for (let attempt = 1; ; attempt++) {
      const outcome = await this.#attempt(errand, signal);
      if (!(outcome instanceof RegistryError)) return outcome;
      const delay = outcome.retryAfter ?? backoff.fail();
      if (!outcome.retryable || attempt === attempts || delay > longestWait) throw outcome;
      await clock.sleep(delay, signal);
    }
  }

  /** One answer or one error; throws only where a signal was aborted. */
  async #attempt(errand: Errand, signal: AbortSignal): Promise<HttpAnswer | RegistryError> {
    const { clock, metrics } = this.#options;
    const { request, subject } = errand;
    const host = this.#hostOf(request.url);
    const asked = clock.monotonic();
    const isCharged =
      errand.operation === 'get_manifest' && isDockerHub(request.url.host) && request.method === 'GET';
    return host.gate.pass(async () => {
      const refused = await host.admit(isCharged ? (errand.payer ?? '') : undefined, subject, signal);
      metrics.registryThrottled(subject.registry, (clock.monotonic() - asked) / 1_000);
      if (refused !== undefined) return refused;
      try {
        const answer = await this.#exchange(errand, signal);
        const outcome = answer instanceof RegistryError ? answer : this.#judge(host, answer, errand);
        const isFailing = outcome instanceof RegistryError && outcome.code === 'Unavailable';
        if (isFailing && outcome.retryable) host.breaker.fail(outcome);
        else host.breaker.succeed();
        return outcome;
      } finally {
        host.breaker.leave();
      }
    }, signal);
  }

  /** Takes from an answer what it says of the host; an answer that may be another one a moment later is an error. */
  #judge(
    host: Host,
    answer: HttpAnswer,
    { request, subject, payer = '' }: Errand,
  ): HttpAnswer | RegistryError {
    const { clock, metrics, hosts } = this.#options;
    this.#warnings.note(hostKey(request.url.host), answer);
    const quota = readQuota(answer);
    if (quota !== undefined) {
      host.quotaOf(payer).note(quota, pullReserveOf(settingsOf(hosts(), request.url.host)));
      metrics.registryQuota(subject.registry, quota.limit, quota.remaining);
    }
    const { status, body } = answer;
    if (!isTransient(status)) return answer;

    const refusal = { status, body, contentType: mediaTypeOf(answer), retryAfter: undefined };
    const now = clock.now();
    const said = readRetryAfter(headerOf(answer, 'retry-after'), now);
    if (status === 429 && isDockerHub(request.url.host) && isPullLimit(refusal, quota?.remaining)) {
      const retryAfter = said ?? unsaidBudgetPause;
      host.quotaOf(payer).spend(retryAfter);
      metrics.registryPause(subject.registry, now + retryAfter);
      return refusalOf({ ...refusal, retryAfter }, subject);
    }
    const reset = status === 429 ? (readReset(answer, now) ?? unsaidPause) : undefined;
    const retryAfter = said ?? reset;
    if (retryAfter === undefined) return refusalOf(refusal, subject);
    metrics.registryPause(subject.registry, now + retryAfter);
    const why = host.pause(retryAfter, answeredText(refusal));
    return failure(status === 429 ? 'RateLimited' : 'Unavailable', subject, why, {
      retryAfter,
      retryable: true,
    });
  }

  async #exchange(errand: Errand, signal: AbortSignal): Promise<HttpAnswer | RegistryError> {
    const { clock, metrics, userAgent } = this.#options;
    const { request, subject, operation } = errand;
    const started = clock.monotonic();
    const count = (code: string) => {
      const seconds = (clock.monotonic() - started) / 1_000;
      metrics.registryRequest(subject.registry, operation, code, seconds);
    };
    try {
      const headers = { 'user-agent': userAgent, ...request.headers };
      const answer = await exchange(this.#poolOf(errand), { ...request, headers }, signal);
      count(String(answer.status));
      return answer;
    } catch (error) {
      if (signal.aborted) {
        count('aborted');
        throw error;
      }
      const fault = error instanceof RegistryError ? error : faultOf(error, subject);
      count(fault.code);
      return fault;
    }
  }

  #hostOf({ origin, host }: URL): Host {
    const { clock, hosts } = this.#options;
    const settings = settingsOf(hosts(), host);
    const found = this.#hosts.get(origin) ?? new Host(clock, host, settings);
    found.tune(settings);
    this.#hosts.set(origin, found);
    return found;
  }

  /** The pool for an errand; a new one where the settings of the host have changed. Throws where the address is forbidden. */
  #poolOf({ request, subject }: Errand): Dispatcher {
    const { hosts } = this.#options;
    const { url } = request;
    const reach = this.#reachOf(url, subject.registry);
    const zone = zoneOf(url.hostname);
    if (zone !== undefined && !mayReach(reach, zone)) throw forbidden(url, zone, subject);
    const settings = settingsOf(hosts(), url.host);
    // Connections that were made with a wide reach must not be used where only a narrow one is granted.
    const key = `${reach} ${url.origin}`;
    const known = this.#pools.get(key);
    if (known !== undefined && known.settings === settings) return known.dispatcher;
    const noted = (found: Zone) => this.#zones.set(hostKey(url.host), found);
    if (zone !== undefined) noted(zone);
    const connections = concurrencyOf(settings);
    const dispatcher = openPool(this.#options, { url, settings, reach, connections, noted });
    this.#pools.set(key, { dispatcher, settings });
    return dispatcher;
  }

  /** How far a connection may lead: anywhere for hosts that the operator named, else no further than the registry is. */
  #reachOf(url: URL, registry: string): Reach {
    const { hosts, refuseLoopback } = this.#options;
    const table = hosts();
    const isTrusted = settingsOf(table, registry).trustedRealms?.includes(url.host) === true;
    if (isNamed(table, url.host) || isTrusted) return 'any';
    const widest: Reach = refuseLoopback ? 'private' : 'loopback';
    if (hostKey(url.host) === hostKey(registry)) return widest;
    const own = this.#zones.get(hostKey(registry)) ?? 'public';
    return narrower(own === 'forbidden' ? 'any' : own, widest);
  }
}

function forbidden({ host }: URL, zone: Zone, subject: Subject): RegistryError {
  const why = `${host} is a ${zoneName(zone)} address, which is not asked; if it is meant, name it in the registries file`;
  return failure('UnsafeRealm', subject, why);
}
