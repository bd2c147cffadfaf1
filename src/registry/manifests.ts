import { isDigest } from '../model/image-reference.ts';
import type { PlatformManifest, TagDigest } from '../model/observation.ts';
import { failure, RegistryError } from './errors.ts';
import { errorCodeIn, notARegistry, refusalOf } from './fault.ts';
import type { HostMemory } from './host-memory.ts';
import { isDockerHub } from './hosts.ts';
import { headerLines, headerOf, mediaTypeOf, type HttpAnswer } from './http-exchange.ts';
import { readImageConfig } from './image-config.ts';
import { digestBytes, readManifestDocument, type ManifestDocument } from './manifest-document.ts';
import { acceptManifests, manifestKind } from './media-types.ts';
import type { RepositorySession } from './session.ts';

const largestManifest = 4 * 1024 * 1024;
/** An index within an index is read, a third level is not. */
const deepestIndex = 2;
const mostChildren = 256;

/**
 * The digest of a tag: by HEAD, or by GET and hashing where the registry does not support HEAD or names no digest,
 * which is remembered for the host. Fails with a RegistryError.
 */
export async function resolveTag(
  session: RepositorySession,
  tag: string,
  memory: HostMemory,
): Promise<TagDigest | 'missing'> {
  const { registry } = session;
  if (memory.needsGet(registry)) return resolveByGet(session, tag);
  const answer = await ask(session, 'HEAD', tag).catch((error: unknown) => refusedHead(error, registry));
  const head = answer === 'refused' ? undefined : readHead(answer, session);
  if (head !== undefined) return head;
  const isGone = answer !== 'refused' && answer.status === 404;
  // A GET that finds nothing tells a missing tag from a missing repository. On Docker Hub it would count as a pull.
  if (isGone && isDockerHub(registry)) return 'missing';
  const resolved = await resolveByGet(session, tag);
  // After a 404 the tag may just have been pushed.
  if (resolved !== 'missing' && !isGone) memory.noteNeedsGet(registry);
  return resolved;
}

/**
 * The images behind a digest. Every document is verified against its digest; attestations are left out. Where there is
 * no index, the platform stands in the configuration of the image, which takes one more request. Fails with a RegistryError.
 */
export async function readManifests(
  session: RepositorySession,
  digest: string,
): Promise<readonly PlatformManifest[] | 'missing'> {
  const document = await readVerified(session, digest);
  if (document === 'missing') return 'missing';
  if (document.kind === 'manifest') {
    const { platform, created } = await readImageConfig(session, document.config);
    return [{ digest, platform, ...(created !== undefined && { created }) }];
  }
  const found = await flatten(session, document, 1);
  if (found.length > mostChildren) {
    throw failure('LimitExceeded', session.subject, `the index has more than ${mostChildren} images`);
  }
  return found;
}

async function flatten(
  session: RepositorySession,
  { entries }: Extract<ManifestDocument, { kind: 'index' }>,
  depth: number,
): Promise<readonly PlatformManifest[]> {
  const found: PlatformManifest[] = [];
  for (const { digest, platform, isIndex } of entries) {
    if (!isIndex) {
      found.push({ digest, platform });
      continue;
    }
    if (depth === deepestIndex || found.length > mostChildren) continue;
    const nested = await readVerified(session, digest);
    if (nested !== 'missing' && nested.kind === 'index')
      found.push(...(await flatten(session, nested, depth + 1)));
  }
  return found;
}

/**
 * A HEAD has no body that could say why it is forbidden, and some proxies forbid nothing but HEAD; a GET tells. Not on
 * Docker Hub, where it would count as a pull.
 */
function refusedHead(error: unknown, registry: string): 'refused' {
  if (error instanceof RegistryError && error.code === 'Forbidden' && !isDockerHub(registry))
    return 'refused';
  throw error;
}

/** The digest and media type that a HEAD names, or undefined where only a GET can tell. */
function readHead(answer: HttpAnswer, session: RepositorySession): TagDigest | undefined {
  const { subject } = session;
  if (answer.status !== 200) {
    if ([400, 404, 405, 501].includes(answer.status)) return undefined;
    throw refusal(answer, session);
  }
  const mediaType = mediaTypeOf(answer);
  if (mediaType === 'text/html') throw notARegistry(subject, 'the host answered with a web page');
  const [digest, ...others] = new Set(headerLines(answer, 'docker-content-digest'));
  const kind = manifestKind(mediaType);
  if (kind === 'schema1') {
    throw failure('UnsupportedManifest', subject, 'it has the withdrawn format "schema 1"; push it again');
  }
  const isSure = digest !== undefined && isDigest(digest) && others.length === 0;
  return isSure && kind !== 'other' ? { digest, mediaType } : undefined;
}

async function resolveByGet(session: RepositorySession, tag: string): Promise<TagDigest | 'missing'> {
  const answer = await ask(session, 'GET', tag);
  if (isMissing(answer, session)) return 'missing';
  const digest = digestBytes(answer.body);
  checkHeader(answer, session);
  return { digest, mediaType: understand(answer, session).mediaType };
}

/** Reads a manifest by digest; one that does not match is asked for once more, since proxies cut answers short. */
async function readVerified(
  session: RepositorySession,
  digest: string,
): Promise<ManifestDocument | 'missing'> {
  for (let attempt = 1; ; attempt++) {
    const answer = await ask(session, 'GET', digest);
    if (isMissing(answer, session)) return 'missing';
    if (digestBytes(answer.body, digest) === digest) return understand(answer, session);
    if (attempt === 2) {
      throw failure(
        'DigestMismatch',
        session.subject,
        'the registry sent content that is not what the digest names',
      );
    }
  }
}

/** A digest in the headers of a GET must be that of the body. */
function checkHeader(answer: HttpAnswer, { subject }: RepositorySession): void {
  const named = headerOf(answer, 'docker-content-digest');
  if (named === undefined || !isDigest(named) || digestBytes(answer.body, named) === named) return;
  throw failure(
    'DigestMismatch',
    subject,
    'the registry names another digest than that of the content it sent',
  );
}

function understand(answer: HttpAnswer, { subject }: RepositorySession): ManifestDocument {
  const mediaType = mediaTypeOf(answer);
  if (mediaType === 'text/html') throw notARegistry(subject, 'the host answered with a web page');
  const document = readManifestDocument(answer.body, mediaType);
  if (document.kind === 'refused') throw failure(document.code, subject, document.why);
  return document;
}

function isMissing(answer: HttpAnswer, session: RepositorySession): boolean {
  if (answer.status === 200) return false;
  const isHtml = mediaTypeOf(answer) === 'text/html';
  if (answer.status === 404 && !isHtml && errorCodeIn(answer.body) !== 'NAME_UNKNOWN') return true;
  throw refusal(answer, session);
}

function refusal(answer: HttpAnswer, { subject }: RepositorySession): RegistryError {
  const { status, body } = answer;
  return refusalOf({ status, body, contentType: mediaTypeOf(answer), retryAfter: undefined }, subject);
}

async function ask(
  session: RepositorySession,
  method: 'GET' | 'HEAD',
  reference: string,
): Promise<HttpAnswer> {
  return session.read({
    method,
    path: `manifests/${reference}`,
    accept: acceptManifests,
    limit: largestManifest,
    operation: method === 'HEAD' ? 'head_manifest' : 'get_manifest',
  });
}
