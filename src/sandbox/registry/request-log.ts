import type { Call, Operation } from './exchange.ts';

/** One request that an embedded registry served. */
export interface ServedRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly operation: Operation;
  readonly repository: string | undefined;
  readonly reference: string | undefined;
  /** The status that was sent; 0 where a fault sent none. */
  readonly status: number;
  /** The scheme of the `Authorization` header in lower case; never what follows it. */
  readonly scheme: string | undefined;
}

/** How many requests are remembered. */
const longestLog = 10_000;

/** The last requests that an embedded registry served, for tests that count them. */
export class RequestLog {
  readonly #entries: ServedRequest[] = [];

  /** Notes a request. */
  note(call: Call, status: number): void {
    this.#entries.push({
      method: call.method,
      path: `${call.url.pathname}${call.url.search}`,
      ...call.route,
      status,
      scheme: call.headers.authorization?.split(' ')[0]?.toLowerCase(),
    });
    if (this.#entries.length > longestLog) this.#entries.shift();
  }

  /** Every remembered request, oldest first. */
  all(): readonly ServedRequest[] {
    return this.#entries;
  }

  /** How many remembered requests agree with every given field. */
  count(like: Partial<ServedRequest> = {}): number {
    const agrees = (entry: ServedRequest) =>
      (Object.keys(like) as (keyof ServedRequest)[]).every((key) => entry[key] === like[key]);
    return this.#entries.filter(agrees).length;
  }

  /** Forgets all requests. */
  clear(): void {
    this.#entries.length = 0;
  }
}
