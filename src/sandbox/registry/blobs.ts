import { isDigest } from '../../model/image-reference.ts';
import { errorReply, type Call, type Reply } from './exchange.ts';
import { digestOf, type Storage } from './storage.ts';

/** Answers HEAD and GET of a blob. */
export function readBlob(call: Call, storage: Storage): Reply {
  const { repository = '', reference = '' } = call.route;
  if (call.method !== 'GET' && call.method !== 'HEAD') {
    return errorReply(405, 'UNSUPPORTED', 'The operation is unsupported.');
  }
  const content = storage.find(repository)?.blobs.get(reference);
  if (content === undefined) return errorReply(404, 'BLOB_UNKNOWN', 'blob unknown to registry');
  const headers = { 'content-type': 'application/octet-stream', 'docker-content-digest': reference };
  return { status: 200, headers, body: content };
}

/** Answers the upload of a blob: POST alone, POST then PUT, or POST, PATCH and PUT. */
export function handleUpload(call: Call, storage: Storage): Reply {
  const { reference: id = '' } = call.route;
  if (call.method === 'POST') return beginUpload(call, storage);
  if (call.method === 'PATCH') {
    const content = storage.appendUpload(id, call.body);
    return content === undefined ? unknownUpload() : accepted(call, id, content.length);
  }
  if (call.method === 'PUT') {
    const content = storage.appendUpload(id, call.body);
    return content === undefined ? unknownUpload() : finishUpload(call, storage, content);
  }
  return errorReply(405, 'UNSUPPORTED', 'The operation is unsupported.');
}

function beginUpload(call: Call, storage: Storage): Reply {
  if (call.url.searchParams.has('digest')) return finishUpload(call, storage, call.body);
  return accepted(call, storage.beginUpload(), 0);
}

function finishUpload(call: Call, storage: Storage, content: Buffer): Reply {
  const { repository = '', reference: id = '' } = call.route;
  const digest = call.url.searchParams.get('digest') ?? '';
  storage.endUpload(id);
  if (!isDigest(digest) || digest !== digestOf(content)) {
    return errorReply(400, 'DIGEST_INVALID', 'provided digest did not match uploaded content');
  }
  storage.open(repository).blobs.set(digest, content);
  const headers = { location: `/v2/${repository}/blobs/${digest}`, 'docker-content-digest': digest };
  return { status: 201, headers, body: '' };
}

function accepted(call: Call, id: string, size: number): Reply {
  const location = `/v2/${call.route.repository ?? ''}/blobs/uploads/${id}`;
  return { status: 202, headers: { location, range: `0-${Math.max(0, size - 1)}` }, body: '' };
}

function unknownUpload(): Reply {
  return errorReply(404, 'BLOB_UPLOAD_UNKNOWN', 'blob upload unknown to registry');
}
