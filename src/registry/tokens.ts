import { LRUCache } from 'lru-cache';
import { numberAt, textAt } from '../model/json.ts';
import type { Clock, RegistryCredential } from '../model/ports.ts';
import { Secret } from '../model/secret.ts';
import { failure, type Subject } from './errors.ts';
import { notARegistry, refusalOf } from './fault.ts';
import { mediaTypeOf, type HttpAnswer } from './http-exchange.ts';
import type { Errand } from './http.ts';
import { parseJsonBody } from './json-body.ts';
import { tokenByGet, tokenByPost } from './token-request.ts';

/** What a token is asked for. */
export interface TokenRequest {
  /** An admitted token server. */
  readonly realm: URL;
  readonly service: string | undefined;
  readonly scopes: readonly string[];
  readonly credential: RegistryCredential | undefined;
  /** Stands for the credential in keys; empty for none. */
  readonly fingerprint: string;
  readonly subject: Subject;
}

/** The `Authorization` with a token, or that the token server does not accept the credential. */
export type TokenAnswer = Secret | 'rejected';

interface CachedToken {
  readonly authorization: Secret;
  /** Monotonic milliseconds until which it is used. */
  readonly freshUntil: number;
}

const mostTokens = 1_024;
/** Seconds; the default and the least of the token specification. */
const shortestLife = 60;

/**
 * Gets bearer tokens, keeps them until shortly before they expire, and asks once for many that want the same.
 * Tokens are never shared between credentials, registries or scopes.
 * @see https://distribution.github.io/distribution/spec/auth/token/
 * @see https://distribution.github.io/distribution/spec/auth/oauth/
 */
export class TokenSource {
  readonly #cache = new LRUCache<string, CachedToken>({ max: mostTokens });
  readonly #flights = new Map<string, Promise<TokenAnswer>>();
  readonly #send: (errand: Errand, signal: AbortSignal) => Promise<HttpAnswer>;
  readonly #clock: Clock;

  constructor(send: (errand: Errand, signal: AbortSignal) => Promise<HttpAnswer>, clock: Clock) {
    this.#send = send;
    this.#clock = clock;
  }

  /** The `Authorization` with a token of the cache or a new one. Fails with a RegistryError, or with the signal's reason. */
  async get(request: TokenRequest, signal: AbortSignal): Promise<TokenAnswer> {
    const key = keyOf(request);
    const cached = this.#cache.get(key);
    if (cached !== undefined && cached.freshUntil > this.#clock.monotonic()) return cached.authorization;
    return untilAborted(this.#flights.get(key) ?? this.#depart(key, request), signal);
  }

  /** Forgets a token that the registry did not accept, unless it was replaced already. */
  drop(request: TokenRequest, authorization: Secret): void {
    const key = keyOf(request);
    if (this.#cache.get(key)?.authorization === authorization) this.#cache.delete(key);
  }

  /** Others may wait for the same token, so no single caller can break the request off; the client's deadline does. */
  #depart(key: string, request: TokenRequest): Promise<TokenAnswer> {
    const flight = this.#fetch(request).then((fetched) => {
      if (fetched === 'rejected') return fetched;
      this.#cache.set(key, fetched);
      return fetched.authorization;
    });
    const landed = flight.finally(() => this.#flights.delete(key));
    // Every caller may have gone by the time it fails.
    landed.catch(() => undefined);
    this.#flights.set(key, landed);
    return landed;
  }

  async #fetch(request: TokenRequest): Promise<CachedToken | 'rejected'> {
    const { credential, subject } = request;
    // A token that is ready for use is asked for nowhere.
    if (credential?.kind === 'registry-token') return this.#ready(credential);
    const answer = await this.#ask(request);
    if ([400, 401, 403].includes(answer.status)) return 'rejected';
    if (answer.status !== 200) {
      const { status, body } = answer;
      throw refusalOf({ status, body, contentType: mediaTypeOf(answer), retryAfter: undefined }, subject);
    }
    return this.#read(answer, subject);
  }

  /**
   * By GET, or by POST for an identity token. Some token servers know only the one, some only the other, so where the
   * first is not known the second is tried with the same credential.
   */
  async #ask(request: TokenRequest): Promise<HttpAnswer> {
    const { credential, subject } = request;
    const isIdentity = credential?.kind === 'identity-token';
    const send = async (http: Errand['request']) =>
      this.#send({ request: http, subject, operation: 'token' }, new AbortController().signal);
    if (!isIdentity) {
      const answer = await send(tokenByGet(request));
      const isUnknown = answer.status === 404 || answer.status === 405;
      return isUnknown && credential !== undefined ? send(tokenByPost(request, credential)) : answer;
    }
    const answer = await send(tokenByPost(request, credential));
    return [401, 404, 405].includes(answer.status) ? send(tokenByGet(request)) : answer;
  }

  #ready({ password }: RegistryCredential): CachedToken {
    return {
      authorization: new Secret(`Bearer ${password.reveal()}`),
      freshUntil: this.#clock.monotonic() + shortestLife * 1_000,
    };
  }

  #read(answer: HttpAnswer, subject: Subject): CachedToken {
    const document = parseJsonBody(answer.body);
    // Some servers leave the field that they do not use empty instead of leaving it out.
    const [text] = ['token', 'access_token'].map((key) => textAt(document, key) ?? '').filter(Boolean);
    if (document === undefined) throw notARegistry(subject, 'the token server did not answer with JSON');
    if (text === undefined || !/^[\x21-\x7e]{1,32768}$/.test(text)) {
      throw failure(
        'NotARegistry',
        subject,
        'the answer of the token server holds no token; check its address',
      );
    }
    const life = Math.max(shortestLife, numberAt(document, 'expires_in') ?? shortestLife) * 1_000;
    const age = this.#clock.now() - Date.parse(textAt(document, 'issued_at') ?? '');
    // A time of issue that is absent, in the future or older than the token can be says more of the clocks.
    const left = age > 0 && age < life ? life - age : life;
    const margin = Math.max(5_000, left / 10);
    return {
      authorization: new Secret(`Bearer ${text}`),
      freshUntil: this.#clock.monotonic() + left - margin,
    };
  }
}

function keyOf({ realm, service, scopes, fingerprint, subject }: TokenRequest): string {
  return JSON.stringify([subject.registry, realm.href, service, [...scopes].sort(), fingerprint]);
}

async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
