import type { IncomingHttpHeaders } from 'node:http';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { Dispatcher } from 'undici';
import type { Secret } from '../model/secret.ts';
import { BrokenOff } from './fault.ts';

/** A request to a registry or its token server. Only reads are ever made; a POST asks for a token. */
export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'POST';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly authorization: Secret | undefined;
  /** The form of a POST, `application/x-www-form-urlencoded`. */
  readonly form?: Secret;
  /** Most bytes of the body, before and after decompression. */
  readonly limit: number;
}

/** An answer with its whole body. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** What was asked in the end, after redirects. */
  readonly url: URL;
}

/** The lines of one header of an answer. */
export function headerLines({ headers }: HttpAnswer, name: string): readonly string[] {
  return [headers[name] ?? []].flat();
}

/** The first line of a header, or undefined. A hostile answer may repeat what is only ever sent once. */
export function headerOf(answer: HttpAnswer, name: string): string | undefined {
  return headerLines(answer, name)[0];
}

/** The media type of an answer in lower case, without parameters. */
export function mediaTypeOf(answer: HttpAnswer): string {
  return headerOf(answer, 'content-type')?.split(';')[0]?.trim().toLowerCase() ?? '';
}

/**
 * Makes one request and reads the answer in full.
 * Rejects with the signal's reason, an error of undici, or {@link BrokenOff} where the body is too large.
 */
export async function exchange(
  dispatcher: Dispatcher,
  request: HttpRequest,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<HttpAnswer>();
  let answer: { status: number; headers: IncomingHttpHeaders } | undefined;
  let controllerOf: Dispatcher.DispatchController | undefined;
  const chunks: Buffer[] = [];
  let size = 0;

  const abort = () => {
    const reason: unknown = signal.reason;
    controllerOf?.abort(reason instanceof Error ? reason : new Error('aborted'));
    reject(reason);
  };
  signal.addEventListener('abort', abort, { once: true });

  dispatcher.dispatch(
    {
      origin: request.url.origin,
      path: `${request.url.pathname}${request.url.search}`,
      method: request.method,
      headers: {
        ...request.headers,
        // What is hashed must be what was sent; see RFC 9110, section 12.5.3.
        'accept-encoding': 'identity',
        ...(request.authorization && { authorization: request.authorization.reveal() }),
        ...(request.form && { 'content-type': 'application/x-www-form-urlencoded' }),
      },
      ...(request.form && { body: request.form.reveal() }),
    },
    {
      onRequestStart(controller) {
        controllerOf = controller;
        if (signal.aborted) abort();
      },
      onResponseStart(_controller, status, headers) {
        answer = { status, headers };
      },
      onResponseData(controller, chunk) {
        size += chunk.length;
        if (size > request.limit) controller.abort(tooLarge(request.limit));
        else chunks.push(chunk);
      },
      onResponseEnd() {
        if (answer !== undefined) resolve({ ...answer, body: Buffer.concat(chunks), url: request.url });
      },
      onResponseError(_controller, error) {
        reject(error);
      },
    },
  );
  try {
    return await decoded(await promise, request.limit);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

const inflate = promisify(gunzip);

/** Some proxies compress although nobody asked; the digest is over the decoded bytes. */
async function decoded(answer: HttpAnswer, limit: number): Promise<HttpAnswer> {
  const encoding = headerOf(answer, 'content-encoding')?.toLowerCase() ?? 'identity';
  if (encoding === 'identity' || answer.body.length === 0) return answer;
  if (encoding !== 'gzip') throw new BrokenOff('BAD_ENCODING', 'an encoding that nobody asked for');
  try {
    return { ...answer, body: await inflate(answer.body, { maxOutputLength: limit }) };
  } catch (error) {
    const isSize = error instanceof RangeError;
    throw isSize ? tooLarge(limit) : new BrokenOff('BAD_ENCODING', 'a body that is not gzip');
  }
}

function tooLarge(limit: number): BrokenOff {
  return new BrokenOff('TOO_LARGE', `more than ${limit} bytes`);
}
