import type { IncomingMessage } from 'node:http';
import { badRequest, tooLarge, unsupportedMediaType } from './api-fault.ts';

/** The largest body that the API server takes, in bytes. */
const bodyLimit = 3 * 1_024 * 1_024;

const protobufNote =
  ' (kubectl writes some things as protobuf, which this sandbox does not read: use `kubectl apply -f` or `create -f`)';

/** Reads the JSON body of a request; undefined where there is none. Throws 413, 415 or 400. */
export async function readJsonBody(request: IncomingMessage): Promise<unknown> {
  if (request.headers['content-type']?.startsWith('application/vnd.kubernetes.protobuf') === true) {
    throw unsupportedMediaType(['application/json'], protobufNote);
  }
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
    size += bytes.length;
    if (size > bodyLimit) throw tooLarge(bodyLimit);
    chunks.push(bytes);
  }
  const text = Buffer.concat(chunks).toString();
  if (text === '') return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    throw badRequest('the body of the request is not valid JSON');
  }
}
