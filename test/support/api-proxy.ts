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
}

/** When a request is stopped: before the server has seen it, or when it has answered and nobody has heard. */
export type Moment = 'before' | 'after';

interface Trap {
  readonly moment: Moment;
  readonly fits: (request: ProxiedRequest) => boolean;
  readonly sprung: () => void;
}

/**
 * Stands before an API server and can stop one request for good, so that a client can be killed at that very moment.
 * Plain HTTP on 127.0.0.1; whoever reaches it has the rights of its connection.
 */
export class ApiProxy {
  readonly #connection: KubeConnection;
  readonly #server: Server;
  #trap: Trap | undefined;

  private constructor(connection: KubeConnection) {
    this.#connection = connection;
    this.#server = createServer((request, response) => {
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

  /** Stops the next request that fits; resolves when it is stopped. It is never answered. */
  stopNext(moment: Moment, fits: (request: ProxiedRequest) => boolean): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#trap = { moment, fits, sprung: resolve };
    return promise;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #forward(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/' } = request;
    const trap = this.#take({ method, path: url.split('?')[0] ?? '' });
    const { headers, tls } = await this.#connection.authorize();
    const credentials = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, value.reveal()]),
    );
    if (trap?.moment === 'before') return trap.sprung();
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
        if (trap !== undefined) {
          answer.resume();
          answer.on('end', trap.sprung);
          return;
        }
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      },
    );
    upstream.on('error', () => response.destroy());
    response.on('close', () => upstream.destroy());
    request.pipe(upstream);
  }

  #take(request: ProxiedRequest): Trap | undefined {
    const trap = this.#trap;
    if (trap?.fits(request) !== true) return undefined;
    this.#trap = undefined;
    return trap;
  }
}
