import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import { connect } from 'node:net';
import { suite, test, type TestContext } from 'node:test';
import { pushImage } from '../../../src/sandbox/registry/push.ts';
import { proxyFor } from '../../../src/registry/proxy.ts';
import { certificate } from './certificate.ts';
import { accessTo, given, patiently } from './harness.ts';

const proxy = 'http://proxy.example.com:3128';

function isDirect(url: string, no: string): boolean {
  return proxyFor(new URL(url), { http: proxy, https: proxy, no }) === undefined;
}

suite('NO_PROXY', () => {
  const direct: readonly (readonly [url: string, no: string])[] = [
    ['https://registry.example.com', 'registry.example.com'],
    ['https://registry.example.com', 'example.com'],
    ['https://registry.example.com', '.example.com'],
    ['https://registry.example.com', '*.example.com'],
    ['https://REGISTRY.example.com', 'a.b, Registry.Example.com'],
    ['https://registry.example.com', '*'],
    ['https://registry.default.svc', '10.0.0.0/8,.svc,.cluster.local'],
    ['https://registry.default.svc.cluster.local:5000', '10.0.0.0/8 .svc .cluster.local'],
    ['https://10.20.30.40:5000', '10.0.0.0/8'],
    ['https://10.20.30.40', '10.20.30.40'],
    ['https://[fd00::5]:5000', 'fd00::/8'],
    ['https://[fd00::5]', 'fd00:0::5'],
    ['https://registry.example.com:5000', 'registry.example.com:5000'],
    ['https://registry.example.com', 'registry.example.com:443'],
    ['http://registry.example.com', 'registry.example.com:80'],
    ['http://127.0.0.1:5000', ''],
    ['http://localhost:5000', ''],
    ['http://[::1]:5000', ''],
  ];
  for (const [url, no] of direct)
    test(`${no} keeps ${url} away from the proxy`, () => assert.ok(isDirect(url, no)));

  const through: readonly (readonly [url: string, no: string])[] = [
    ['https://registry.example.com', ''],
    ['https://registry.example.com', ',, '],
    ['https://example.com', '.example.com'],
    ['https://notexample.com', 'example.com'],
    ['https://example.com.evil.org', 'example.com'],
    ['https://registry.example.com:5000', 'registry.example.com:5001'],
    ['https://11.0.0.1', '10.0.0.0/8'],
    ['https://registry.example.com', '10.0.0.0/8'],
    ['https://10.0.0.1', '10.0.0.0/33'],
    ['https://10.0.0.1', '10.0.0.0/x'],
    ['https://10.0.0.1', '0.0.1'],
  ];
  for (const [url, no] of through)
    test(`"${no}" leaves ${url} to the proxy`, () => assert.ok(!isDirect(url, no)));
});

suite('the choice of a proxy', () => {
  test('goes by the scheme of the registry, and takes an address without scheme', () => {
    const settings = { http: 'a.example.com:1', https: 'https://b.example.com:2', no: undefined };
    assert.equal(proxyFor(new URL('http://r.example.com'), settings)?.href, 'http://a.example.com:1/');
    assert.equal(proxyFor(new URL('https://r.example.com'), settings)?.href, 'https://b.example.com:2/');
  });

  test('is none where none is set, or what is set is no address', () => {
    for (const https of [undefined, '', 'http://:x']) {
      assert.equal(
        proxyFor(new URL('https://r.example.com'), { http: undefined, https, no: undefined }),
        undefined,
      );
    }
  });
});

/** A proxy that takes every tunnel to the same port of loopback, and remembers what it was asked. */
async function startProxy(t: TestContext, port: number) {
  const asked: string[] = [];
  const server: Server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url} ${request.headers['proxy-authorization'] ?? '-'}`);
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"name":"x","tags":["9.0"]}');
  });
  server.on('connect', (request, client) => {
    asked.push(`CONNECT ${request.url} ${request.headers['proxy-authorization'] ?? '-'}`);
    const target = connect(port, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 OK\r\n\r\n');
      target.pipe(client).pipe(target);
    });
    for (const end of [target, client]) end.on('error', () => undefined);
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  return { url: `http://ann:p%40ss@127.0.0.1:${address.port}`, asked };
}

suite('a registry behind a proxy', () => {
  const basic = `Basic ${Buffer.from('ann:p@ss').toString('base64')}`;

  test('is reached by a tunnel, with TLS to the registry itself', async (t) => {
    const { registry } = await given(t, { tls: certificate });
    const via = await startProxy(t, Number(registry.host.split(':')[1]));
    const hosts = { 'registry.example.com': { insecureSkipVerify: true } };
    const { client } = await given(t, {}, { hosts, proxy: { http: undefined, https: via.url, no: '.svc' } });
    const access = { registry: 'registry.example.com', path: 'shop/web', credentials: [] };
    await assert.rejects(client.listTags(access, patiently), /NAME_UNKNOWN/);
    assert.deepEqual(via.asked, [`CONNECT registry.example.com:443 ${basic}`]);
  });

  test('over plain http is asked for by its whole address', async (t) => {
    const via = await startProxy(t, 1);
    const hosts = { 'registry.example.com': { scheme: 'http' } } as const;
    const { client } = await given(
      t,
      {},
      { hosts, proxy: { http: via.url, https: undefined, no: undefined } },
    );
    const access = { registry: 'registry.example.com', path: 'shop/web', credentials: [] };
    assert.deepEqual((await client.listTags(access, patiently)).tags, ['9.0']);
    assert.deepEqual(via.asked, [`GET http://registry.example.com/v2/shop/web/tags/list?n=1000 ${basic}`]);
  });

  test('on loopback is spoken to directly', async (t) => {
    const { registry } = await given(t);
    const via = await startProxy(t, 1);
    const { client } = await given(t, {}, { proxy: { http: via.url, https: via.url, no: undefined } });
    await pushImage({ registry: registry.host, repository: 'shop/web', tag: '1.0', content: 'x' });
    assert.deepEqual((await client.listTags(accessTo(registry), patiently)).tags, ['1.0']);
    assert.deepEqual(via.asked, []);
  });
});
