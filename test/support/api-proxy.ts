import {
  createServer,
  type IncomingMessage,
  request as httpRequest,
  type Server,
  type ServerResponse,
} from 'node:http';
import { request as httpsRequest } from 'node:https';
import { once } from 'node:events';
import type { KubeConnection } from '../../src/kube/connection.ts';

/** A request as the proxy sees it. */
export interface ProxiedRequest {
  readonly method: string;
  /** Without its query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Of a PATCH; empty of every other. */
  readonly body: string;
}

/** When a request is stopped: before the server has seen it, or when it has answered and nobody has heard. */
export type Moment = 'before' | 'after';

/** What a request is answered with instead of the server's answer. */
export interface Refusal {
  readonly status: number;
  /** Seconds. */
  readonly retryAfter?: number;
}

interface Trap {
  readonly moment: Moment;
  readonly fits: (request: ProxiedRequest) => boolean;
  readonly sprung: () => void;
  /** Resolved when the request may go on after all, or where it was answered, when its connection may end. */
  readonly released: PromiseWithResolvers<void>;
}

/**
 * Stands before an API server and can stop requests for good, so that a client can be killed at that very moment.
 * Plain HTTP on 127.0.0.1; whoever reaches it has the rights of its connection.
 */
export class ApiProxy {
  readonly #connection: KubeConnection;
  readonly #server: Server;
  readonly #traps = new Set<Trap>();
  #cut = false;
  readonly #refusals: Refusal[] = [];
  #refused = 0;
  readonly #streams = new Set<ServerResponse>();
  readonly #held = new Set<Trap>();
  /** Runs before a request is sent on: the place to be faster than it. */
  before: (request: ProxiedRequest) => Promise<void> = async () => undefined;

  private constructor(connection: KubeConnection) {
    this.#connection = connection;
    this.#server = createServer((request, response) => {
      if (this.#cut) return void request.destroy();
      this.#forward(request, response).catch(() => response.destroy());
    });
  }

  static async start(connection: KubeConnection): Promise<ApiProxy> {
    const proxy = new ApiProxy(connection);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get url(): string {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the proxy does not listen');
    return `http://127.0.0.1:${address.port}`;
  }

  /** Stops the next request that fits; resolves when it is stopped. It is not answered, unless it is let go. */
  stopNext(moment: Moment, fits: (request: ProxiedRequest) => boolean): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#traps.add({ moment, fits, sprung: resolve, released: Promise.withResolvers() });
    return promise;
  }

  /** Sends the requests on that were stopped before the server has seen them; of those that were answered, the answer is lost. */
  letGo(): void {
    for (const { released } of this.#held) released.resolve();
    this.#held.clear();
  }

  /** Stops nothing any more. */
  disarm(): void {
    this.#traps.clear();
    this.letGo();
  }

  /** Drops every connection and refuses new ones until {@link ApiProxy.heal}. */
  cut(): void {
    this.#cut = true;
    this.#server.closeAllConnections();
  }

  /** Lets requests through again, also those that were still to be refused. */
  heal(): void {
    this.#cut = false;
    this.#refusals.length = 0;
  }

  /** Refuses the next requests so. */
  refuseNext(count: number, refusal: Refusal): void {
    this.#refusals.push(...Array.from({ length: count }, () => refusal));
  }

  /** How many requests were refused so far. */
  get refused(): number {
    return this.#refused;
  }

  /** Breaks off every answer that is still being given, such as those of watches; returns how many there were. */
  cutStreams(): number {
    const streams = [...this.#streams];
    for (const response of streams) response.destroy();
    return streams.length;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #forward(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const refusal = this.#refusals.shift();
    if (refusal) {
      this.#refused++;
      return refuse(response, refusal);
    }
    const { method = 'GET', url = '/' } = request;
    const body = method === 'PATCH' ? await textOf(request) : '';
    const { pathname: path, searchParams: query } = new URL(url, 'http://proxy');
    const proxied = { method, path, query, body };
    const trap = this.#take(proxied);
    await this.before(proxied);
    const { headers, tls } = await this.#connection.authorize();
    const credentials = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, value.reveal()]),
    );
    if (trap?.moment === 'before') {
      trap.sprung();
      await trap.released.promise;
      // Who has asked was killed meanwhile.
      if (response.destroyed) return;
    }
    const { server } = this.#connection;
    const target = new URL(url, server);
    const options = {
      method,
      headers: { ...request.headers, ...credentials, host: server.host },
      ...(server.protocol === 'https:' && {
        ca: tls.ca,
        cert: tls.cert,
        key: tls.key,
        servername: tls.servername,
      }),
      agent: false,
    } as const;
    const upstream = (server.protocol === 'https:' ? httpsRequest : httpRequest)(
      target,
      options,
      (answer) => {
        if (trap?.moment === 'after') {
          answer.resume();
          answer.on('end', trap.sprung);
          void trap.released.promise.then(() => response.destroy());
          return;
        }
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
        answer.on('error', () => response.destroy());
      },
    );
    upstream.on('error', () => response.destroy());
    this.#streams.add(response);
    response.on('close', () => {
      this.#streams.delete(response);
      upstream.destroy();
    });
    if (method === 'PATCH') upstream.end(body);
    else request.pipe(upstream);
  }

  #take(request: ProxiedRequest): Trap | undefined {
    const trap = [...this.#traps].find(({ fits }) => fits(request));
    if (!trap) return undefined;
    this.#traps.delete(trap);
    this.#held.add(trap);
    return trap;
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += String(chunk);
  return text;
}

/** Answers as the API server does where it cannot serve. */
function refuse(response: ServerResponse, { status, retryAfter }: Refusal): void {
  const body = {
    kind: 'Status',
    apiVersion: 'v1',
    status: 'Failure',
    message: 'refused by the proxy',
    code: status,
  };
  const wait = retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) };
  response.writeHead(status, { 'content-type': 'application/json', ...wait });
  response.end(JSON.stringify(body));
}
