import { failure, type Subject } from './errors.ts';
import { headerOf, type HttpAnswer, type HttpRequest } from './http-exchange.ts';

/** What is redirected, and whether it may leave its origin. */
export interface Redirectable {
  readonly request: HttpRequest;
  readonly subject: Subject;
  readonly leavesOrigin?: boolean;
}

/**
 * The request that a redirect asks for, or undefined where the answer is none. Within the origin (scheme, host and
 * port) everything is kept; to another one the request goes without credentials, and stays so on every later hop.
 * Fails as UnsafeRealm where it leads from https to http, to something else than http, to an address with a user name,
 * or away from an origin that must not be left. Texts of the location are not shown: they may hold signatures.
 */
export function redirectOf(
  answer: HttpAnswer,
  { request, subject, leavesOrigin = false }: Redirectable,
): HttpRequest | undefined {
  const location = headerOf(answer, 'location');
  if (![301, 302, 303, 307, 308].includes(answer.status) || location === undefined) return undefined;
  const refuse = (why: string) =>
    failure('UnsafeRealm', subject, `the registry redirects ${why}, which is not followed`);
  const { url } = request;
  if (!URL.canParse(location, url.href)) throw refuse('to what is no address');
  const target = new URL(location, url);
  target.hash = '';
  // Only 307 and 308 repeat the body of a request (RFC 9110, section 15.4).
  const isSame = target.origin === url.origin;
  if (request.form !== undefined && (!isSame || answer.status < 307)) {
    throw refuse('a request that holds a credential');
  }
  if (isSame) return { ...request, url: target };
  const why = leavesOrigin ? unsafe(target, url) : 'to another host';
  if (why !== undefined) throw refuse(why);
  return { ...request, url: target, authorization: undefined };
}

/** Why another origin must not be followed to at all. */
function unsafe(target: URL, from: URL): string | undefined {
  if (target.username !== '' || target.password !== '') return 'to an address with a user name';
  if (target.protocol === 'https:') return undefined;
  const isPlain = target.protocol === 'http:' && from.protocol === 'http:';
  return isPlain ? undefined : 'to another scheme than https';
}
