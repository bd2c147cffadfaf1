import type { RegistryCredential } from '../model/ports.ts';
import { Secret } from '../model/secret.ts';
import type { HttpRequest } from './http-exchange.ts';
import type { TokenRequest } from './tokens.ts';

const largestAnswer = 64 * 1024;
const clientId = 'plimsoll';

/** The user name that stands for "the password is an identity token" in Docker's configuration. */
export const identityTokenUser = '<token>';

/** Asks for a token by GET, with the credential as Basic where there is one. */
export function tokenByGet({ realm, service, scopes, credential }: TokenRequest): HttpRequest {
  const url = plain(realm);
  if (service !== undefined) url.searchParams.set('service', service);
  for (const scope of scopes) url.searchParams.append('scope', scope);
  const authorization = credential && basicAuthorization(credential);
  return { method: 'GET', url, headers: { accept: 'application/json' }, authorization, limit: largestAnswer };
}

/**
 * Asks for a token by POST, with an identity token or with user name and password in the form. A further refresh token
 * is not asked for (`access_type=offline`): many servers get that wrong.
 */
export function tokenByPost(
  { realm, service, scopes }: TokenRequest,
  { username, password, kind }: RegistryCredential,
): HttpRequest {
  const form = new URLSearchParams({ client_id: clientId });
  if (service !== undefined) form.set('service', service);
  form.set('scope', scopes.join(' '));
  if (kind === 'identity-token') {
    form.set('grant_type', 'refresh_token');
    form.set('refresh_token', password.reveal());
  } else {
    form.set('grant_type', 'password');
    form.set('username', username);
    form.set('password', password.reveal());
  }
  return {
    method: 'POST',
    url: plain(realm),
    headers: { accept: 'application/json' },
    authorization: undefined,
    form: new Secret(form.toString()),
    limit: largestAnswer,
  };
}

/** The `Authorization` of a user name and password (RFC 7617). */
export function basicAuthorization({ username, password }: RegistryCredential): Secret {
  return new Secret(`Basic ${Buffer.from(`${username}:${password.reveal()}`).toString('base64')}`);
}

function plain(realm: URL): URL {
  const url = new URL(realm);
  url.hash = '';
  return url;
}
