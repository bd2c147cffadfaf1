import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { suite, test, type TestContext } from 'node:test';
import { pushImage } from '../../../src/sandbox/registry/push.ts';
import type { EmbeddedRegistry } from '../../../src/sandbox/registry/embedded-registry.ts';
import type { Fault } from '../../../src/sandbox/registry/faults.ts';
import { HttpServer, sendJson } from '../../support/http-server.ts';
import { certificate } from './certificate.ts';
import { accessTo, failureOf, given, patiently } from './harness.ts';
import { silentMetrics } from '../../support/silence.ts';

async function push(registry: EmbeddedRegistry): Promise<void> {
  await pushImage({ registry: registry.url, repository: 'shop/web', tag: '1.0', content: 'x' });
  registry.requests.clear();
}

function answer(status: number, headers: Record<string, string> = {}, body = ''): Fault {
  return { kind: 'answer', status, headers, body };
}

/** A host that says the same to whoever connects and writes. */
async function saying(t: TestContext, text: string): Promise<string> {
  const server = createServer((socket) => socket.on('data', () => socket.end(text)));
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  t.after(() => server.close());
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  return `127.0.0.1:${address.port}`;
}

suite('faults that pass', () => {
  for (const status of [408, 499, 500, 502, 503, 504, 522]) {
    test(`tries again after ${status}`, async (t) => {
      const { registry, client, clock } = await given(t);
      await push(registry);
      registry.faults.add({}, answer(status), 2);
      assert.deepEqual((await client.listTags(accessTo(registry), patiently)).tags, ['1.0']);
      assert.equal(registry.requests.count(), 3);
      assert.ok(clock.slept.every((milliseconds) => milliseconds >= 500 && milliseconds <= 8_000));
    });
  }

  test('tries again after a connection that was dropped', async (t) => {
    const { registry, client } = await given(t);
    await push(registry);
    registry.faults.add({}, { kind: 'drop' }, 2);
    assert.deepEqual((await client.listTags(accessTo(registry), patiently)).tags, ['1.0']);
  });

  test('waits as long as a short Retry-After says', async (t) => {
    const { registry, client, clock } = await given(t);
    await push(registry);
    registry.faults.add({}, answer(429, { 'retry-after': '1' }), 1);
    assert.deepEqual((await client.listTags(accessTo(registry), patiently)).tags, ['1.0']);
    assert.equal(clock.slept[0], 1_000);
  });
});

suite('faults that stay', () => {
  const staying: readonly { title: string; fault: Fault; code: string; requests: number }[] = [
    { title: 'an answer of 500', fault: answer(500), code: 'Unavailable', requests: 3 },
    { title: 'a dropped connection', fault: { kind: 'drop' }, code: 'Unavailable', requests: 3 },
    { title: 'a sign-in page', fault: { kind: 'html' }, code: 'NotARegistry', requests: 1 },
    {
      title: 'JSON of something else',
      fault: answer(200, {}, '{"hello":1}'),
      code: 'NotARegistry',
      requests: 1,
    },
    {
      title: 'a page that says not found',
      fault: answer(404, { 'content-type': 'text/html' }),
      code: 'NotARegistry',
      requests: 1,
    },
    { title: 'an answer of 404', fault: answer(404), code: 'RepositoryNotFound', requests: 1 },
    { title: 'an answer of 401 without a challenge', fault: answer(401), code: 'Unauthorized', requests: 1 },
    { title: 'an answer of 418', fault: answer(418), code: 'Unavailable', requests: 1 },
    {
      title: 'headers beyond any measure',
      fault: answer(200, { 'x-long': 'x'.repeat(40_000) }),
      code: 'LimitExceeded',
      requests: 1,
    },
    {
      title: 'an encoding that nobody asked for',
      fault: answer(200, { 'content-encoding': 'br' }, 'x'),
      code: 'NotARegistry',
      requests: 1,
    },
    {
      title: 'a redirect to itself',
      fault: answer(307, { location: '/v2/shop/web/tags/list' }),
      code: 'UnsafeRealm',
      requests: 6,
    },
  ];
  for (const { title, fault, code, requests } of staying) {
    test(`calls ${title} ${code}`, async (t) => {
      const { registry, client } = await given(t);
      await push(registry);
      registry.faults.add({}, fault);
      const error = await failureOf(client.listTags(accessTo(registry), patiently));
      assert.equal(error.code, code);
      assert.equal(registry.requests.count(), requests);
      assert.match(error.message, /^127\.0\.0\.1:\d+\/shop\/web: cannot list tags: [^\n]+$/);
    });
  }

  test('follows a redirect within the host', async (t) => {
    const { registry, client } = await given(t);
    await push(registry);
    registry.faults.add({}, answer(307, { location: '/v2/shop/web/tags/list?moved=1' }), 1);
    assert.deepEqual((await client.listTags(accessTo(registry), patiently)).tags, ['1.0']);
  });

  test('calls a port where nobody listens Unavailable', async (t) => {
    const { registry, client } = await given(t);
    await registry.close();
    const error = await failureOf(client.listTags(accessTo(registry), patiently));
    assert.equal(error.code, 'Unavailable');
    assert.match(error.message, /the connection was refused/);
  });

  test('calls something that does not speak HTTP NotARegistry', async (t) => {
    const { client } = await given(t);
    const host = await saying(t, 'SSH-2.0-OpenSSH_9.6\r\n');
    assert.equal((await failureOf(client.listTags(accessTo({ host }), patiently))).code, 'NotARegistry');
  });

  test('is not confused by headers that come twice', async (t) => {
    const { client } = await given(t);
    const twice = [
      'content-type: text/html',
      'retry-after: 600',
      'location: /x',
      'content-encoding: identity',
    ];
    const lines = [
      'HTTP/1.1 429 Slow down',
      ...twice,
      ...twice,
      'content-length: 0',
      'connection: close',
      '',
      '',
    ];
    const host = await saying(t, lines.join('\r\n'));
    const error = await failureOf(client.listTags(accessTo({ host }), patiently));
    assert.deepEqual([error.code, error.retryAfter], ['RateLimited', 600_000]);
  });

  for (const host of ['256.1.1.1', '[::::]:5000']) {
    test(`calls the impossible host ${host} NotARegistry`, async (t) => {
      const { client } = await given(t);
      assert.equal((await failureOf(client.listTags(accessTo({ host }), patiently))).code, 'NotARegistry');
    });
  }

  test('breaks off a registry that never answers', async (t) => {
    const { registry, client } = await given(t, {}, { timeouts: { total: 100 } });
    registry.faults.add({}, { kind: 'hang' });
    const error = await failureOf(client.listTags(accessTo(registry), patiently));
    assert.equal(error.code, 'Unavailable');
    assert.equal(registry.requests.count(), 1);
  });

  test('breaks off a registry that sends a byte at a time', async (t) => {
    const { registry, client } = await given(t, {}, { timeouts: { total: 200 } });
    await push(registry);
    registry.faults.add({}, { kind: 'drip', milliseconds: 50 });
    assert.equal((await failureOf(client.listTags(accessTo(registry), patiently))).code, 'Unavailable');
  });
});

