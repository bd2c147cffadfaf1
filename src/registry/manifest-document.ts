import { createHash } from 'node:crypto';
import { isDigest } from '../model/image-reference.ts';
import { at, isJsonObject, listAt, textAt, type JsonObject } from '../model/json.ts';
import type { Platform } from '../model/observation.ts';
import { namedPlatform } from '../model/platform.ts';
import type { RegistryErrorCode } from './errors.ts';
import { parseJsonBody } from './json-body.ts';
import { isImageConfig, manifestKind } from './media-types.ts';

/** A child of an image index. */
interface IndexEntry {
  readonly digest: string;
  readonly platform: Platform | undefined;
  /** Whether it is an index itself. */
  readonly isIndex: boolean;
}

/**
 * A manifest that was understood. `entries` are the images of an index, attestations left out; `config` is the digest
 * of an image's configuration, empty where it is none.
 */
export type ManifestDocument =
  | { readonly kind: 'index'; readonly mediaType: string; readonly entries: readonly IndexEntry[] }
  | { readonly kind: 'manifest'; readonly mediaType: string; readonly config: string };

/** Why a manifest is of no use. */
export interface ManifestRefusal {
  readonly kind: 'refused';
  readonly code: RegistryErrorCode;
  readonly why: string;
}

/** Most children of an honest index. */
const mostEntries = 256;

/** The digest of some bytes by the algorithm of `like`, or sha256. */
export function digestBytes(body: Buffer, like = 'sha256:'): string {
  const algorithm = like.startsWith('sha512:') ? 'sha512' : 'sha256';
  return `${algorithm}:${createHash(algorithm).update(body).digest('hex')}`;
}

/**
 * Understands the bytes of a manifest. `headerType` is the answer's media type; it may be a vague one, but must not
 * contradict the document. A document that is both an index and a manifest is refused: clients would not agree on
 * what it means (CVE-2021-41190).
 */
export function readManifestDocument(body: Buffer, headerType: string): ManifestDocument | ManifestRefusal {
  const document = parseObject(body);
  if (document === undefined) return refuse('NotARegistry', 'the manifest is not a JSON object');
  const mediaType = agreedType(textAt(document, 'mediaType')?.toLowerCase(), headerType);
  if (mediaType === undefined) return conflict('the media type of the answer contradicts the manifest');
  const hasChildren = at(document, 'manifests') !== undefined;
  const hasContent = at(document, 'layers') !== undefined || at(document, 'config') !== undefined;
  if (hasChildren && hasContent) return conflict('the manifest is an index and an image at once');
  const kind = manifestKind(mediaType);
  if (kind === 'schema1' || at(document, 'schemaVersion') === 1) {
    return unsupported('it has the withdrawn format "schema 1"; push it again');
  }
  if (kind === 'other') return unsupported('its media type is not that of a container image');
  if ((kind === 'index') !== hasChildren)
    return conflict('the media type contradicts the content of the manifest');
  return kind === 'index' ? readIndex(document, mediaType) : readManifest(document, mediaType);
}

/** The document's own media type and the header's: equal, or one of them where the other says nothing. */
function agreedType(own: string | undefined, header: string): string | undefined {
  if (own === undefined) return header;
  return manifestKind(header) === 'other' || own === header ? own : undefined;
}

function readManifest(document: JsonObject, mediaType: string): ManifestDocument | ManifestRefusal {
  const configType = textAt(document, 'config', 'mediaType') ?? '';
  if (!isImageConfig(configType)) return unsupported('it is an artifact and not a container image');
  return { kind: 'manifest', mediaType, config: textAt(document, 'config', 'digest') ?? '' };
}

function readIndex(document: JsonObject, mediaType: string): ManifestDocument | ManifestRefusal {
  const children = listAt(document, 'manifests');
  if (children.length > mostEntries)
    return refuse('LimitExceeded', `the index has more than ${mostEntries} children`);
  const entries = children.map(readEntry).filter((entry) => entry !== undefined);
  if (entries.length === 0) return unsupported('its index names no container image');
  return { kind: 'index', mediaType, entries };
}

function readEntry(child: unknown): IndexEntry | undefined {
  const digest = textAt(child, 'digest') ?? '';
  const kind = manifestKind(textAt(child, 'mediaType')?.toLowerCase() ?? '');
  if (!isDigest(digest) || (kind !== 'index' && kind !== 'manifest')) return undefined;
  const os = textAt(child, 'platform', 'os');
  const architecture = textAt(child, 'platform', 'architecture');
  // How build tools mark attestations, which no node can run.
  if (os === 'unknown' || architecture === 'unknown') return undefined;
  const isIndex = kind === 'index';
  if (os === undefined || architecture === undefined) return { digest, platform: undefined, isIndex };
  const platform = namedPlatform(os, architecture, textAt(child, 'platform', 'variant'));
  // No node is of such a platform.
  return platform === 'illegible' ? undefined : { digest, platform, isIndex };
}

function parseObject(body: Buffer): JsonObject | undefined {
  const value = parseJsonBody(body);
  return isJsonObject(value) ? value : undefined;
}

function refuse(code: RegistryErrorCode, why: string): ManifestRefusal {
  return { kind: 'refused', code, why };
}

function conflict(why: string): ManifestRefusal {
  return refuse('DigestMismatch', why);
}

function unsupported(why: string): ManifestRefusal {
  return refuse('UnsupportedManifest', why);
}
