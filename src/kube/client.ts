import { isJsonObject, type JsonObject, listAt, textAt } from '../model/json.ts';
import type { Clock, Metrics } from '../model/ports.ts';
import type { KubeConnection } from './connection.ts';
import { Deadline } from './deadline.ts';
import {
  errorOfAnswer,
  errorOfBadAnswer,
  errorOfFault,
  errorOfLimit,
  KubeError,
  type RequestName,
} from './errors.ts';
import { LineTooLong, splitLines } from './lines.ts';
import { Transport, type TransportAnswer, type TransportRequest } from './transport.ts';

/** Parameters of a query; undefined ones are left out. */
export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** What every request takes. */
export interface RequestOptions {
  readonly signal: AbortSignal;
  readonly query?: Query;
}

/** How a patch is meant: RFC 6902 operations, or an RFC 7386 document. */
export interface PatchOptions extends RequestOptions {
  readonly type: 'json' | 'merge';
}

/** What an object must still be to be deleted; otherwise the request fails as `Conflict`. */
export interface DeleteOptions extends RequestOptions {
  readonly preconditions?: { readonly uid: string; readonly resourceVersion: string };
}

/** One page of a list. */
export interface ListPage {
  readonly items: readonly JsonObject[];
  /** Where a watch goes on from; opaque. */
  readonly resourceVersion: string;
}

/** A watch, and how to learn that the server has accepted it. */
export interface WatchOptions extends RequestOptions {
  readonly opened?: () => void;
}

/** What a client needs. */
export interface KubeClientOptions {
  readonly connection: KubeConnection;
  readonly clock: Clock;
  readonly metrics: Pick<Metrics, 'kubeRequest'>;
  /** `User-Agent`, as audit logs show it. */
  readonly userAgent?: string;
  /** Milliseconds for a request other than a watch, from the first byte to the last. */
  readonly timeout?: number;
  /** Bytes of a body, and of one line of a watch. */
  readonly bodyLimit?: number;
}

const mebibyte = 1_048_576;
const pageSize = 500;
const patchTypes = { json: 'application/json-patch+json', merge: 'application/merge-patch+json' } as const;

/**
 * JSON requests to the API server over few kept-alive connections.
 * Everything rejects with a {@link KubeError}. A 401 reads the credentials again and is tried once more; nothing else is.
 */
export class KubeClient {
  readonly #transport: Transport;
  readonly #clock: Clock;
  readonly #metrics: Pick<Metrics, 'kubeRequest'>;
  readonly #userAgent: string;
  readonly #timeout: number;
  readonly #bodyLimit: number;

  constructor(options: KubeClientOptions) {
    this.#transport = new Transport(options.connection);
    this.#clock = options.clock;
    this.#metrics = options.metrics;
    this.#userAgent = options.userAgent ?? 'plimsoll';
    this.#timeout = options.timeout ?? 30_000;
    this.#bodyLimit = options.bodyLimit ?? 64 * mebibyte;
  }

  get(path: string, options: RequestOptions): Promise<JsonObject> {
    return this.#exchange('GET', path, options);
  }

  /**
   * The pages of a list, in order, 500 objects each. A continuation that expired fails as `Gone`: what came before is then
   * incomplete, and the caller must begin again.
   */
  async *list(path: string, options: RequestOptions): AsyncGenerator<ListPage> {
    let next: string | undefined;
    do {
      const query = { limit: pageSize, ...options.query, continue: next };
      const page = await this.#exchange('GET', path, { ...options, query });
      const resourceVersion = textAt(page, 'metadata', 'resourceVersion');
      if (resourceVersion === undefined) {
        throw errorOfBadAnswer({ method: 'GET', path }, 'a list without a resourceVersion');
      }
      yield { items: listAt(page, 'items').filter(isJsonObject), resourceVersion };
      next = textAt(page, 'metadata', 'continue');
    } while (next !== undefined && next !== '');
  }

  create(path: string, body: JsonObject, options: RequestOptions): Promise<JsonObject> {
    return this.#exchange('POST', path, options, jsonContent(body));
  }

  /** Replaces an object; a `resourceVersion` in it makes that a compare-and-swap. */
  update(path: string, body: JsonObject, options: RequestOptions): Promise<JsonObject> {
    return this.#exchange('PUT', path, options, jsonContent(body));
  }

  patch(path: string, body: JsonObject | readonly unknown[], options: PatchOptions): Promise<JsonObject> {
    const content = { type: patchTypes[options.type], text: JSON.stringify(body) };
    return this.#exchange('PATCH', path, options, content);
  }