suite('a registry that limits us', () => {
  test('is left alone for as long as it said, for every repository', async (t) => {
    const { registry, client } = await given(t);
    registry.faults.add({}, answer(429, { 'retry-after': '600' }));
    const first = await failureOf(client.listTags(accessTo(registry), patiently));
    assert.equal(first.code, 'RateLimited');
    assert.equal(first.retryAfter, 600_000);

    const second = await failureOf(client.listTags(accessTo(registry, 'shop/other'), patiently));
    assert.equal(second.code, 'RateLimited');
    assert.ok((second.retryAfter ?? 0) > 590_000);
    assert.equal(registry.requests.count(), 1);
  });

  test('is shown in the metrics with the time until which it is left alone', async (t) => {
    const pauses: number[] = [];
    const registryPause = (_registry: string, until: number) => pauses.push(until);
    const { registry, client, clock } = await given(t, {}, { metrics: { ...silentMetrics, registryPause } });
    registry.faults.add({}, answer(429, { 'retry-after': '600' }));
    const before = clock.now();
    await failureOf(client.listTags(accessTo(registry), patiently));
    assert.equal(pauses.length, 1);
    assert.ok((pauses[0] ?? 0) >= before + 600_000);
  });

  test('is shown in the metrics with the time that requests wait for it', async (t) => {
    const waited: number[] = [];
    const registryThrottled = (_registry: string, seconds: number) => waited.push(seconds);
    const { registry, client } = await given(t, {}, { metrics: { ...silentMetrics, registryThrottled } });
    await push(registry);
    registry.faults.add({}, answer(429, { 'retry-after': '1' }), 1);
    await client.listTags(accessTo(registry), patiently);
    assert.equal(waited.length, 2);
    assert.ok(waited.every((seconds) => seconds >= 0));
  });

  test('is left alone for a minute where it does not say how long', async (t) => {
    const { registry, client } = await given(t);
    registry.faults.add({}, answer(429, {}, '{"errors":[{"code":"TOOMANYREQUESTS","message":"slow down"}]}'));
    const error = await failureOf(client.listTags(accessTo(registry), patiently));
    assert.equal(error.retryAfter, 60_000);
    assert.match(error.message, /TOOMANYREQUESTS: slow down/);
    assert.equal(registry.requests.count(), 1);
  });

  test('is left alone after 503 with Retry-After as well', async (t) => {
    const { registry, client } = await given(t);
    registry.faults.add({}, answer(503, { 'retry-after': '600' }));
    const error = await failureOf(client.listTags(accessTo(registry), patiently));
    assert.equal(error.code, 'Unavailable');
    assert.equal(error.retryAfter, 600_000);
    const next = await failureOf(client.listTags(accessTo(registry, 'shop/other'), patiently));
    assert.equal(next.code, 'RateLimited');
    assert.equal(registry.requests.count(), 1);
  });

  test('is said to wait in words that do not change while it does', async (t) => {
    const { registry, client } = await given(t);
    registry.faults.add({}, answer(429, { 'retry-after': '600' }));
    const first = await failureOf(client.listTags(accessTo(registry), patiently));
    const second = await failureOf(client.listTags(accessTo(registry), patiently));
    assert.match(first.message, /answered 429; it is asked again at \d{4}-\d\d-\d\dT\d\d:\d\dZ$/);
    assert.equal(second.message, first.message);
  });

  test('gets no more requests at once than agreed', async (t) => {
    const { registry } = await given(t);
    const { client } = await given(
      t,
      {},
      { hosts: { [registry.host]: { concurrency: 2 } }, timeouts: { total: 1_000 } },
    );
    registry.faults.add({}, { kind: 'hang' });
    const looks = Array.from({ length: 5 }, () => failureOf(client.listTags(accessTo(registry), patiently)));
    assert.deepEqual(new Set((await Promise.all(looks)).map(({ code }) => code)), new Set(['Unavailable']));
    assert.equal(registry.requests.count(), 2);
  });
});

