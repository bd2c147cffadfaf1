import { LRUCache } from 'lru-cache';
import type { RefusedCredentials } from '../model/observation.ts';
import type { Clock, RegistryCredential, RepositoryAccess } from '../model/ports.ts';
import type { Secret } from '../model/secret.ts';
import { parseChallenges } from './challenge.ts';
import { failure, type RegistryError, type Subject } from './errors.ts';
import { refusalOf } from './fault.ts';
import type { HostMemory } from './host-memory.ts';
import { settingsOf, type HostTableSource } from './hosts.ts';
import { headerLines, mediaTypeOf, type HttpAnswer, type HttpRequest } from './http-exchange.ts';
import type { HttpClient } from './http.ts';
import { credentialFingerprint } from './pull-secrets.ts';
import { IdentityMemory, inOrder } from './identity-memory.ts';
import { admitRealm } from './realm.ts';
import { readAbroad } from './abroad.ts';
import { basicAuthorization } from './token-request.ts';
import type { TokenRequest, TokenSource } from './tokens.ts';

/** A credential that a registry did not accept while a later one, or anonymous access, worked. */
export interface RejectedCredential {
  readonly registry: string;
  readonly path: string;
  /** Where the credential was found: `secret shop/regcred`. */
  readonly source: string;
}

/** What the authenticator is built from. */
export interface AuthenticatorOptions {
  readonly http: Pick<HttpClient, 'send'>;
  readonly tokens: Pick<TokenSource, 'get' | 'drop'>;
  readonly clock: Clock;
  readonly hosts: HostTableSource;
  readonly memory: Pick<HostMemory, 'noteHarbor'>;
  /** Random for each process; see `credentialFingerprint`. */
  readonly fingerprintKey: Uint8Array;
  readonly credentialRejected: (rejected: RejectedCredential) => void;
}

/** A read of one repository, before anybody knows how it is authorized. */
export interface Query {
  readonly request: Omit<HttpRequest, 'authorization'>;
  readonly subject: Subject;
  readonly operation: string;
}

/** How a repository wants to be asked, as its last challenge said. */
type Scheme =
  | { readonly kind: 'basic' }
  | {
      readonly kind: 'bearer';
      readonly realm: URL;
      readonly service: string | undefined;
      readonly scopes: readonly string[];
    };

/** A credential, or `undefined` for anonymous access. */
type Identity = RegistryCredential | undefined;

const mostRepositories = 4_096;
const mostScopes = 4;

/** What the identities came to that did not find anything. */
interface Tally {
  /** Positions of the credentials that were refused. */
  readonly rejected: number[];
  notFound: { readonly answer: HttpAnswer; readonly index: number } | undefined;
  forbidden: HttpAnswer | undefined;
}

/** What one attempt works on. */
interface Attempt {
  readonly access: RepositoryAccess;
  readonly query: Query;
  readonly signal: AbortSignal;
}

/**
 * Sends a query as each credential in turn and anonymously last, until the registry gives what is asked for.
 * Learns from challenges how each repository wants to be asked, and which identity worked.
 * Credentials go only to the registry and to token servers that `realm.ts` admits.
 */
export class Authenticator {
  readonly #options: AuthenticatorOptions;
  readonly #schemes = new LRUCache<string, Scheme>({ max: mostRepositories });
  readonly #memory: IdentityMemory;

  constructor(options: AuthenticatorOptions) {
    this.#options = options;
    this.#memory = new IdentityMemory(options.clock);
  }

