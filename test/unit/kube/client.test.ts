import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { KubeClient, type KubeClientOptions } from '../../../src/kube/client.ts';
import { isKubeError, type KubeError } from '../../../src/kube/errors.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { type Handler, HttpServer, sendJson } from '../../support/http-server.ts';
import { silentMetrics } from '../../support/silence.ts';
import { until } from '../../support/until.ts';
import { connectionTo } from './fake-connection.ts';

const path = '/apis/apps/v1/namespaces/shop/deployments/web';
const { signal } = new AbortController();
const opened: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const each of opened.splice(0)) await each.close();
});

async function given(
  handler: Handler,
  options: Partial<KubeClientOptions> & { readonly tokens?: readonly string[]; readonly below?: string } = {},
) {
  const server = await HttpServer.start(handler);
  const { tokens, below = '', ...others } = options;
  const client = new KubeClient({
    connection: connectionTo(server.url + below, tokens),
    clock: systemClock,
    metrics: silentMetrics,
    ...others,
  });
  opened.push(client, server);
  return { server, client };
}

async function failure(promise: Promise<unknown>): Promise<KubeError> {
  try {
    await promise;
  } catch (error) {
    if (isKubeError(error)) return error;
    throw error;
  }
  throw new Error('nothing failed');
}

const status = (code: number, reason: string, message: string) => ({ kind: 'Status', code, reason, message });

describe('a request', () => {
  it('carries token, agent, query and content type, below the path of the server', async () => {
    const { server, client } = await given((_, response) => sendJson(response, { kind: 'Deployment' }), {
      below: '/k8s/clusters/c-1/',
      userAgent: 'plimsoll/1.2.3',
    });

    const options = { type: 'json', query: { fieldManager: 'plimsoll', dryRun: undefined }, signal } as const;
    const answer = await client.patch(path, [{ op: 'test' }], options);

    assert.deepEqual(answer, { kind: 'Deployment' });
    const [request] = server.requests;
    assert.equal(request?.path, `/k8s/clusters/c-1${path}`);
    assert.equal(request.query.toString(), 'fieldManager=plimsoll');
    assert.equal(request.headers.authorization, 'Bearer token');
    assert.equal(request.headers['user-agent'], 'plimsoll/1.2.3');
    assert.equal(request.headers['content-type'], 'application/json-patch+json');
    assert.equal(request.body, '[{"op":"test"}]');
  });

  it('reuses its connections for fifty requests in a row', async () => {
    const { server, client } = await given((_, response) => sendJson(response, {}));

    for (let count = 0; count < 50; count++) await client.get(path, { signal });

    assert.ok(server.connections <= 2, `${server.connections} connections`);
  });

  it('uses at most four connections for fifty requests at once', async () => {
    const { server, client } = await given((_, response) => sendJson(response, {}));

    await Promise.all(Array.from({ length: 50 }, () => client.get(path, { signal })));

    assert.ok(server.connections <= 4, `${server.connections} connections`);
  });

  it('is counted with its method and status', async () => {
    const counted: string[] = [];
    const metrics = { kubeRequest: (method: string, code: string) => counted.push(`${method} ${code}`) };
    const { server, client } = await given((_, response) => sendJson(response, {}), { metrics });

    await client.get(path, { signal });
    await server.close();
    await failure(client.delete(path, { signal }));

    assert.deepEqual(counted, ['GET 200', 'DELETE none']);
  });
});

