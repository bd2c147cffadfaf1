import { isIP } from 'node:net';
import { ok, problem, type Result } from '../model/result.ts';
import { scrub } from './errors.ts';

/** Token servers that registries are known to use although they share no domain with them. */
const knownRealmHosts: Readonly<Record<string, readonly string[]>> = {
  'docker.io': ['auth.docker.io'],
};

/** Under these, every customer has a name of their own, so sharing them means nothing. */
const sharedSuffixes = [
  'amazonaws.com',
  'amazonaws.com.cn',
  'azurecr.io',
  'azurecr.cn',
  'azurecr.us',
  'cloudapp.azure.com',
  'azurewebsites.net',
  'cloudfront.net',
  'fly.dev',
  'github.io',
  'gitlab.io',
  'herokuapp.com',
  'jfrog.io',
  'on.aws',
  'pages.dev',
  'pkg.dev',
  'run.app',
  'vercel.app',
  'workers.dev',
];
/** Second levels under country domains that belong to everybody: `co.uk`, `com.br`. */
const genericSecondLevels = new Set([
  'ac',
  'co',
  'com',
  'edu',
  'gob',
  'gouv',
  'gov',
  'ltd',
  'mil',
  'ne',
  'net',
  'or',
  'org',
  'nom',
  'go',
]);

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
 * registry's own host and port, share its registrable domain, be known for the registry, or be configured.
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
    return refuse(`which does not belong to it; if it does, add ${realm.host} to its trusted realms`);
  }
  return ok(realm);
}

function isRelated(realm: URL, { registry, base, trustedRealms }: RealmContext): boolean {
  if (realm.host === base.host) return true;
  if (trustedRealms.includes(realm.host)) return true;
  if (Object.hasOwn(knownRealmHosts, registry) && knownRealmHosts[registry]?.includes(realm.host) === true)
    return true;
  const domain = registrableDomain(realm.hostname);
  return domain !== undefined && domain === registrableDomain(base.hostname);
}

/**
 * The domain that one owner holds, or undefined for addresses, single labels and names under shared suffixes.
 * A cautious stand-in for the public suffix list: what it does not know it treats as one owner less often, not more.
 */
export function registrableDomain(hostname: string): string | undefined {
  const name = hostname.toLowerCase().replace(/\.$/, '');
  if (isIP(name) !== 0 || name.startsWith('[')) return undefined;
  if (sharedSuffixes.some((suffix) => name === suffix || name.endsWith(`.${suffix}`))) return undefined;
  const labels = name.split('.');
  const [second = '', top = ''] = labels.slice(-2);
  const size = top.length === 2 && genericSecondLevels.has(second) ? 3 : 2;
  return labels.length < size ? undefined : labels.slice(-size).join('.');
}
