import { isIP } from 'node:net';
import { ok, problem, type Result } from '../model/result.ts';
import { scrub } from './errors.ts';
import { hostKey } from './hosts.ts';

/** Token servers that registries are known to use although neither is the other's host or parent. */
const knownRealmHosts: Readonly<Record<string, readonly string[]>> = {
  'docker.io': ['auth.docker.io'],
  'docker.elastic.co': ['docker-auth.elastic.co'],
};

/** What a realm is judged against. */
export interface RealmContext {
  /** Canonical registry host. */
  readonly registry: string;
  /** Where the registry's API was spoken to. */
  readonly base: URL;
  /** Further token hosts (`host[:port]`) that the operator allows for this registry. */
  readonly trustedRealms: readonly string[];
}

/**
 * Admits a token server that a challenge named, or says why no credential may go there.
 * It must use https (http only where the registry itself does, on the same host), carry no user name, and be the
 * registry's own host and port, a parent domain of it (`gitlab.example.com` of `registry.gitlab.example.com`), known
 * for the registry, or configured. A sibling is not enough: nothing but a list of public suffixes could tell whether
 * two names under one domain have one owner, and such a list is never complete.
 */
export function admitRealm(text: string, context: RealmContext): Result<URL> {
  const refuse = (why: string) =>
    problem(
      'UnsafeRealm',
      `the registry names the token server "${scrub(text)}", ${why}; nothing was sent to it`,
    );
  if (!URL.canParse(text)) return refuse('which is not a URL');
  const realm = new URL(text);
  const { base } = context;
  if (realm.username !== '' || realm.password !== '') {
    return problem(
      'UnsafeRealm',
      'the registry names a token server with a user name; nothing was sent to it',
    );
  }
  const mayBePlain = base.protocol === 'http:' && realm.hostname === base.hostname;
  if (realm.protocol !== 'https:' && !(realm.protocol === 'http:' && mayBePlain)) {
    return refuse('which is not https');
  }
  if (!isRelated(realm, context)) {
    return refuse(
      `which does not belong to it; if it does, add ${scrub(realm.host)} to trusted_realms of ${context.registry} in the registries file`,
    );
  }
  return ok(realm);
}

function isRelated(realm: URL, { registry, base, trustedRealms }: RealmContext): boolean {
  if (realm.host === base.host || trustedRealms.includes(realm.host)) return true;
  const key = hostKey(registry);
  const known = Object.hasOwn(knownRealmHosts, key) ? knownRealmHosts[key] : undefined;
  return known?.includes(realm.host) === true || isParent(realm, base);
}

/**
 * Whether a host is a parent domain of the registry, on the port of https. Who holds a domain decides about every
 * name below it, so a parent learns nothing that it could not take. Single labels and addresses are no parents.
 */
function isParent(realm: URL, base: URL): boolean {
  const parent = realm.hostname.replace(/\.$/, '');
  if (realm.port !== '' || isIP(parent) !== 0 || !parent.includes('.')) return false;
  return base.hostname.replace(/\.$/, '').endsWith(`.${parent}`);
}
