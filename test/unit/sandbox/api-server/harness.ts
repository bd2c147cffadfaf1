import type { TestContext } from 'node:test';
import { isJsonObject, type JsonObject, listAt, textAt } from '../../../../src/model/json.ts';
import {
  type EmbeddedApiServer,
  startEmbeddedApiServer,
} from '../../../../src/sandbox/api-server/embedded-api-server.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { until } from '../../../support/until.ts';

const token = 'a-token';

/** What a server answered. */
export interface Answer {
  readonly code: number;
  readonly body: JsonObject;
  readonly headers: Headers;
}

/** A server of its own for one test, with the shortest possible client. */
export class TestApi {
  readonly clock: FakeClock;
  readonly server: EmbeddedApiServer;

  private constructor(server: EmbeddedApiServer, clock: FakeClock) {
    this.server = server;
    this.clock = clock;
  }

  /** Starts a server that the test's end closes. */
  static async start(context: TestContext): Promise<TestApi> {
    const clock = new FakeClock();
    const server = await startEmbeddedApiServer({ clock, token });
    context.after(() => server.close());
    return new TestApi(server, clock);
  }

  get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return this.send('GET', path, undefined, headers);
  }

  post(path: string, body: unknown): Promise<Answer> {
    return this.send('POST', path, body);
  }

  put(path: string, body: unknown): Promise<Answer> {
    return this.send('PUT', path, body);
  }

  delete(path: string, options?: JsonObject): Promise<Answer> {
    return this.send('DELETE', path, options);
  }

  /** Sends a JSON Patch. */
  patch(path: string, operations: readonly JsonObject[]): Promise<Answer> {
    return this.send('PATCH', path, operations, { 'content-type': 'application/json-patch+json' });
  }

  /** Sends a JSON Merge Patch. */
  merge(path: string, body: JsonObject): Promise<Answer> {
    return this.send('PATCH', path, body, { 'content-type': 'application/merge-patch+json' });
  }

  /** Sends a strategic merge patch. */
  strategic(path: string, body: JsonObject): Promise<Answer> {
    return this.send('PATCH', path, body, { 'content-type': 'application/strategic-merge-patch+json' });
  }

  async send(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer> {
    const response = await fetch(this.server.url + path, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        'user-agent': 'test/1.0',
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const value: unknown = text.startsWith('{') ? JSON.parse(text) : { text };
    return { code: response.status, body: isJsonObject(value) ? value : {}, headers: response.headers };
  }

  /** Opens a watch; its events are collected as they come. */
  async watch(path: string, context: TestContext): Promise<TestWatch> {
    const abort = new AbortController();
    const response = await fetch(this.server.url + path, {
      headers: { authorization: `Bearer ${token}` },
      signal: abort.signal,
    });
    const watch = new TestWatch(response, abort);
    context.after(() => abort.abort());
    return watch;
  }
}

/** The events of an open watch. */
export class TestWatch {
  readonly events: JsonObject[] = [];
  readonly #abort: AbortController;
  /** How the stream ended. */
  ending: 'open' | 'ended' | 'broken' = 'open';
  /** What came after the last whole line. */
  rest = '';

  constructor(response: Response, abort: AbortController) {
    this.#abort = abort;
    void this.#read(response);
  }

  /** `ADDED web`, `MODIFIED web`, `BOOKMARK` and so on. */
  get told(): readonly string[] {
    return this.events.map((event) => {
      const name = textAt(event, 'object', 'metadata', 'name');
      return `${textAt(event, 'type')}${name === undefined ? '' : ` ${name}`}`;
    });
  }

  async untilTold(count: number): Promise<void> {
    await until(`${count} events, got ${this.told.join(', ')}`, () => this.events.length >= count);
  }

  async untilEnded(): Promise<void> {
    await until('the end of the watch', () => this.ending !== 'open');
  }

  close(): void {
    this.#abort.abort();
  }

  async #read({ body }: Response): Promise<void> {
    try {
      const texts = body?.pipeThrough(new TextDecoderStream()) ?? [];
      for await (const text of texts) this.#take(text);
      this.ending = 'ended';
    } catch {
      this.ending = 'broken';
    }
  }

  #take(text: string): void {
    const lines = (this.rest + text).split('\n');
    this.rest = lines.pop() ?? '';
    for (const line of lines) {
      const event: unknown = JSON.parse(line);
      if (isJsonObject(event)) this.events.push(event);
    }
  }
}

export const deployments = '/apis/apps/v1/namespaces/default/deployments';
export const pods = '/api/v1/namespaces/default/pods';
export const configMaps = '/api/v1/namespaces/default/configmaps';

/** A Deployment with one container, `web`. */
export function deployment(name: string, image = 'nginx:1.25', more: JsonObject = {}): JsonObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, ...more },
    spec: {
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'web', image }] } },
    },
  };
}

/** A Pod with one container. */
export function pod(name: string, metadata: JsonObject = {}): JsonObject {
  return { metadata: { name, ...metadata }, spec: { containers: [{ name: 'web', image: 'nginx:1.25' }] } };
}

/** A ConfigMap. */
export function configMap(name: string, labels: Readonly<Record<string, string>> = {}): JsonObject {
  return { metadata: { name, labels }, data: { key: 'value' } };
}

/** The image of the first container of a Deployment. */
export function imageOf(object: unknown): string | undefined {
  return textAt(listAt(object, 'spec', 'template', 'spec', 'containers')[0], 'image');
}

/** The names of a list's items. */
export function namesIn(list: unknown): readonly (string | undefined)[] {
  return listAt(list, 'items').map((item) => textAt(item, 'metadata', 'name'));
}
