import picomatch from 'picomatch';
import { RE2JS } from 're2js';
import type { RegistryCredential } from '../model/ports.ts';
import { ok, problem, type Result } from '../model/result.ts';
import { Secret } from '../model/secret.ts';
import { hostKey, type HostSettings, type HostTable, type MirrorEndpoint } from './hosts.ts';
import { readAuth } from './pull-secrets.ts';
import type { HostEntry, MirrorEntry, RegistriesFile } from './registries-file.ts';

/** A look that may use credentials of the operator. */
export interface CredentialNeed {
  readonly namespace: string;
  readonly registry: string;
  readonly path: string;
}

/** The registries file with everything that it names. */
export interface Registries {
  readonly hosts: HostTable;
  /** The operator's credentials for a repository and for its mirrors, as far as the namespace may use them. */
  readonly credentialsFor: (need: CredentialNeed) => readonly RegistryCredential[];
}

/** No registries file. */
export const noRegistries: Registries = { hosts: {}, credentialsFor: () => [] };

/** A credential and whom it is for. */
interface Grant {
  readonly credential: RegistryCredential;
  readonly allows: (need: CredentialNeed) => boolean;
}

/**
 * Brings a parsed registries file into the form that the client works with. `read` gives the text of a file that it
 * names; what cannot be read or used is a problem with the host and the key.
 */
export function buildRegistries(
  file: RegistriesFile,
  read: (path: string) => Result<string>,
): Result<Registries> {
  const hosts: Record<string, HostSettings> = {};
  const grants = new Map<string, Grant>();
  for (const [host, entry] of file.configs) {
    const key = host === '*' ? host : hostKey(host);
    const settings = settingsFrom(entry, read);
    if (!settings.ok) return inside(host, settings.problem.message);
    hosts[key] = settings.value;
    const grant = grantFrom(key, entry, read);
    if (!grant.ok) return inside(host, grant.problem.message);
    if (grant.value !== undefined) grants.set(key, grant.value);
  }
  for (const [host, mirror] of file.mirrors) {
    const mirrors = mirrorsFrom(mirror);
    if (!mirrors.ok) return inside(host, mirrors.problem.message);
    const key = host === '*' ? host : hostKey(host);
    hosts[key] = { ...hosts[key], mirrors: mirrors.value };
    // Whoever names an endpoint names its host.
    for (const { base } of mirrors.value) hosts[hostKey(base.host)] ??= {};
  }
  // The mirrors of `*` are for every host without mirrors of its own, whatever else was said about it.
  const everywhere = hosts['*']?.mirrors;
  if (everywhere !== undefined) {
    for (const [key, settings] of Object.entries(hosts)) hosts[key] = { mirrors: everywhere, ...settings };
  }
  return ok({ hosts, credentialsFor: (need) => credentialsOf(hosts, grants, need) });
}

function settingsFrom(entry: HostEntry, read: (path: string) => Result<string>): Result<HostSettings> {
  const { insecureSkipVerify, rate, concurrency, pageSize, pullReserve, trustedRealms } = entry;
  const tls = tlsFrom(entry, read);
  if (!tls.ok) return tls;
  return ok({
    ...tls.value,
    ...(insecureSkipVerify && { insecureSkipVerify }),
    ...(rate !== undefined && { rate }),
    ...(concurrency !== undefined && { concurrency }),
    ...(pageSize !== undefined && { pageSize }),
    ...(pullReserve !== undefined && { pullReserve }),
    ...(trustedRealms.length > 0 && { trustedRealms }),
  });
}

function tlsFrom(
  { caFile, certFile, keyFile }: HostEntry,
  read: (path: string) => Result<string>,
): Result<Pick<HostSettings, 'ca' | 'clientCertificate'>> {
  const ca = caFile === undefined ? undefined : read(caFile);
  if (ca?.ok === false) return ca;
  const trust = ca === undefined ? {} : { ca: ca.value };
  if (certFile === undefined || keyFile === undefined) return ok(trust);
  const cert = read(certFile);
  if (!cert.ok) return cert;
  const key = read(keyFile);
  if (!key.ok) return key;
  return ok({ ...trust, clientCertificate: { cert: cert.value, key: new Secret(key.value) } });
}

function grantFrom(
  host: string,
  entry: HostEntry,
  read: (path: string) => Result<string>,
): Result<Grant | undefined> {
  const { username = '', password, passwordFile, auth, identityToken, namespaces, repositories } = entry;
  const source = `the registries file (${host})`;
  const allows = ({ namespace, path }: CredentialNeed) =>
    (namespaces === undefined || namespaces.some((glob) => matches(glob, namespace))) &&
    (repositories === undefined || repositories.some((glob) => matches(glob, path)));
  const grant = (credential: Omit<RegistryCredential, 'source'>) =>
    ok({ credential: { ...credential, source }, allows });
  if (identityToken !== undefined) {
    return grant({ username, password: new Secret(identityToken), kind: 'identity-token' });
  }
  if (auth !== undefined) {
    const pair = readAuth(auth);
    return pair === undefined
      ? problem('SecretUnreadable', 'auth is not base64 of username:password')
      : grant({ username: pair.username, password: new Secret(pair.password) });
  }
  if (password !== undefined) return grant({ username, password: new Secret(password) });
  if (passwordFile === undefined) return ok(undefined);
  const text = read(passwordFile);
  // Editors and `echo` end a file with a line break that is no part of the password.
  return text.ok ? grant({ username, password: new Secret(text.value.replace(/\r?\n$/, '')) }) : text;
}

function matches(glob: string, text: string): boolean {
  return picomatch.isMatch(text, glob, { noextglob: true, nonegate: true, dot: true, maxLength: 1_024 });
}

function mirrorsFrom({ endpoints, rewrites }: MirrorEntry): Result<readonly MirrorEndpoint[]> {
  const rules: (readonly [RE2JS, string])[] = [];
  for (const [pattern, replacement] of rewrites) {
    try {
      rules.push([RE2JS.compile(pattern), replacement]);
    } catch {
      return problem('SecretUnreadable', 'a key of rewrite is not a regular expression (RE2)');
    }
  }
  const rewrite = (path: string) => {
    const rule = rules.find(([pattern]) => pattern.matcher(path).find());
    return rule === undefined ? path : rule[0].matcher(path).replaceAll(rule[1]);
  };
  return ok(endpoints.map((endpoint) => ({ base: apiAddress(endpoint), rewrite })));
}

/** K3s' rule: an endpoint without a path has its API at `/v2`, one with a path has it there. */
function apiAddress(endpoint: URL): URL {
  const path = endpoint.pathname.replace(/\/+$/, '');
  return new URL(path === '' ? '/v2' : path, endpoint);
}

function credentialsOf(
  hosts: HostTable,
  grants: ReadonlyMap<string, Grant>,
  need: CredentialNeed,
): readonly RegistryCredential[] {
  const registry = hostKey(need.registry);
  const own = grants.get(registry);
  const found = own?.allows(need) === true ? [own.credential] : [];
  const mirrors = (Object.hasOwn(hosts, registry) ? hosts[registry] : hosts['*'])?.mirrors ?? [];
  for (const { base } of mirrors) {
    const host = hostKey(base.host);
    const grant = grants.get(host);
    if (host !== registry && grant?.allows(need) === true) found.push({ ...grant.credential, host });
  }
  return found;
}

function inside(host: string, message: string): ReturnType<typeof problem> {
  return problem('SecretUnreadable', `${host}: ${message}`);
}
