import { createHmac } from 'node:crypto';
import { at, isJsonObject, textAt } from '../model/json.ts';
import type { RegistryCredential } from '../model/ports.ts';
import { problem, ok, type Problem, type Result } from '../model/result.ts';
import { Secret } from '../model/secret.ts';
import { scrub } from './errors.ts';
import { matchesHost } from './host-glob.ts';
import { identityTokenUser } from './token-request.ts';

/** One registry entry of a pull secret. */
export interface PullSecretEntry {
  /** The entry's key without scheme and API version: `host[:port][/path]`, maybe with globs in the host. */
  readonly key: string;
  readonly credential: RegistryCredential;
}

/** What a pull secret holds: its good entries, and what is wrong with the others. */
export interface PullSecret {
  readonly entries: readonly PullSecretEntry[];
  readonly problems: readonly Problem[];
}

/** Most entries that are read of one secret (the API server caps a Secret at 1 MiB). */
const mostEntries = 1_000;

/**
 * Reads a Secret object of the API, of type `kubernetes.io/dockerconfigjson` or `kubernetes.io/dockercfg`.
 * A malformed entry is told and does not discard the others. No text of the secret is in any problem.
 */
export function parsePullSecret(secret: unknown): PullSecret {
  const name = `secret ${textAt(secret, 'metadata', 'namespace') ?? ''}/${textAt(secret, 'metadata', 'name') ?? ''}`;
  const unreadable = (why: string): PullSecret => ({ entries: [], problems: [refusal(name, why).problem] });
  const type = textAt(secret, 'type');
  if (type !== 'kubernetes.io/dockerconfigjson' && type !== 'kubernetes.io/dockercfg') {
    return unreadable('its type is not kubernetes.io/dockerconfigjson');
  }
  const field = type === 'kubernetes.io/dockercfg' ? '.dockercfg' : '.dockerconfigjson';
  const document = parseJson(decodeBase64(textAt(secret, 'data', field) ?? ''));
  const auths = field === '.dockercfg' ? document : at(document, 'auths');
  if (!isJsonObject(auths)) return unreadable(`its data has no ${field} with registries`);

  const entries: PullSecretEntry[] = [];
  const problems: Problem[] = [];
  for (const [key, value] of Object.entries(auths).slice(0, mostEntries)) {
    const credential = readCredential(value, name, key);
    if (credential.ok) entries.push({ key: normaliseKey(key), credential: credential.value });
    else problems.push(credential.problem);
  }
  return { entries, problems };
}

/**
 * The credentials of all entries that match a repository, in the order in which the kubelet tries them: longer and
 * later keys first, entries of equal keys in the order given. The matching is the kubelet's: see {@link matchesHost}
 * for hosts; ports must be equal; a path is a plain prefix of the repository's.
 */
export function matchCredentials(
  entries: readonly PullSecretEntry[],
  registry: string,
  path: string,
): readonly RegistryCredential[] {
  return entries
    .filter(({ key }) => matchesRepository(key, registry, path))
    .sort((a, b) => (a.key === b.key ? 0 : a.key < b.key ? 1 : -1))
    .map(({ credential }) => credential);
}

/**
 * Stands for a list of credentials in keys of caches: equal for equal credentials in equal order, and useless without
 * `key`, which is random for each process. Where they were found does not count. `anonymous` where there are none.
 */
export function credentialFingerprint(credentials: readonly RegistryCredential[], key: Uint8Array): string {
  if (credentials.length === 0) return 'anonymous';
  const content = credentials.map(({ username, password, kind = 'password', host = '' }) => [
    username,
    password.reveal(),
    kind,
    host,
  ]);
  return createHmac('sha256', key).update(JSON.stringify(content)).digest('base64url');
}

function readCredential(value: unknown, name: string, key: string): Result<RegistryCredential> {
  const found = readTokens(value) ?? readPair(value);
  if (found === undefined) {
    return refusal(
      name,
      `its entry "${scrub(key.replace(/^.*@/s, ''))}" has neither username and password nor a valid auth`,
    );
  }
  const { username, password, kind } = found;
  return ok({ username, password: new Secret(password), source: name, ...(kind && { kind }) });
}

interface Found {
  readonly username: string;
  readonly password: string;
  readonly kind?: Exclude<RegistryCredential['kind'], undefined>;
}

/** Tokens that `docker login` leaves instead of a password. */
function readTokens(value: unknown): Found | undefined {
  const registryToken = textAt(value, 'registrytoken') ?? '';
  if (registryToken !== '') return { username: '', password: registryToken, kind: 'registry-token' };
  const identityToken = textAt(value, 'identitytoken') ?? '';
  if (identityToken === '') return undefined;
  return {
    username: readPair(value)?.username ?? identityTokenUser,
    password: identityToken,
    kind: 'identity-token',
  };
}

/** `auth` counts before user name and password, as for the kubelet. */
function readPair(value: unknown): Found | undefined {
  const auth = textAt(value, 'auth') ?? '';
  if (auth !== '') return asToken(readAuth(auth));
  const username = textAt(value, 'username') ?? '';
  const password = textAt(value, 'password');
  return username === '' || password === undefined ? undefined : asToken({ username, password });
}

/** With the user name `<token>` a password is an identity token. */
function asToken(pair: Found | undefined): Found | undefined {
  return pair?.username === identityTokenUser ? { ...pair, kind: 'identity-token' } : pair;
}

/** User name and password of `auth`: base64, split at the first colon. Undefined where it is something else. */
export function readAuth(auth: string): { username: string; password: string } | undefined {
  const text = decodeBase64(auth) ?? '';
  const colon = text.indexOf(':');
  return colon <= 0 ? undefined : { username: text.slice(0, colon), password: text.slice(colon + 1) };
}

/** Strips what Docker clients write around a key: `https://index.docker.io/v1/` is `index.docker.io`. */
function normaliseKey(key: string): string {
  const [, host = '', path = ''] = /^(?:https?:\/\/)?([^/]*)(.*)$/s.exec(key) ?? [];
  const below = /^\/v[12](?:\/|$)/.test(path) ? path.slice(3) : path;
  return below === '/' ? host : `${host}${below}`;
}

function matchesRepository(key: string, registry: string, path: string): boolean {
  const slash = key.indexOf('/');
  const host = slash < 0 ? key : key.slice(0, slash);
  const keyPath = slash < 0 ? '' : key.slice(slash + 1);
  if (!path.startsWith(keyPath)) return false;
  if (registry === 'docker.io' && dockerHubKeys.has(host)) return true;
  const [pattern, patternPort] = splitPort(host);
  const [name, port] = splitPort(registry);
  return patternPort === port && matchesHost(pattern, name);
}

const dockerHubKeys = new Set(['docker.io', 'index.docker.io', 'registry-1.docker.io']);

function splitPort(host: string): readonly [string, string] {
  const [, name = '', port = ''] = /^(.*?)(?::(\d+))?$/s.exec(host) ?? [];
  return [name.replace(/^\[(.*)\]$/, '$1'), port];
}

/** Standard alphabet, with or without padding; undefined where it is something else. */
function decodeBase64(text: string): string | undefined {
  const compact = text.replaceAll(/\s/g, '');
  if (compact === '' || !/^[A-Za-z0-9+/]+={0,2}$/.test(compact)) return undefined;
  return Buffer.from(compact, 'base64').toString('utf8');
}

function parseJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}

function refusal(name: string, why: string): ReturnType<typeof problem> {
  return problem('SecretUnreadable', `${name}: ${why}; make it with kubectl create secret docker-registry`);
}
