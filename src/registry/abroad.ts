import { parseChallenges } from './challenge.ts';
import { settingsOf, type HostTableSource } from './hosts.ts';
import { headerLines, type HttpAnswer } from './http-exchange.ts';
import type { Errand, HttpClient } from './http.ts';
import { admitRealm } from './realm.ts';
import type { TokenSource } from './tokens.ts';

/** What reading abroad takes. */
interface Tools {
  readonly http: Pick<HttpClient, 'send'>;
  readonly tokens: Pick<TokenSource, 'get'>;
  readonly hosts: HostTableSource;
}

/**
 * Goes on where a registry redirected to another origin and that asks for a token, as registries do that are only a
 * name in front of another one (`lscr.io`). No credential of the registry is ever used there: the token is an anonymous
 * one, of a token server that belongs to the other host. Every other answer comes back without its challenges, so that
 * nobody takes them for the registry's own (CVE-2020-15157).
 */
export async function readAbroad(
  { http, tokens, hosts }: Tools,
  answer: HttpAnswer,
  { errand, signal }: { readonly errand: Errand; readonly signal: AbortSignal },
): Promise<HttpAnswer> {
  if (answer.status !== 401) return withoutChallenges(answer);
  const { url } = answer;
  const { subject } = errand;
  const bearer = parseChallenges(headerLines(answer, 'www-authenticate')).find(
    ({ scheme }) => scheme === 'bearer',
  )?.parameters;
  const { trustedRealms = [] } = settingsOf(hosts(), url.host);
  const context = { registry: url.host, base: new URL(url.origin), trustedRealms };
  const realm = admitRealm(bearer?.get('realm') ?? '', context);
  if (bearer === undefined || !realm.ok) return withoutChallenges(answer);

  const scopes = (bearer.get('scope') ?? '').split(' ').filter((scope) => scope !== '');
  const service = bearer.get('service');
  const request = { realm: realm.value, service, scopes, credential: undefined, fingerprint: '', subject };
  const authorization = await tokens.get(request, signal);
  if (authorization === 'rejected') return withoutChallenges(answer);
  const again = { ...errand, request: { ...errand.request, url, authorization } };
  return withoutChallenges(await http.send(again, signal));
}

function withoutChallenges(answer: HttpAnswer): HttpAnswer {
  const { 'www-authenticate': _challenges, ...headers } = answer.headers;
  return { ...answer, headers };
}
