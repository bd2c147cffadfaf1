import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { describe, it } from 'node:test';
import { KubeClient } from '../../../src/kube/client.ts';
import { Reflector } from '../../../src/kube/reflector.ts';
import { resources } from '../../../src/kube/resources.ts';
import { Store } from '../../../src/kube/store.ts';
import { textAt } from '../../../src/model/json.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { HttpServer, type SeenRequest, sendJson } from '../../support/http-server.ts';
import { silentLog, silentMetrics } from '../../support/silence.ts';
import { until } from '../../support/until.ts';
import { connectionTo } from './fake-connection.ts';

interface Change {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: { readonly metadata: Readonly<Record<string, string>> };
}

/** A small API server over HTTP: it remembers every change and can misbehave on each new watch. */
class FaultyApi {
  readonly #changes: Change[] = [];
  readonly #open = new Set<ServerResponse>();
  /** What the next watches do wrong, once they have been opened. */
  readonly faults: ((response: ServerResponse) => void)[] = [];
  #version = 100;

  readonly handle = (request: SeenRequest, response: ServerResponse): void => {
    if (!request.query.has('watch')) return this.#list(response);
    const fault = this.faults.shift();
    if (fault !== undefined) return fault(response);
    response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
    this.#open.add(response);
    response.on('close', () => this.#open.delete(response));
    const since = Number(request.query.get('resourceVersion'));
    for (const change of this.#changes) if (versionOf(change) > since) send(response, change);
  };

  /** Watches that are open and healthy. */
  get watches(): number {
    return this.#open.size;
  }

  change(type: Change['type'], name: string, uid = `uid-${name}`): void {
    const resourceVersion = String(++this.#version);
    const change = { type, object: { metadata: { namespace: 'shop', name, uid, resourceVersion } } };
    this.#changes.push(change);
    for (const response of this.#open) send(response, change);
  }

  /** What is true now: names and versions. */
  truth(): string[] {
    const objects = new Map<string, string>();
    for (const change of this.#changes) {
      const { name = '', resourceVersion = '' } = change.object.metadata;
      if (change.type === 'DELETED') objects.delete(name);
      else objects.set(name, resourceVersion);
    }
    return [...objects].map(([name, version]) => `shop/${name}@${version}`).toSorted();
  }

  #list(response: ServerResponse): void {
    const present = new Map<string, Change>();
    for (const change of this.#changes) {
      const { name = '' } = change.object.metadata;
      if (change.type === 'DELETED') present.delete(name);
      else present.set(name, change);
    }
    const items = [...present.values()].map(({ object }) => object);
    sendJson(response, { metadata: { resourceVersion: String(this.#version) }, items });
  }
}

function versionOf({ object }: Change): number {
  return Number(object.metadata['resourceVersion']);
}

function send(response: ServerResponse, change: Change): void {
  response.write(`${JSON.stringify(change)}\n`);
}

const status = (code: number, reason: string) => ({ kind: 'Status', code, reason });

/** A watch that begins well and then breaks in the middle of something. */
function begin(text: string | Buffer, then: (response: ServerResponse) => void) {
  return (response: ServerResponse) => {
    response.writeHead(200);
    response.write(text, () => then(response));
  };
}

const cut = (response: ServerResponse) => response.socket?.destroy();
const anchor = Buffer.from('{"type":"ADDED","object":{"metadata":{"name":"⚓');

const faults: Readonly<Record<string, (response: ServerResponse) => void>> = {
  'a cut in the middle of a line': begin('{"type":"ADDED","object":{"meta', cut),
  'a cut in the middle of a character': begin(anchor.subarray(0, -1), cut),
  'an end in the middle of a line': begin('{"type":"ADDED","ob', (response) => response.end()),
  'an end right after the headers': (response) => response.writeHead(200).end(),
  'a cut before any answer': cut,
  'a 500': (response) => sendJson(response, status(500, 'InternalError'), 500),
  'a 429 that asks to wait': (response) =>
    sendJson(response, status(429, 'TooManyRequests'), 429, { 'retry-after': '3' }),
  'a 401': (response) => sendJson(response, status(401, 'Unauthorized'), 401),
  'a 403': (response) => sendJson(response, status(403, 'Forbidden'), 403),
  'a 410': (response) => sendJson(response, status(410, 'Expired'), 410),
  'an ERROR event of 410': begin(
    `${JSON.stringify({ type: 'ERROR', object: status(410, 'Expired') })}\n`,
    (response) => response.end(),
  ),
  'an ERROR event of 500': begin(
    `${JSON.stringify({ type: 'ERROR', object: status(500, 'InternalError') })}\n`,
    () => undefined,
  ),
  'a line beyond the limit': begin('x'.repeat(200_000), () => undefined),
  'a line that is no JSON': begin('<html>\n', () => undefined),
  silence: (response) => response.writeHead(200).flushHeaders(),
  'no answer at all': () => undefined,
};

describe('a reflector over HTTP', () => {
  it('misses no change, whatever goes wrong between two of them', async () => {
    const api = new FaultyApi();
    const server = await HttpServer.start(api.handle);
    const clock = new FakeClock();
    const client = new KubeClient({
      connection: connectionTo(server.url),
      clock,
      metrics: silentMetrics,
      bodyLimit: 100_000,
    });
    const store = new Store<string>();
    const reflector = new Reflector({
      client,
      clock,
      store,
      resource: resources.deployments,
      project: (object) =>
        `shop/${textAt(object, 'metadata', 'name')}@${textAt(object, 'metadata', 'resourceVersion')}`,
      log: silentLog,
      metrics: silentMetrics,
    });
    const stop = new AbortController();
    api.change('ADDED', 'web');
    const running = reflector.run(stop.signal);
    const agree = () => assert.deepEqual(store.list().toSorted(), api.truth());
    const settled = async () => {
      for (let step = 0; api.watches === 0 && step < 1_000; step++) await clock.advance(1_000);
      await until('the store to be current', () => String(store.list().toSorted()) === String(api.truth()));
    };
    await settled();

    for (const [name, fault] of Object.entries(faults)) {
      api.faults.push(fault);
      const asked = server.requests.length;
      server.cut();
      await until('the watch to end', () => api.watches === 0);
      for (let step = 0; server.requests.length === asked && step < 1_000; step++) await clock.advance(1_000);
      api.change('MODIFIED', 'web');
      api.change('ADDED', name.replaceAll(' ', '-'));
      api.change('DELETED', name.replaceAll(' ', '-'));
      api.change('ADDED', 'swapped', `uid-${name}`);
      await settled();
    }

    agree();
    assert.equal(api.faults.length, 0);
    stop.abort();
    await running;
    await client.close();
    await server.close();
    assert.equal(clock.waiting, 0);
  });
});
