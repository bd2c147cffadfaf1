import { once } from 'node:events';
import { Agent, createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request that passed on its way to the registry. */
interface MeteredRequest {
  readonly method: string;
  readonly repository: string;
  /** In milliseconds of `performance.now`. */
  readonly at: number;
}

/**
 * Stands before a registry and counts what it is asked, so that controllers and registries of whatever making are measured
 * alike. Image references name the meter; pushes and nodes go to the registry itself and are not counted.
 */
export class RegistryMeter {
  readonly #server: Server;
  readonly #agent = new Agent({ keepAlive: true });
  #requests: MeteredRequest[] = [];

  private constructor(registry: string) {
    const [hostname, port] = registry.split(':');
    this.#server = createServer((incoming, response) => {
      const { method = 'GET', url = '', headers } = incoming;
      const repository = /^\/v2\/(.+)\/(?:tags|manifests|blobs)\//.exec(url)?.[1];
      if (repository !== undefined) this.#requests.push({ method, repository, at: performance.now() });
      const passed = request({ agent: this.#agent, hostname, port, method, path: url, headers }, (answer) => {
        // What is said of a connection is said of the one to the registry (RFC 9110, section 7.6.1).
        const { connection: _connection, 'keep-alive': _keepAlive, ...passedOn } = answer.headers;
        response.writeHead(answer.statusCode ?? 502, passedOn);
        answer.pipe(response);
      });
      passed.once('error', () => response.destroy());
      incoming.pipe(passed);
    });
    // A registry keeps connections for longer than Node does, which then need not be opened for each look.
    this.#server.keepAliveTimeout = 65_000;
  }

  /** Begins to stand before the registry at `127.0.0.1:PORT`. */
  static async start(registry: string): Promise<RegistryMeter> {
    const meter = new RegistryMeter(registry);
    meter.#server.listen(0, '127.0.0.1');
    await once(meter.#server, 'listening');
    return meter;
  }

  /** What image references name instead of the registry. */
  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** How many requests passed since the last reset. */
  count(method?: string): number {
    return this.#requests.filter((one) => method === undefined || one.method === method).length;
  }

  /** How many repositories were asked for at least so many times since the last reset. */
  repositoriesAsked(times: number): number {
    const asked = Map.groupBy(this.#requests, ({ repository }) => repository);
    return [...asked.values()].filter((requests) => requests.length >= times).length;
  }

  /** When a repository was first asked for after a moment; undefined where it was not yet. */
  firstAfter(repository: string, moment: number): number | undefined {
    return this.#requests.find((one) => one.repository === repository && one.at >= moment)?.at;
  }

  reset(): void {
    this.#requests = [];
  }

  async close(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    this.#agent.destroy();
    if (this.#server.listening) await once(this.#server, 'close');
  }
}
