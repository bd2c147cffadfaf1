import { isDigest, isTag } from '../../model/image-reference.ts';
import { at, isJsonObject, listAt, textAt, type JsonObject } from '../../model/json.ts';
import { errorReply, type Call, type Reply } from './exchange.ts';
import { digestOf, type Repository, type Storage } from './storage.ts';

/** Answers HEAD, GET, PUT and DELETE of a manifest by tag or digest. */
export function handleManifest(call: Call, storage: Storage): Reply {
  const { repository = '', reference = '' } = call.route;
  if (!isTag(reference) && !isDigest(reference)) {
    return errorReply(400, 'MANIFEST_INVALID', 'the reference is neither a tag nor a digest');
  }
  if (call.method === 'PUT') return putManifest(call, storage.open(repository));
  const stored = storage.find(repository);
  if (stored === undefined) {
    return errorReply(404, 'NAME_UNKNOWN', `repository name not known to registry: ${repository}`);
  }
  if (call.method === 'DELETE') {
    if (stored.remove(reference)) return { status: 202, headers: {}, body: '' };
    return errorReply(404, 'MANIFEST_UNKNOWN', `manifest unknown: ${reference}`);
  }
  if (call.method === 'GET' || call.method === 'HEAD') return readManifest(call, stored);
  return errorReply(405, 'UNSUPPORTED', 'The operation is unsupported.');
}

/** As distribution does, an index is not found by a client that does not accept its media type. */
function readManifest(call: Call, stored: Repository): Reply {
  const { reference = '' } = call.route;
  const manifest = stored.find(reference);
  if (manifest === undefined) return errorReply(404, 'MANIFEST_UNKNOWN', `manifest unknown: ${reference}`);
  if (!accepts(call.headers.accept, manifest.mediaType)) {
    return errorReply(
      404,
      'MANIFEST_UNKNOWN',
      `${manifest.mediaType} found, but the accept header does not support it`,
    );
  }
  return {
    status: 200,
    headers: {
      'content-type': manifest.mediaType,
      'docker-content-digest': manifest.digest,
      etag: `"${manifest.digest}"`,
    },
    body: manifest.body,
  };
}

function accepts(header: string | undefined, mediaType: string): boolean {
  if (header === undefined) return true;
  const accepted = header.split(',').map((entry) => entry.split(';')[0]?.trim());
  return accepted.includes(mediaType) || accepted.includes('*/*');
}

function putManifest(call: Call, stored: Repository): Reply {
  const { repository = '', reference = '' } = call.route;
  const document = parseObject(call.body);
  if (document === undefined) return errorReply(400, 'MANIFEST_INVALID', 'the manifest is not a JSON object');
  const mediaType = call.headers['content-type'] ?? textAt(document, 'mediaType');
  if (mediaType === undefined || (textAt(document, 'mediaType') ?? mediaType) !== mediaType) {
    return errorReply(400, 'MANIFEST_INVALID', 'the media type of the manifest and the Content-Type differ');
  }
  const missing = missingParts(document, stored);
  if (missing !== undefined)
    return errorReply(400, 'MANIFEST_BLOB_UNKNOWN', `blob unknown to registry: ${missing}`);

  const digest = digestOf(call.body);
  if (isDigest(reference) && reference !== digest) {
    return errorReply(400, 'DIGEST_INVALID', 'provided digest did not match uploaded content');
  }
  stored.put({ digest, mediaType, body: call.body }, isDigest(reference) ? undefined : reference);
  return {
    status: 201,
    headers: { location: `/v2/${repository}/manifests/${digest}`, 'docker-content-digest': digest },
    body: '',
  };
}

/** The first thing that a manifest names and the repository lacks. */
function missingParts(document: JsonObject, stored: Repository): string | undefined {
  const blobs = [at(document, 'config'), ...listAt(document, 'layers')].map((entry) =>
    textAt(entry, 'digest'),
  );
  const children = listAt(document, 'manifests').map((entry) => textAt(entry, 'digest'));
  return (
    blobs.find((digest) => digest !== undefined && !stored.blobs.has(digest)) ??
    children.find((digest) => digest !== undefined && !stored.manifests.has(digest))
  );
}

function parseObject(body: Buffer): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
