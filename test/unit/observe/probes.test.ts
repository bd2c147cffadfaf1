import assert from 'node:assert/strict';
import { networkInterfaces } from 'node:os';
import { afterEach, test } from 'node:test';
import { type ProbeOptions, type ProbeServer, startProbes } from '../../../src/observe/probes.ts';

const servers: ProbeServer[] = [];
const hasIpv6 = Object.values(networkInterfaces()).some((addresses) =>
  addresses?.some(({ address }) => address === '::1'),
);

afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

async function start(
  options: Partial<ProbeOptions> = {},
): Promise<(path: string, method?: string) => Promise<Response>> {
  const server = await startProbes({
    address: '127.0.0.1:0',
    notReady: () => [],
    notAlive: () => [],
    scrape: async () => ({ contentType: 'text/plain; version=0.0.4', text: 'up 1\n' }),
    ...options,
  });
  servers.push(server);
  return (path, method = 'GET') => fetch(`http://127.0.0.1:${server.port}${path}`, { method });
}

for (const path of ['/livez', '/healthz', '/health', '/readyz', '/ready', '/livez?verbose']) {
  test(`${path} answers that all is well`, async () => {
    const response = await (await start())(path);
    assert.deepEqual([response.status, await response.text()], [200, 'ok\n']);
  });
}

test('what is missing before work can be done is said, and life is another question', async () => {
  const get = await start({ notReady: () => ['the caches are being filled', 'no lease'] });
  const response = await get('/readyz');
  assert.deepEqual(
    [response.status, await response.text()],
    [503, 'the caches are being filled\nno lease\n'],
  );
  assert.equal((await get('/livez')).status, 200);
});

test('a standstill is no life', async () => {
  const get = await start({ notAlive: () => ['the queue stands still'] });
  assert.equal((await get('/livez')).status, 503);
});

test('/metrics has the content type of Prometheus', async () => {
  const response = await (await start())('/metrics');
  assert.equal(response.headers.get('content-type'), 'text/plain; version=0.0.4');
  assert.equal(await response.text(), 'up 1\n');
});

test('metrics that cannot be collected are an error without a stack', async () => {
  const get = await start({ scrape: () => Promise.reject(new Error('secret path')) });
  const response = await get('/metrics');
  assert.equal(response.status, 500);
  assert.doesNotMatch(await response.text(), /secret/);
});

test('HEAD answers without a body, other methods and paths are refused', async () => {
  const get = await start();
  const head = await get('/livez', 'HEAD');
  assert.deepEqual([head.status, await head.text()], [200, '']);
  assert.equal((await get('/livez', 'POST')).status, 405);
  assert.equal((await get('/')).status, 404);
});

test('an address that is taken fails at the start', async () => {
  const server = await startProbes({
    address: '127.0.0.1:0',
    notReady: () => [],
    notAlive: () => [],
    scrape: async () => ({ contentType: '', text: '' }),
  });
  servers.push(server);
  await assert.rejects(start({ address: `127.0.0.1:${server.port}` }), /EADDRINUSE/);
});

test('an IPv6 address is understood', { skip: !hasIpv6 && 'this machine has no ::1' }, async () => {
  const server = await startProbes({
    address: '[::1]:0',
    notReady: () => [],
    notAlive: () => [],
    scrape: async () => ({ contentType: '', text: '' }),
  });
  servers.push(server);
  assert.ok(server.port > 0);
});
