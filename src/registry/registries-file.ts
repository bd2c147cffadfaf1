import { isMap, isScalar, isSeq, LineCounter, parseDocument, type Node, type Pair } from 'yaml';
import { ok, problem, type Result } from '../model/result.ts';
import { scrub } from './errors.ts';

/** What the registries file says about one host, before any file that it names is read. */
export interface HostEntry {
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly passwordFile: string | undefined;
  /** `username:password` in base64, as in Docker's configuration. */
  readonly auth: string | undefined;
  readonly identityToken: string | undefined;
  /** Namespaces that may use the credential; undefined for all. */
  readonly namespaces: readonly string[] | undefined;
  /** Globs of repository paths that the credential is for; undefined for all. */
  readonly repositories: readonly string[] | undefined;
  readonly caFile: string | undefined;
  readonly certFile: string | undefined;
  readonly keyFile: string | undefined;
  readonly insecureSkipVerify: boolean;
  readonly rate: number | undefined;
  readonly concurrency: number | undefined;
  readonly pageSize: number | undefined;
  readonly pullReserve: number | undefined;
  readonly trustedRealms: readonly string[];
}

/** Where the content of a registry is looked for first. */
export interface MirrorEntry {
  readonly endpoints: readonly URL[];
  /** Regular expressions (RE2) on the repository path, and what takes their place; the first that matches counts. */
  readonly rewrites: readonly (readonly [pattern: string, replacement: string])[];
}

/** A registries file that was understood. Keys are hosts as written. */
export interface RegistriesFile {
  readonly mirrors: ReadonlyMap<string, MirrorEntry>;
  readonly configs: ReadonlyMap<string, HostEntry>;
}

/** What is wrong and where. */
class Malformed extends Error {
  readonly node: unknown;

  constructor(node: unknown, message: string) {
    super(message);
    this.node = node;
  }
}

/**
 * Reads the text of a registries file: the `registries.yaml` of K3s and RKE2, and a few keys of ours. What is not known
 * is refused with its line and column, since a setting that is misspelt would be one that is missing. No value is ever
 * repeated in a message: it may be a password.
 * @see https://docs.k3s.io/installation/private-registry
 */
export function parseRegistriesFile(text: string, name: string): Result<RegistriesFile> {
  const lines = new LineCounter();
  const refuse = (at: string, why: string) => problem('SecretUnreadable', `${name}${at}: ${why}`);
  const document = parseDocument(text, {
    lineCounter: lines,
    uniqueKeys: true,
    schema: 'core',
    logLevel: 'silent',
  });
  const [fault] = document.errors;
  if (fault !== undefined) {
    const { line, col } = fault.linePos?.[0] ?? { line: 1, col: 1 };
    return refuse(`:${line}:${col}`, `is not YAML (${fault.code})`);
  }
  try {
    return ok(readFile(document.contents));
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    const range = hasRange(error.node) ? error.node.range : undefined;
    const { line, col } = lines.linePos(range?.[0] ?? 0);
    return refuse(`:${line}:${col}`, error.message);
  }
}

function readFile(root: unknown): RegistriesFile {
  const fields = fieldsOf(root, 'the file', ['mirrors', 'configs']);
  return {
    mirrors: eachHost(fields.get('mirrors'), 'mirrors', readMirror),
    configs: eachHost(fields.get('configs'), 'configs', readHost),
  };
}

function eachHost<T>(
  node: unknown,
  what: string,
  read: (node: unknown, host: string) => T,
): ReadonlyMap<string, T> {
  const entries = pairsOf(node, what).map(({ key, value }) => {
    const host = textOf(key, `a host of ${what}`);
    if (host !== '*' && bareHost(host) === undefined) {
      throw new Malformed(key, `a key of ${what} must be a host such as registry.example.com:5000, or "*"`);
    }
    return [host, read(value, host)] as const;
  });
  return new Map(entries);
}

function readMirror(node: unknown, host: string): MirrorEntry {
  const fields = fieldsOf(node, `the mirror of ${host}`, ['endpoint', 'rewrite']);
  const endpoints = itemsOf(fields.get('endpoint'), 'endpoint').map((item) => {
    const text = textOf(item, 'an endpoint');
    const url = URL.canParse(text) ? new URL(text) : undefined;
    const isPlain = url !== undefined && url.username === '' && url.search === '' && url.hash === '';
    if (url === undefined || !isPlain || !['http:', 'https:'].includes(url.protocol)) {
      throw new Malformed(item, 'an endpoint must be an address such as https://mirror.example.com');
    }
    return url;
  });
  const rewrites = pairsOf(fields.get('rewrite'), 'rewrite').map(
    ({ key, value }) => [textOf(key, 'a key of rewrite'), textOf(value, 'a value of rewrite')] as const,
  );
  return { endpoints, rewrites };
}

/** A host of token servers; anything else that people paste there, such as a whole address, would trust nobody. */
function realmHostOf(node: unknown): string {
  const host = bareHost(textOf(node, 'an entry of trusted_realms'));
  if (host !== undefined) return host;
  throw new Malformed(node, 'an entry of trusted_realms must be a host such as sso.example.com:8443');
}

/** A host with its port, unless that is the one of https, as URLs spell it; undefined where a text is more than that. */
function bareHost(text: string): string | undefined {
  const url = URL.canParse(`https://${text}`) ? new URL(`https://${text}`) : undefined;
  return url?.host === text.toLowerCase().replace(/:443$/, '') ? url.host : undefined;
}