  /**
   * The answer to a query, whose status may be anything but a refusal of the caller.
   * Fails as Unauthorized or Forbidden where every identity is refused, as UnsafeRealm, and as `HttpClient.send` does.
   */
  async send(access: RepositoryAccess, query: Query, signal: AbortSignal): Promise<HttpAnswer> {
    const identities: readonly Identity[] = [...access.credentials, undefined];
    const tally: Tally = { rejected: [], notFound: undefined, forbidden: undefined };
    const memory = this.#memory.recall(this.#keyOf(access));
    for (const index of inOrder(identities.length, memory)) {
      const identity = identities[index];
      // What a credential does not find is not found without one either.
      if (identity === undefined && tally.notFound !== undefined) break;
      const answer = await this.#sendAs(identity, { access, query, signal });
      if (isFound(answer)) {
        this.#found(access, index, tally);
        return answer;
      }
      add(tally, index, answer);
      // Whoever is known to find things here has the last word, and a registry that does not ask who we are too.
      const isSure = memory?.isFound === true && index === memory.index;
      if (tally.notFound?.index === index && (isSure || !this.#schemes.has(repositoryOf(access)))) break;
    }
    if (tally.notFound === undefined) throw refusal(tally.forbidden, access, query.subject);
    const before = memory?.isFound === false ? memory.rejected : [];
    const rejected = [...new Set([...before, ...tally.rejected])];
    this.#memory.remember(this.#keyOf(access), { index: tally.notFound.index, isFound: false, rejected });
    return tally.notFound.answer;
  }

  /** The credentials that were refused when somebody was let in, within the last hour; undefined where there were none. */
  refused(access: RepositoryAccess): RefusedCredentials | undefined {
    const memory = this.#memory.recall(this.#keyOf(access));
    if (memory?.isFound !== true || memory.rejected.length === 0) return undefined;
    const { credentials } = access;
    const sources = memory.rejected.map((index) => credentials[index]?.source).filter(isText);
    return { sources, instead: credentials[memory.index]?.source };
  }

  /** Remembers who found something, and tells of the credentials that were refused before. */
  #found(access: RepositoryAccess, index: number, { rejected }: Tally): void {
    const key = this.#keyOf(access);
    const before = this.#memory.recall(key);
    // Whoever was let in before is asked first, so those that were refused then are not asked again for an hour.
    const isKnown = rejected.length === 0 && before?.isFound === true && before.index === index;
    this.#memory.remember(key, { index, isFound: true, rejected: isKnown ? before.rejected : rejected });
    const { registry, path, credentials } = access;
    for (const source of rejected.map((position) => credentials[position]?.source).filter(isText)) {
      this.#options.credentialRejected({ registry, path, source });
    }
  }

  /** One identity: with what is known, and at most once more with what the challenge says. */
  async #sendAs(identity: Identity, attempt: Attempt): Promise<HttpAnswer | 'rejected'> {
    const { access, query } = attempt;
    const repository = repositoryOf(access);
    const known = this.#schemes.get(repository);
    const first = known && (await this.#authorizeAsKnown(identity, known, attempt));
    if (first === 'rejected') return first;
    const answer = await this.#read(first, identity, attempt);
    if (!isChallenge(answer)) return answer;

    const scheme = this.#learn(answer, known, attempt);
    if (scheme === undefined) return refused(answer);
    this.#schemes.set(repository, scheme);
    if (first !== undefined && known?.kind === 'bearer') {
      this.#options.tokens.drop(this.#tokenRequest(identity, known, query.subject), first);
    }
    const isTried = first !== undefined && known?.kind === 'basic' && scheme.kind === 'basic';
    const second = isTried ? undefined : await this.#authorize(identity, scheme, attempt);
    if (second === undefined || second === 'rejected') return refused(answer);
    return refused(await this.#read(second, identity, attempt));
  }

  async #read(
    authorization: Secret | undefined,
    identity: Identity,
    { query, signal }: Attempt,
  ): Promise<HttpAnswer> {
    const { request, subject, operation } = query;
    const payer = identity === undefined ? '' : this.#fingerprint([identity]);
    const errand = { request: { ...request, authorization }, subject, operation, leavesOrigin: true, payer };
    const answer = await this.#options.http.send(errand, signal);
    if (answer.url.origin === request.url.origin) return answer;
    return readAbroad(this.#options, answer, { errand, signal });
  }

  /** The `Authorization` for a scheme; undefined where an anonymous caller has none to give. */
  async #authorize(
    identity: Identity,
    scheme: Scheme,
    { query, signal }: Attempt,
  ): Promise<Secret | 'rejected' | undefined> {
    if (scheme.kind === 'basic') {
      const isToken = identity?.kind !== undefined && identity.kind !== 'password';
      return isToken ? 'rejected' : identity && basicAuthorization(identity);
    }
    return this.#options.tokens.get(this.#tokenRequest(identity, scheme, query.subject), signal);
  }

  /** By what was learned before. Where that fails it is forgotten: the token server may have moved. */
  async #authorizeAsKnown(
    identity: Identity,
    scheme: Scheme,
    attempt: Attempt,
  ): Promise<Secret | 'rejected' | undefined> {
    let isGood = false;
    try {
      const authorization = await this.#authorize(identity, scheme, attempt);
      isGood = authorization !== 'rejected';
      return authorization;
    } finally {
      if (!isGood) this.#schemes.delete(repositoryOf(attempt.access));
    }
  }