describe('credentials', () => {
  it('are read again once when the server answers 401', async () => {
    const { server, client } = await given(
      ({ headers }, response) =>
        headers.authorization === 'Bearer new'
          ? sendJson(response, { ok: true })
          : sendJson(response, status(401, 'Unauthorized', 'Unauthorized'), 401),
      { tokens: ['old', 'new'] },
    );

    assert.deepEqual(await client.create(path, { a: 1 }, { signal }), { ok: true });
    assert.deepEqual(
      server.requests.map(({ body }) => body),
      ['{"a":1}', '{"a":1}'],
    );
  });

  it('are not read again and again when the server keeps refusing them', async () => {
    const { server, client } = await given((_, response) =>
      sendJson(response, status(401, 'Unauthorized', 'no'), 401),
    );

    const error = await failure(client.get(path, { signal }));

    assert.equal(error.code, 'Unauthorized');
    assert.equal(server.requests.length, 2);
    assert.doesNotMatch(`${error.message} ${JSON.stringify(error)}`, /token/);
  });
});

describe('a refusal', () => {
  const cases: readonly (readonly [number, string, string, boolean])[] = [
    [400, 'BadRequest', 'BadRequest', false],
    [403, 'Forbidden', 'Forbidden', false],
    [404, 'NotFound', 'NotFound', false],
    [409, 'Conflict', 'Conflict', true],
    [409, 'AlreadyExists', 'AlreadyExists', false],
    [410, 'Expired', 'Gone', false],
    [415, 'UnsupportedMediaType', 'Unsupported', false],
    [422, 'Invalid', 'Invalid', false],
    [429, 'TooManyRequests', 'TooManyRequests', true],
    [500, 'InternalError', 'Unavailable', true],
    [503, 'ServiceUnavailable', 'Unavailable', true],
    [504, 'Timeout', 'Timeout', true],
  ];
  for (const [code, reason, expected, retryable] of cases) {
    it(`of ${code} ${reason} is ${expected}`, async () => {
      const { client } = await given((_, response) =>
        sendJson(response, status(code, reason, 'because\nso'), code),
      );

      const error = await failure(client.get(path, { signal, query: { secret: 'x' } }));

      assert.equal(error.code, expected);
      assert.equal(error.status, code);
      assert.equal(error.retryable, retryable);
      assert.equal(error.message, `GET ${path}: ${code} ${expected}: because so`);
    });
  }

  it('says how long to wait', async () => {
    const { client } = await given((_, response) =>
      sendJson(response, status(429, 'TooManyRequests', 'slow down'), 429, { 'retry-after': '7' }),
    );

    assert.equal((await failure(client.get(path, { signal }))).retryAfter, 7_000);
  });

  it('in HTML, as a load balancer sends it, is classified by its status', async () => {
    const { client } = await given((_, response) => response.writeHead(502).end('<html>bad gateway</html>'));

    assert.equal((await failure(client.get(path, { signal }))).code, 'Unavailable');
  });
});

describe('a fault', () => {
  it('of the connection is Unavailable and retryable', async () => {
    const { server, client } = await given(() => server.cut());

    const error = await failure(client.get(path, { signal }));

    assert.equal(error.code, 'Unavailable');
    assert.ok(error.retryable);
  });

  it('of an answer that is no JSON is a BadAnswer', async () => {
    const { client } = await given((_, response) => response.end('{"cut": '));

    assert.equal((await failure(client.get(path, { signal }))).code, 'BadAnswer');
  });

  it('of a body beyond the limit is LimitExceeded, without reading all of it', async () => {
    const { client } = await given((_, response) => sendJson(response, { text: 'x'.repeat(5_000) }), {
      bodyLimit: 1_000,
    });

    assert.equal((await failure(client.get(path, { signal }))).code, 'LimitExceeded');
  });

  it('of a server that never answers is a Timeout after half a minute', async () => {
    const clock = new FakeClock();
    const { server, client } = await given(() => undefined, { clock });

    const failed = failure(client.get(path, { signal }));
    await until('the request to arrive', () => server.requests.length === 1);
    await clock.advance(30_000);

    assert.equal((await failed).code, 'Timeout');
    assert.equal(clock.waiting, 0);
  });

  it('of a server that drips is a Timeout too', async () => {
    const clock = new FakeClock();
    const { server, client } = await given((_, response) => response.writeHead(200).write('{'), { clock });

    const failed = failure(client.get(path, { signal }));
    await until('the request to arrive', () => server.requests.length === 1);
    await clock.advance(30_000);

    assert.equal((await failed).code, 'Timeout');
  });

  it('that the caller brought about is Aborted', async () => {
    const controller = new AbortController();
    const { server, client } = await given(() => undefined);

    const failed = failure(client.get(path, { signal: controller.signal }));
    await until('the request to arrive', () => server.requests.length === 1);
    controller.abort(new Error('shutting down'));

    const error = await failed;
    assert.equal(error.code, 'Aborted');
    assert.ok(!error.retryable);
  });
});