const hostKeys = ['auth', 'tls', 'rate', 'concurrency', 'page_size', 'pull_reserve', 'trusted_realms'];
const authKeys = [
  'username',
  'password',
  'password_file',
  'auth',
  'identity_token',
  'namespaces',
  'repositories',
];
const tlsKeys = ['ca_file', 'cert_file', 'key_file', 'insecure_skip_verify'];

function readHost(node: unknown, host: string): HostEntry {
  const fields = fieldsOf(node, `the config of ${host}`, hostKeys);
  const auth = fieldsOf(fields.get('auth'), 'auth', authKeys);
  const tls = fieldsOf(fields.get('tls'), 'tls', tlsKeys);
  const text = (map: Fields, key: string) => {
    const value = map.get(key);
    return value === undefined ? undefined : textOf(value, key);
  };
  const texts = (map: Fields, key: string) => {
    const value = map.get(key);
    return value === undefined
      ? undefined
      : itemsOf(value, key).map((item) => textOf(item, `an entry of ${key}`));
  };
  const entry: HostEntry = {
    username: text(auth, 'username'),
    password: text(auth, 'password'),
    passwordFile: text(auth, 'password_file'),
    auth: text(auth, 'auth'),
    identityToken: text(auth, 'identity_token'),
    namespaces: texts(auth, 'namespaces'),
    repositories: texts(auth, 'repositories'),
    caFile: text(tls, 'ca_file'),
    certFile: text(tls, 'cert_file'),
    keyFile: text(tls, 'key_file'),
    insecureSkipVerify: flagOf(tls.get('insecure_skip_verify'), 'insecure_skip_verify'),
    rate: numberOf(fields.get('rate'), 'rate', { least: 0.01, most: 1_000 }),
    concurrency: numberOf(fields.get('concurrency'), 'concurrency', { least: 1, most: 64, whole: true }),
    pageSize: numberOf(fields.get('page_size'), 'page_size', { least: 1, most: 10_000, whole: true }),
    pullReserve: numberOf(fields.get('pull_reserve'), 'pull_reserve', { least: 0, most: 1 }),
    trustedRealms: itemsOf(fields.get('trusted_realms'), 'trusted_realms').map(realmHostOf),
  };
  checkHost(entry, node);
  if (host === '*' && auth.size > 0) {
    throw new Malformed(node, 'a credential cannot be for every host; name the one that it is for');
  }
  return entry;
}

/** What does not go together. */
function checkHost(entry: HostEntry, node: unknown): void {
  const { username, password, passwordFile, auth, identityToken, certFile, keyFile } = entry;
  const ways = [password, passwordFile, auth, identityToken].filter((way) => way !== undefined);
  if (ways.length > 1)
    throw new Malformed(node, 'auth takes one of password, password_file, auth and identity_token');
  const isPassword = password !== undefined || passwordFile !== undefined;
  if (isPassword && (username ?? '') === '') throw new Malformed(node, 'auth has a password and no username');
  if (username !== undefined && ways.length === 0)
    throw new Malformed(node, 'auth has a username and no password');
  if ((certFile === undefined) !== (keyFile === undefined)) {
    throw new Malformed(node, 'tls takes cert_file and key_file together');
  }
}

type Fields = ReadonlyMap<string, unknown>;

/** The fields of a map of which every key must be known; an absent or empty one has none. */
function fieldsOf(node: unknown, what: string, known: readonly string[]): Fields {
  return new Map(
    pairsOf(node, what).map(({ key, value }) => {
      const name = textOf(key, `a key of ${what}`);
      if (!known.includes(name)) {
        throw new Malformed(
          key,
          `${what} has no key ${JSON.stringify(scrub(name))}; it takes ${known.join(', ')}`,
        );
      }
      return [name, isEmpty(value) ? undefined : value];
    }),
  );
}

function pairsOf(node: unknown, what: string): readonly Pair[] {
  if (isEmpty(node)) return [];
  if (!isMap(node)) throw new Malformed(node, `${what} must be a map`);
  return node.items;
}

function itemsOf(node: unknown, what: string): readonly unknown[] {
  if (isEmpty(node)) return [];
  if (!isSeq(node)) throw new Malformed(node, `${what} must be a list`);
  return node.items;
}

function textOf(node: unknown, what: string): string {
  const value = isScalar(node) ? node.value : undefined;
  if (typeof value === 'string') return value;
  throw new Malformed(node, `${what} must be a text; put it in quotes`);
}

function flagOf(node: unknown, what: string): boolean {
  if (node === undefined) return false;
  const value = isScalar(node) ? node.value : undefined;
  if (typeof value === 'boolean') return value;
  throw new Malformed(node, `${what} must be true or false`);
}

function numberOf(
  node: unknown,
  what: string,
  { least, most, whole = false }: { least: number; most: number; whole?: boolean },
): number | undefined {
  if (node === undefined) return undefined;
  const value = isScalar(node) ? node.value : undefined;
  const isFit = typeof value === 'number' && value >= least && value <= most;
  if (isFit && (!whole || Number.isInteger(value))) return value;
  throw new Malformed(node, `${what} must be a ${whole ? 'whole ' : ''}number from ${least} to ${most}`);
}

function isEmpty(node: unknown): boolean {
  return node === undefined || node === null || (isScalar(node) && node.value === null);
}

function hasRange(node: unknown): node is Node {
  return typeof node === 'object' && node !== null && 'range' in node;
}