  delete(path: string, options: DeleteOptions): Promise<JsonObject> {
    const { preconditions } = options;
    const body = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions };
    return this.#exchange('DELETE', path, options, preconditions && jsonContent(body));
  }

  /**
   * The lines of a watch as they come, each a JSON value nobody has looked at. Ends when the server ends it; has no timeout
   * of its own. A line that the connection cuts is not delivered.
   */
  async *watch(path: string, options: WatchOptions): AsyncGenerator<unknown> {
    const request = this.#request('GET', path, { ...options, query: { ...options.query, watch: true } });
    const named = { method: 'WATCH', path };
    try {
      const answer = await this.#send({ ...request, streaming: true }, named);
      options.opened?.();
      for await (const line of splitLines(answer.body, this.#bodyLimit)) yield parseJson(line, named);
    } catch (fault) {
      if (fault instanceof LineTooLong) throw errorOfLimit(named, 'a line', fault.limit);
      throw this.#classify(fault, named, options.signal);
    }
  }

  /** Ends all connections; requests under way fail. */
  close(): Promise<void> {
    return this.#transport.close();
  }

  async #exchange(
    method: TransportRequest['method'],
    path: string,
    options: RequestOptions,
    content?: Content,
  ): Promise<JsonObject> {
    const deadline = new Deadline(this.#clock, this.#timeout, options.signal);
    const named = { method, path };
    try {
      const request = this.#request(method, path, { ...options, signal: deadline.signal }, content);
      const answer = await this.#send(request, named);
      const value = parseJson(await readText(answer, this.#bodyLimit, named), named);
      if (!isJsonObject(value)) throw errorOfBadAnswer(named, 'the answer is not a JSON object');
      return value;
    } catch (fault) {
      if (deadline.expired) {
        throw new KubeError(named, {
          code: 'Timeout',
          detail: `no answer within ${this.#timeout} ms`,
          cause: fault,
        });
      }
      throw this.#classify(fault, named, options.signal);
    } finally {
      deadline.close();
    }
  }

  #request(
    method: TransportRequest['method'],
    path: string,
    { query, signal }: RequestOptions,
    content?: Content,
  ): TransportRequest {
    const headers = { accept: 'application/json', 'user-agent': this.#userAgent };
    return {
      method,
      path: path + queryText(query ?? {}),
      headers: content === undefined ? headers : { ...headers, 'content-type': content.type },
      body: content?.text,
      streaming: false,
      signal,
    };
  }

  /** Sends, counts, and turns every answer that is no success into an error. */
  async #send(request: TransportRequest, named: RequestName): Promise<TransportAnswer> {
    const answer = await this.#counted(request, named);
    if (answer.status !== 401) return succeeded(answer, named);
    // Read to its end, so that the connection can be used again.
    await readText(answer, mebibyte, named);
    this.#transport.refresh();
    return succeeded(await this.#counted(request, named), named);
  }

  async #counted(request: TransportRequest, { method }: RequestName): Promise<TransportAnswer> {
    try {
      const answer = await this.#transport.send(request);
      this.#metrics.kubeRequest(method, String(answer.status));
      return answer;
    } catch (fault) {
      this.#metrics.kubeRequest(method, 'none');
      throw fault;
    }
  }

  #classify(fault: unknown, named: RequestName, signal: AbortSignal): KubeError {
    if (!signal.aborted) return errorOfFault(named, fault);
    return new KubeError(named, {
      code: 'Aborted',
      detail: 'the request was abandoned',
      cause: signal.reason,
    });
  }
}

interface Content {
  readonly type: string;
  readonly text: string;
}

function jsonContent(body: JsonObject): Content {
  return { type: 'application/json', text: JSON.stringify(body) };
}

async function succeeded(answer: TransportAnswer, named: RequestName): Promise<TransportAnswer> {
  const { status, retryAfter } = answer;
  if (status >= 200 && status < 300) return answer;
  const text = await readText(answer, mebibyte, named).catch(() => '');
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    // A proxy or load balancer may answer in HTML; the status alone must do.
  }
  throw errorOfAnswer(named, { status, body, retryAfter });
}

async function readText({ body }: TransportAnswer, limit: number, named: RequestName): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > limit) throw errorOfLimit(named, 'the answer', limit);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length).toString('utf8');
}

function parseJson(text: string, named: RequestName): unknown {
  try {
    return JSON.parse(text);
  } catch (fault) {
    throw errorOfBadAnswer(named, 'the answer is not JSON', fault);
  }
}

function queryText(query: Query): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    if (value !== undefined) parameters.set(name, String(value));
  const text = parameters.toString();
  return text === '' ? '' : `?${text}`;
}
