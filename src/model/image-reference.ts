import { ok, problem, type Result } from './result.ts';

/**
 * An image reference as a pod template names it.
 * `registry` and `path` are canonical (`docker.io`, `library/nginx`); `name` keeps the user's own spelling.
 */
export interface ImageReference {
  /** Canonical host, with port where given: lower case, `docker.io` for Docker Hub. */
  readonly registry: string;
  /** Canonical repository path within the registry. */
  readonly path: string;
  /** Host and path as the user wrote them, without tag and digest. */
  readonly name: string;
  readonly tag: string | undefined;
  /** `sha256:` and 64, or `sha512:` and 128, lower-case hex digits. */
  readonly digest: string | undefined;
}

const tagGrammar = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
const digestGrammar = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;
const pathComponent = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const dnsHost =
  /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*(?::\d{1,5})?$/;
const ipv6Host = /^\[[0-9a-fA-F:]{2,39}\](?::\d{1,5})?$/;
const imageId = /^[0-9a-f]{64}$/;

/** Whether a text is a legal tag (OCI distribution specification: 1 to 128 characters). */
export function isTag(text: string): boolean {
  return tagGrammar.test(text);
}

/** Whether a text is a digest we verify: sha256 or sha512, lower-case hex, full length. */
export function isDigest(text: string): boolean {
  return digestGrammar.test(text);
}

/**
 * Reads `[host[:port]/]path[:tag][@digest]` by the rules of Docker and containerd.
 * Tag and digest are both kept: the tag is what a policy moves, the digest is what runs.
 * @see https://github.com/distribution/reference for the grammar
 */
export function parseImageReference(text: string): Result<ImageReference> {
  const refuse = (why: string) =>
    problem('InvalidImage', `image ${quote(text)} is not a valid reference: ${why}`);
  if (text === '' || text.length > 1024) return refuse('it must have 1 to 1024 characters');

  const [beforeDigest = '', digest, more] = text.split('@');
  if (more !== undefined) return refuse('more than one "@"');
  if (digest !== undefined && !isDigest(digest)) {
    return refuse('after "@" it needs sha256: and 64 lower-case hex digits');
  }

  const slash = beforeDigest.lastIndexOf('/');
  const colon = beforeDigest.indexOf(':', slash + 1);
  const name = colon < 0 ? beforeDigest : beforeDigest.slice(0, colon);
  const tag = colon < 0 ? undefined : beforeDigest.slice(colon + 1);
  if (tag !== undefined && !isTag(tag)) {
    return refuse('a tag has 1 to 128 letters, digits, "_", "." or "-" and does not begin with "." or "-"');
  }

  const { host, path } = splitHost(name);
  const fault = nameFault(host, path);
  return fault === undefined ? ok({ ...canonical(host, path), name, tag, digest }) : refuse(fault);
}

/** The canonical repository, `docker.io/library/nginx`: the key under which a registry is looked at. */
export function repositoryOf(reference: ImageReference): string {
  return `${reference.registry}/${reference.path}`;
}

/** Writes a reference with another tag or digest, keeping the user's spelling of the name. */
export function formatReference(name: string, tag: string | undefined, digest: string | undefined): string {
  return `${name}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
}

function nameFault(host: string | undefined, path: string): string | undefined {
  if (host !== undefined && !isHost(host)) return `${quote(host)} is not a registry host`;
  if (path.length > 255) return 'the repository path exceeds 255 characters';
  if (!path.split('/').every((component) => pathComponent.test(component))) {
    return 'a repository path has lower-case letters and digits, joined by ".", "_", "__", "-" or "/"';
  }
  if (host === undefined && imageId.test(path)) return '64 hex digits are an image ID, not a name';
  return undefined;
}

/** Docker's rule: what precedes the first slash is a host only if it looks like one. */
function splitHost(name: string): { host: string | undefined; path: string } {
  const slash = name.indexOf('/');
  const first = slash < 0 ? '' : name.slice(0, slash);
  const looksLikeHost = /[.:]/.test(first) || first === 'localhost' || first !== first.toLowerCase();
  return looksLikeHost ? { host: first, path: name.slice(slash + 1) } : { host: undefined, path: name };
}

function isHost(host: string): boolean {
  if (!dnsHost.test(host) && !ipv6Host.test(host)) return false;
  const port = /:(\d+)$/.exec(host)?.[1];
  return port === undefined || host.endsWith(']') || (Number(port) > 0 && Number(port) < 65_536);
}

function canonical(host: string | undefined, path: string): { registry: string; path: string } {
  const registry = (host ?? 'docker.io').toLowerCase();
  if (registry !== 'docker.io' && registry !== 'index.docker.io') return { registry, path };
  return { registry: 'docker.io', path: path.includes('/') ? path : `library/${path}` };
}

/** Quotes text that somebody else chose, so that control characters and length do no harm where it is shown. */
function quote(text: string): string {
  return JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…` : text);
}