suite('TLS', () => {
  test('does not trust a certificate of nobody, and says what to configure', async (t) => {
    const { registry } = await given(t, { tls: certificate });
    const { client } = await given(t, {}, { hosts: { [registry.host]: { scheme: 'https' } } });
    const error = await failureOf(client.listTags(accessTo(registry), patiently));
    assert.equal(error.code, 'TLSUntrusted');
    assert.match(error.message, /tls\.ca_file/);
    assert.equal(registry.requests.count(), 0);
  });

  test('trusts a certificate that is configured', async (t) => {
    const { registry } = await given(t, { tls: certificate });
    const hosts = { [registry.host]: { scheme: 'https', ca: certificate.cert } } as const;
    const { client } = await given(t, {}, { hosts });
    const error = await failureOf(client.listTags(accessTo(registry), patiently));
    assert.equal(error.code, 'RepositoryNotFound');
  });

  test('calls a plain port Unavailable and says what to configure', async (t) => {
    const { registry } = await given(t);
    const { client } = await given(t, {}, { hosts: { [registry.host]: { scheme: 'https' } } });
    const error = await failureOf(client.listTags(accessTo(registry), patiently));
    assert.equal(error.code, 'Unavailable');
    assert.match(error.message, /http:\/\/ endpoint/);
  });
});

suite('connections', () => {
  test('are kept from one request to the next', async (t) => {
    const server = await HttpServer.start((_request, response) => sendJson(response, { tags: ['1.0'] }));
    t.after(() => server.close());
    const { client } = await given(t);
    const access = accessTo({ host: new URL(server.url).host });
    for (let look = 0; look < 20; look++) await client.listTags(access, patiently);
    assert.ok(server.connections <= 4, `${server.connections} connections`);
  });
});

suite('the life of a request', () => {
  test('ends with the reason of its signal', async (t) => {
    const { registry, client } = await given(t);
    registry.faults.add({}, { kind: 'hang' });
    const leaving = new AbortController();
    const look = client.listTags(accessTo(registry), leaving.signal);
    leaving.abort(new Error('shutting down'));
    await assert.rejects(look, /shutting down/);
  });

  test('does not begin after its signal', async (t) => {
    const { registry, client } = await given(t);
    await assert.rejects(client.listTags(accessTo(registry), AbortSignal.abort(new Error('gone'))), /gone/);
    assert.equal(registry.requests.count(), 0);
  });

  test('ends when the client closes', async (t) => {
    const { registry, client } = await given(t);
    registry.faults.add({}, { kind: 'hang' });
    const look = failureOf(client.listTags(accessTo(registry), patiently));
    await client.close();
    assert.equal((await look).code, 'Unavailable');
  });

  test('is counted with its operation and its status or fault', async (t) => {
    const { registry, client, counted } = await given(t);
    await push(registry);
    await client.listTags(accessTo(registry), patiently);
    await client.resolveTag(accessTo(registry), '1.0', patiently);
    registry.faults.add({}, { kind: 'drop' });
    await failureOf(client.listTags(accessTo(registry), patiently));
    assert.deepEqual(counted.slice(0, 3), [
      [registry.host, 'list_tags', '200'],
      [registry.host, 'head_manifest', '200'],
      [registry.host, 'list_tags', 'Unavailable'],
    ]);
  });
});
