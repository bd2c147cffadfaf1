import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Secret } from '../../model/secret.ts';

/** Where a request goes, and whether it knows the token. */
export interface Identified {
  /** The address without the token that may stand in front of its path. */
  readonly url: URL;
  readonly authorized: boolean;
}

/**
 * Looks for the token: in the header `Authorization: Bearer`, or as the first segment of the path.
 * The latter is for kubectl, which sends no header at all to a server without TLS (client-go's `clientcmd`
 * reads credentials for https only); {@link addressWithToken} makes its address.
 */
export function identify({ url: address = '/', headers }: IncomingMessage, token: Secret): Identified {
  const url = new URL(address, 'http://localhost');
  const bearer = /^Bearer (.+)$/i.exec(headers.authorization ?? '')?.[1];
  const [, first = '', ...rest] = url.pathname.split('/');
  const inPath = same(first, encodeURIComponent(token.reveal()));
  if (inPath) url.pathname = `/${rest.join('/')}`;
  return { url, authorized: inPath || (bearer !== undefined && same(bearer, token.reveal())) };
}

/** An address of the server that carries the token in its path. */
export function addressWithToken(server: string, token: Secret): string {
  return `${server}/${encodeURIComponent(token.reveal())}`;
}

/** Compares in a time that does not depend on the texts. */
function same(given: string, expected: string): boolean {
  return timingSafeEqual(digest(given), digest(expected));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