  /** What a challenge asks for; undefined where it is nothing we can give. */
  #learn(answer: HttpAnswer, known: Scheme | undefined, { access, query }: Attempt): Scheme | undefined {
    const challenges = parseChallenges(headerLines(answer, 'www-authenticate'));
    const fallback = `repository:${access.path}:pull`;
    const bearer = challenges.find(
      ({ scheme, parameters }) => scheme === 'bearer' && parameters.has('realm'),
    );
    if (bearer !== undefined) {
      if (bearer.parameters.get('service') === 'harbor-registry')
        this.#options.memory.noteHarbor(access.registry);
      const realm = this.#admit(bearer.parameters.get('realm') ?? '', access, query);
      const asked = (bearer.parameters.get('scope') ?? '').split(' ').filter((scope) => scope !== '');
      const scopes = asked.length === 0 ? [fallback] : asked;
      return withScopesOf(known, {
        kind: 'bearer',
        realm,
        service: bearer.parameters.get('service'),
        scopes,
      });
    }
    // Harbor answers a token that is too small or too old with a Basic challenge.
    if (known?.kind === 'bearer') return withScopesOf(known, { ...known, scopes: [fallback] });
    return challenges.some(({ scheme }) => scheme === 'basic') ? { kind: 'basic' } : undefined;
  }

  #admit(realm: string, { registry }: RepositoryAccess, { request, subject }: Query): URL {
    const { trustedRealms = [] } = settingsOf(this.#options.hosts(), registry);
    const admitted = admitRealm(realm, { registry, base: new URL(request.url.origin), trustedRealms });
    if (!admitted.ok) throw failure('UnsafeRealm', subject, admitted.problem.message);
    return admitted.value;
  }

  #tokenRequest(
    credential: Identity,
    scheme: Extract<Scheme, { kind: 'bearer' }>,
    subject: Subject,
  ): TokenRequest {
    const { realm, service, scopes } = scheme;
    const fingerprint = credential === undefined ? '' : this.#fingerprint([credential]);
    return { realm, service, scopes, credential, fingerprint, subject };
  }

  #fingerprint(credentials: readonly RegistryCredential[]): string {
    return credentialFingerprint(credentials, this.#options.fingerprintKey);
  }

  #keyOf(access: RepositoryAccess): string {
    return `${repositoryOf(access)}#${this.#fingerprint(access.credentials)}`;
  }
}

/** Whether an answer is neither a refusal nor "not found". */
function isFound(answer: HttpAnswer | 'rejected'): answer is HttpAnswer {
  return answer !== 'rejected' && ![403, 404, 412].includes(answer.status);
}

/** Notes what an identity came to; the first of a kind counts. */
function add(tally: Tally, index: number, answer: HttpAnswer | 'rejected'): void {
  if (answer === 'rejected') tally.rejected.push(index);
  else if (answer.status === 404) tally.notFound ??= { answer, index };
  else tally.forbidden ??= answer;
}

function isText(text: string | undefined): text is string {
  return text !== undefined;
}

function repositoryOf({ registry, path }: RepositoryAccess): string {
  return `${registry}/${path}`;
}

function isChallenge(answer: HttpAnswer): boolean {
  if (answer.status === 401) return true;
  if (answer.status !== 403) return false;
  return parseChallenges(headerLines(answer, 'www-authenticate')).some(
    ({ parameters }) => parameters.get('error') === 'insufficient_scope',
  );
}

function refused(answer: HttpAnswer): HttpAnswer | 'rejected' {
  return answer.status === 401 ? 'rejected' : answer;
}

/** Keeps the scopes that the same token server was asked for before, the new ones first: some heed only the first. */
function withScopesOf(known: Scheme | undefined, scheme: Extract<Scheme, { kind: 'bearer' }>): Scheme {
  if (known?.kind !== 'bearer' || known.realm.href !== scheme.realm.href) return scheme;
  const scopes = [...new Set([...scheme.scopes, ...known.scopes])].slice(0, mostScopes);
  return { ...scheme, scopes };
}

function refusal(
  forbidden: HttpAnswer | undefined,
  access: RepositoryAccess,
  subject: Subject,
): RegistryError {
  if (forbidden !== undefined) {
    const { status, body } = forbidden;
    return refusalOf({ status, body, contentType: mediaTypeOf(forbidden), retryAfter: undefined }, subject);
  }
  const sources = access.credentials.map(({ source }) => source).join(', ');
  const tried =
    sources === '' ? 'anonymous access is refused' : `neither ${sources} nor anonymous access is accepted`;
  return failure('Unauthorized', subject, `${tried}; give the workload a pull secret that may read it`);
}
