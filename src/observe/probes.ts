import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the small HTTP server shows. */
export interface ProbeOptions {
  /** `:8080`, `127.0.0.1:8080` or `[::1]:8080`; port 0 takes a free one. */
  readonly address: string;
  /** What is missing before work can be done, for people; empty when ready. */
  readonly notReady: () => readonly string[];
  /** What has come to a standstill, for people; empty when alive. Being cut off from the API server is no reason. */
  readonly notAlive: () => readonly string[];
  readonly scrape: () => Promise<{ readonly contentType: string; readonly text: string }>;
}

/** The running server. */
export interface ProbeServer {
  readonly port: number;
  close(): Promise<void>;
}

/** Serves `/metrics`, `/livez` and `/readyz`, with `/healthz`, `/health` and `/ready` as aliases. */
export async function startProbes(options: ProbeOptions): Promise<ProbeServer> {
  const { host, port } = splitAddress(options.address);
  const server = createServer({ requestTimeout: 10_000, maxHeaderSize: 8_192 }, (request, response) => {
    const [path = ''] = (request.url ?? '').split('?');
    if (request.method !== 'GET' && request.method !== 'HEAD') answer(response, 405, 'only GET and HEAD\n');
    else void serve(path, options, response);
  });
  await listen(server, host, port);
  return {
    port: portOf(server),
    close: async () => {
      const closed = Promise.withResolvers<void>();
      server.close(() => closed.resolve());
      server.closeAllConnections();
      await closed.promise;
    },
  };
}

async function serve(path: string, options: ProbeOptions, response: ServerResponse): Promise<void> {
  switch (path) {
    case '/livez':
    case '/healthz':
    case '/health':
      return check(response, options.notAlive());
    case '/readyz':
    case '/ready':
      return check(response, options.notReady());
    case '/metrics':
      try {
        const { contentType, text } = await options.scrape();
        response.setHeader('Content-Type', contentType);
        return answer(response, 200, text);
      } catch {
        return answer(response, 500, 'the metrics could not be collected\n');
      }
    default:
      return answer(response, 404, 'there are /metrics, /livez and /readyz\n');
  }
}

function check(response: ServerResponse, problems: readonly string[]): void {
  if (problems.length === 0) answer(response, 200, 'ok\n');
  else answer(response, 503, `${problems.join('\n')}\n`);
}

function answer(response: ServerResponse, status: number, text: string): void {
  if (!response.hasHeader('Content-Type')) response.setHeader('Content-Type', 'text/plain; charset=utf-8');
  response.statusCode = status;
  response.end(text);
}

function splitAddress(address: string): { host: string | undefined; port: number } {
  const colon = address.lastIndexOf(':');
  const host = address.slice(0, Math.max(0, colon)).replace(/^\[|\]$/g, '');
  return { host: host === '' ? undefined : host, port: Number(address.slice(colon + 1)) };
}

async function listen(server: Server, host: string | undefined, port: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen(port, host, resolve);
  await promise;
}

function portOf(server: Server): number {
  const address: AddressInfo | string | null = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
