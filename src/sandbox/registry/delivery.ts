import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../../model/ports.ts';
import { routeOf, type Call, type Reply } from './exchange.ts';
import type { Fault } from './faults.ts';

const largestBody = 64 * 1024 * 1024;

/** Reads a request in full. Fails where its body exceeds 64 MiB. */
export async function readCall(request: IncomingMessage): Promise<Call> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > largestBody) throw new Error('the request body is too large');
    chunks.push(chunk);
  }
  const url = new URL(request.url ?? '/', 'http://registry');
  const { method = 'GET', headers } = request;
  return { method, url, headers, body: Buffer.concat(chunks), route: routeOf(url.pathname) };
}

/** An answer and the way it is to be sent. */
export interface Delivery {
  readonly call: Call;
  readonly reply: Reply;
  readonly fault: Fault | undefined;
  readonly clock: Clock;
  /** Ends a slow delivery. */
  readonly signal: AbortSignal;
}

/** Sends an answer as its fault, if any, would have it: not at all, a byte at a time, or whole. */
export async function deliver(response: ServerResponse, delivery: Delivery): Promise<void> {
  const { call, reply, fault } = delivery;
  if (fault?.kind === 'hang') return;
  if (fault?.kind === 'drop') {
    response.destroy();
    return;
  }
  const body = Buffer.from(reply.body);
  const hasBody = reply.status !== 204 && reply.status !== 304;
  response.writeHead(reply.status, {
    'docker-distribution-api-version': 'registry/2.0',
    ...(hasBody && { 'content-length': String(body.length) }),
    ...reply.headers,
  });
  if (call.method === 'HEAD') {
    response.end();
  } else if (fault?.kind === 'drip') {
    await drip(response, body, { ...delivery, milliseconds: fault.milliseconds });
  } else {
    response.end(body);
  }
}

async function drip(
  response: ServerResponse,
  body: Buffer,
  { milliseconds, clock, signal }: { milliseconds: number; clock: Clock; signal: AbortSignal },
): Promise<void> {
  for (const byte of body) {
    if (response.destroyed) return;
    response.write(Buffer.of(byte));
    await clock.sleep(milliseconds, signal);
  }
  response.end();
}
