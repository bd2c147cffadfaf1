import type { IncomingHttpHeaders } from 'node:http';

/** What a request is about; faults and the request log speak in these words. */
export type Operation = 'ping' | 'tags' | 'manifest' | 'blob' | 'upload' | 'token' | 'unknown';

/** Where a request path leads. `reference` is a tag, a digest or the identifier of an upload. */
export interface Route {
  readonly operation: Operation;
  readonly repository: string | undefined;
  readonly reference: string | undefined;
}

/** A request that was read in full. */
export interface Call {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly route: Route;
}

/** An answer about to be sent. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | string;
}

const name = '([a-z0-9][a-z0-9._/-]*)';
const patterns: readonly (readonly [Operation, RegExp])[] = [
  ['tags', new RegExp(`^/v2/${name}/tags/list$`)],
  ['manifest', new RegExp(`^/v2/${name}/manifests/([^/]+)$`)],
  ['upload', new RegExp(`^/v2/${name}/blobs/uploads/([^/]*)$`)],
  ['blob', new RegExp(`^/v2/${name}/blobs/([^/]+)$`)],
];

/** Reads a request path by the endpoints table of the OCI distribution specification 1.1. */
export function routeOf(path: string): Route {
  const bare = (operation: Operation): Route => ({ operation, repository: undefined, reference: undefined });
  if (path === '/v2/' || path === '/v2') return bare('ping');
  if (path === '/token') return bare('token');
  for (const [operation, pattern] of patterns) {
    const match = pattern.exec(path);
    if (match !== null) return { operation, repository: match[1], reference: match[2] };
  }
  return bare('unknown');
}

/** A JSON answer. */
export function jsonReply(
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): Reply {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(value) };
}

/** An error as the distribution specification words it: one code of its table and a sentence. */
export function errorReply(
  status: number,
  code: string,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): Reply {
  return jsonReply(status, { errors: [{ code, message }] }, headers);
}
