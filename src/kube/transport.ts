import { type Dispatcher, Pool, ProxyAgent } from 'undici';
import type { KubeConnection, TlsMaterial } from './connection.ts';
import { orAborted } from './deadline.ts';

/** One HTTP request, before it is authorised. */
export interface TransportRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path and query below the address of the server. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  /** A request that stays open: it gets a connection of its own. */
  readonly streaming: boolean;
  readonly signal: AbortSignal;
}

/** What came back; the body must be read to its end or abandoned by leaving its loop. */
export interface TransportAnswer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly body: AsyncIterable<Uint8Array>;
}

/** Ordinary requests share so many connections. */
const sharedConnections = 4;

interface Dispatchers {
  readonly tls: TlsMaterial;
  readonly shared: Dispatcher;
  readonly streams: Dispatcher;
}

/**
 * Connections to one API server: HTTP/1.1, kept alive, a few shared ones for requests and one for each watch.
 * New connections follow certificates that change on disk; proxies come from the kubeconfig only.
 */
export class Transport {
  readonly #connection: KubeConnection;
  #dispatchers: Dispatchers | undefined;
  #closed = false;

  constructor(connection: KubeConnection) {
    this.#connection = connection;
  }

  /** Sends a request. Resolves with any status; rejects when there is no answer. */
  async send(request: TransportRequest): Promise<TransportAnswer> {
    const { headers, tls } = await orAborted(this.#connection.authorize(), request.signal);
    const { shared, streams } = this.#dispatchersFor(tls);
    const revealed = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, value.reveal()]),
    );
    const { origin, pathname } = this.#connection.server;
    const answer = await (request.streaming ? streams : shared).request({
      origin,
      path: pathname.replace(/\/$/, '') + request.path,
      method: request.method,
      headers: { ...request.headers, ...revealed },
      body: request.body ?? null,
      signal: request.signal,
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    const retryAfter = answer.headers['retry-after'];
    return {
      status: answer.statusCode,
      retryAfter: typeof retryAfter === 'string' ? retryAfter : undefined,
      body: answer.body,
    };
  }

  /** Reads tokens and certificates again before the next request. */
  refresh(): void {
    this.#connection.refresh();
  }

  /** Ends all connections at once; requests under way fail. */
  async close(): Promise<void> {
    this.#closed = true;
    const open = this.#dispatchers;
    this.#dispatchers = undefined;
    await Promise.all([open?.shared.destroy(), open?.streams.destroy()]);
  }

  #dispatchersFor(tls: TlsMaterial): Dispatchers {
    if (this.#closed) throw new Error('the connection to the API server is closed');
    const current = this.#dispatchers;
    if (current !== undefined && sameMaterial(current.tls, tls)) return current;
    const { server, proxy } = this.#connection;
    const next: Dispatchers = {
      tls,
      shared: dispatcherFor(server, proxy, tls, sharedConnections),
      streams: dispatcherFor(server, proxy, tls, null),
    };
    this.#dispatchers = next;
    // What is under way on the old connections may end in peace.
    for (const old of [current?.shared, current?.streams]) old?.close().catch(() => undefined);
    return next;
  }
}

function dispatcherFor(
  server: URL,
  proxy: URL | undefined,
  tls: TlsMaterial,
  connections: number | null,
): Dispatcher {
  const { ca, cert, key, servername, rejectUnauthorized } = tls;
  const connect = {
    ...(ca && { ca }),
    ...(cert && { cert }),
    ...(key && { key }),
    ...(servername && { servername }),
    rejectUnauthorized,
    keepAlive: true,
    keepAliveInitialDelay: 30_000,
    allowH2: false,
  };
  const options = { connections, allowH2: false, keepAliveTimeout: 30_000, keepAliveMaxTimeout: 60_000 };
  return proxy === undefined
    ? new Pool(server.origin, { ...options, connect })
    : new ProxyAgent({ ...options, uri: proxy.href, requestTls: connect });
}

function sameMaterial(a: TlsMaterial, b: TlsMaterial): boolean {
  return (
    a.rejectUnauthorized === b.rejectUnauthorized &&
    a.servername === b.servername &&
    sameBytes(a.ca, b.ca) &&
    sameBytes(a.cert, b.cert) &&
    sameBytes(a.key, b.key)
  );
}

function sameBytes(a: string | Buffer | undefined, b: string | Buffer | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return Buffer.from(a).equals(Buffer.from(b));
}
