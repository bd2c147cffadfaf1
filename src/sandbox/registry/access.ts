import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { isJsonObject, listAt, numberAt, textAt } from '../../model/json.ts';
import type { Clock } from '../../model/ports.ts';
import { errorReply, jsonReply, type Call, type Reply } from './exchange.ts';

/** How an embedded registry admits its clients. */
export interface AccessOptions {
  readonly auth: 'none' | 'basic' | 'token';
  /** Passwords by user name; every user may pull and push. */
  readonly users: Readonly<Record<string, string>>;
  /** Whether clients without credentials may pull. */
  readonly anonymousPull: boolean;
  /** Seconds that a token lives. */
  readonly tokenSeconds: number;
  readonly clock: Clock;
}

type Action = 'pull' | 'push';

const service = 'embedded-registry';

/** Decides who may do what: nobody asked, Basic, or signed tokens of an own token endpoint. */
export class AccessControl {
  readonly #options: AccessOptions;
  readonly #key = randomBytes(32);

  constructor(options: AccessOptions) {
    this.#options = options;
  }

  /** The refusal of a call, or undefined where it may go on. `origin` is where the token endpoint is told to be. */
  refuse(call: Call, origin: string): Reply | undefined {
    const { auth } = this.#options;
    if (auth === 'none' || call.route.operation === 'token') return undefined;
    const action = call.method === 'GET' || call.method === 'HEAD' ? 'pull' : 'push';
    return auth === 'basic' ? this.#refuseBasic(call, action) : this.#refuseBearer(call, action, origin);
  }

  /** Answers the token endpoint (distribution, docs/spec/auth/token.md). */
  issue(call: Call): Reply {
    const { authorization } = call.headers;
    const user = this.#userOf(call);
    if (authorization !== undefined && user === undefined) {
      return errorReply(401, 'UNAUTHORIZED', 'incorrect username or password');
    }
    const mayPull = user !== undefined || this.#options.anonymousPull;
    const granted = new Set([...(mayPull ? ['pull'] : []), ...(user === undefined ? [] : ['push'])]);
    const access = call.url.searchParams
      .getAll('scope')
      .flatMap((scope) => scope.split(' '))
      .map((scope) => /^repository:([^:]+):([a-z,*]+)$/.exec(scope))
      .filter((match) => match !== null)
      .map(([, name = '', actions = '']) => ({
        name,
        actions: actions.split(',').filter((action) => granted.has(action)),
      }));
    const { clock, tokenSeconds } = this.#options;
    const token = this.#sign({ sub: user ?? '', access, exp: clock.now() + tokenSeconds * 1_000 });
    const issued = new Date(clock.now()).toISOString();
    return jsonReply(200, { token, access_token: token, expires_in: tokenSeconds, issued_at: issued });
  }

  #refuseBasic(call: Call, action: Action): Reply | undefined {
    if (this.#userOf(call) !== undefined) return undefined;
    const isOpen =
      this.#options.anonymousPull && action === 'pull' && call.headers.authorization === undefined;
    return isOpen ? undefined : unauthorized('Basic realm="Embedded Registry"');
  }

  #refuseBearer(call: Call, action: Action, origin: string): Reply | undefined {
    const { repository } = call.route;
    const token = /^bearer (.+)$/i.exec(call.headers.authorization ?? '')?.[1];
    if (token !== undefined && this.#allows(token, repository, action)) return undefined;
    const actions = action === 'pull' ? 'pull' : 'pull,push';
    const scope = repository === undefined ? '' : `,scope="repository:${repository}:${actions}"`;
    const error = token === undefined ? '' : ',error="invalid_token"';
    return unauthorized(`Bearer realm="${origin}/token",service="${service}"${scope}${error}`);
  }

  #userOf(call: Call): string | undefined {
    const encoded = /^basic (.+)$/i.exec(call.headers.authorization ?? '')?.[1] ?? '';
    const text = Buffer.from(encoded, 'base64').toString('utf8');
    const colon = text.indexOf(':');
    const user = text.slice(0, Math.max(0, colon));
    const { users } = this.#options;
    return Object.hasOwn(users, user) && users[user] === text.slice(colon + 1) ? user : undefined;
  }

  #sign(claims: object): string {
    const payload = Buffer.from(JSON.stringify(claims)).toString('base64url');
    return `${payload}.${this.#seal(payload).toString('base64url')}`;
  }

  #seal(payload: string): Buffer {
    return createHmac('sha256', this.#key).update(payload).digest();
  }

  #allows(token: string, repository: string | undefined, action: Action): boolean {
    const [payload = '', seal = ''] = token.split('.');
    const expected = this.#seal(payload);
    const given = Buffer.from(seal, 'base64url');
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return false;
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
    if (!isJsonObject(claims) || (numberAt(claims, 'exp') ?? 0) <= this.#options.clock.now()) return false;
    if (repository === undefined) return true;
    return listAt(claims, 'access').some(
      (entry) => textAt(entry, 'name') === repository && listAt(entry, 'actions').includes(action),
    );
  }
}

function unauthorized(challenge: string): Reply {
  return errorReply(401, 'UNAUTHORIZED', 'authentication required', { 'www-authenticate': challenge });
}
