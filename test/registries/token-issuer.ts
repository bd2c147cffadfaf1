import { createPrivateKey, sign, X509Certificate } from 'node:crypto';
import { HttpServer, sendJson } from '../support/http-server.ts';

/** Who may have which tokens. */
export interface TokenIssuerOptions {
  /** Key and certificate in PEM (P-256); the registry trusts the certificate. */
  readonly key: string;
  readonly cert: string;
  readonly issuer: string;
  readonly service: string;
  /** Passwords by user name; everybody of them may pull what is asked for. */
  readonly users: Readonly<Record<string, string>>;
}

/** A token server as distribution specifies it, which signs what the registry verifies. */
export class TokenIssuer {
  readonly server: HttpServer;

  private constructor(server: HttpServer) {
    this.server = server;
  }

  /** Address of the token endpoint. */
  get realm(): string {
    return `${this.server.url}/token`;
  }

  static async start(options: TokenIssuerOptions): Promise<TokenIssuer> {
    const server = await HttpServer.start(({ method, query, headers, body }, response) => {
      const form = new URLSearchParams(body);
      const asked = method === 'POST' ? form : query;
      const user =
        method === 'POST' ? userOfForm(form, options) : userOfHeader(headers.authorization, options);
      if (user === undefined) {
        sendJson(response, { errors: [{ code: 'UNAUTHORIZED' }] }, 401);
        return;
      }
      const token = issue(
        options,
        user,
        asked.getAll('scope').flatMap((scope) => scope.split(' ')),
      );
      sendJson(response, { access_token: token, token, expires_in: 300 });
    });
    return new TokenIssuer(server);
  }

  async close(): Promise<void> {
    await this.server.close();
  }
}

function userOfHeader(authorization: string | undefined, { users }: TokenIssuerOptions): string | undefined {
  const encoded = /^Basic (.+)$/.exec(authorization ?? '')?.[1] ?? '';
  const [user = '', password] = Buffer.from(encoded, 'base64').toString('utf8').split(':');
  return password !== undefined && users[user] === password ? user : undefined;
}

/** An identity token is the password of its user, in front of the name. */
function userOfForm(form: URLSearchParams, { users }: TokenIssuerOptions): string | undefined {
  const [password, user = ''] = (form.get('refresh_token') ?? '').split(':');
  const isRight = form.get('grant_type') === 'refresh_token' && user !== '';
  return isRight && users[user] === password ? user : undefined;
}

/** A JSON Web Token with the certificate of its key (RFC 7515, section 4.1.6). */
function issue(
  { key, cert, issuer, service }: TokenIssuerOptions,
  user: string,
  scopes: readonly string[],
): string {
  const now = Math.floor(Date.now() / 1_000);
  const access = scopes.map((scope) => {
    const [type = '', name = '', actions = ''] = scope.split(':');
    return { type, name, actions: actions.split(',').filter((action) => action === 'pull') };
  });
  const certificate = new X509Certificate(cert).raw.toString('base64');
  const header = { typ: 'JWT', alg: 'ES256', x5c: [certificate] };
  const claims = {
    iss: issuer,
    sub: user,
    aud: service,
    exp: now + 300,
    nbf: now - 60,
    iat: now,
    jti: `${now}`,
    access,
  };
  const text = [header, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  const signature = sign('sha256', Buffer.from(text), {
    key: createPrivateKey(key),
    dsaEncoding: 'ieee-p1363',
  });
  return `${text}.${signature.toString('base64url')}`;
}