describe('a list', () => {
  it('follows its continuation and asks for 500 objects at a time', async () => {
    const { server, client } = await given(({ query }, response) =>
      sendJson(response, {
        metadata: { resourceVersion: '7', ...(query.has('continue') ? {} : { continue: 'more' }) },
        items: [{ page: query.get('continue') ?? 'first' }],
      }),
    );

    const items = [];
    for await (const page of client.list('/api/v1/pods', {
      query: { labelSelector: 'a in (b,c)' },
      signal,
    })) {
      assert.equal(page.resourceVersion, '7');
      items.push(...page.items);
    }

    assert.deepEqual(items, [{ page: 'first' }, { page: 'more' }]);
    assert.equal(server.requests[1]?.query.get('limit'), '500');
    assert.equal(server.requests[1]?.query.get('labelSelector'), 'a in (b,c)');
  });
});

describe('a watch', () => {
  async function linesOf(client: KubeClient): Promise<unknown[]> {
    const lines: unknown[] = [];
    for await (const line of client.watch('/api/v1/pods', { signal })) lines.push(line);
    return lines;
  }

  it('delivers lines whole, however the network cuts them', async () => {
    const text = Buffer.from('{"name":"Plimsöll ⚓"}\n\n{"b":2}\n{"cut":');
    const { client } = await given((_, response) => {
      void (async () => {
        for (const byte of text) {
          response.write(Buffer.from([byte]));
          await new Promise((resolve) => setImmediate(resolve));
        }
        response.end();
      })();
    });

    assert.deepEqual(await linesOf(client), [{ name: 'Plimsöll ⚓' }, { b: 2 }]);
  });

  it('fails when the connection is cut', async () => {
    const { server, client } = await given((_, response) => {
      response.write('{"a":1}\n{"b"', () => server.cut());
    });

    assert.equal((await failure(linesOf(client))).code, 'Unavailable');
  });

  it('fails on a line beyond the limit, not on many lines', async () => {
    const short = '{"a":1}\n'.repeat(500);
    const { client } = await given(
      (request, response) => response.end(request.query.has('long') ? 'x'.repeat(2_000) : short),
      { bodyLimit: 1_000 },
    );
    assert.equal((await linesOf(client)).length, 500);

    const long = (async () => {
      for await (const _ of client.watch('/api/v1/pods', { query: { long: true }, signal }));
    })();
    assert.equal((await failure(long)).code, 'LimitExceeded');
  });

  it('has a connection of its own, so that many watches block no request', async () => {
    const { server, client } = await given(({ query }, response) =>
      query.has('watch') ? response.writeHead(200).flushHeaders() : sendJson(response, {}),
    );
    const controller = new AbortController();
    let open = 0;
    const watches = Array.from({ length: 12 }, async () => {
      const options = { signal: controller.signal, opened: () => open++ };
      for await (const _ of client.watch('/api/v1/pods', options));
    });
    await until('all watches to open', () => open === 12);

    await client.get(path, { signal });
    controller.abort();

    const ends = await Promise.allSettled(watches);
    assert.ok(ends.every((end) => end.status === 'rejected' && isKubeError(end.reason, 'Aborted')));
    assert.equal(server.connections, 13);
  });
});
