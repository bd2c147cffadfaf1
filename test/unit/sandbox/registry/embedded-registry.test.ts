import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { suite, test, type TestContext } from 'node:test';
import { textAt } from '../../../../src/model/json.ts';
import {
  startEmbeddedRegistry,
  type EmbeddedRegistry,
  type EmbeddedRegistryOptions,
} from '../../../../src/sandbox/registry/embedded-registry.ts';
import { pushImage } from '../../../../src/sandbox/registry/push.ts';

const index = 'application/vnd.oci.image.index.v1+json';
const manifest = 'application/vnd.oci.image.manifest.v1+json';
const platforms = [
  { os: 'linux', architecture: 'amd64' },
  { os: 'linux', architecture: 'arm64' },
];

async function given(t: TestContext, options: EmbeddedRegistryOptions = {}): Promise<EmbeddedRegistry> {
  const registry = await startEmbeddedRegistry(options);
  t.after(() => registry.close());
  return registry;
}

/** Pushes a tag of `shop/web`; returns its digest. */
async function push(registry: EmbeddedRegistry, tag: string, content = tag): Promise<string> {
  const { digest } = await pushImage({ registry: registry.host, repository: 'shop/web', tag, content });
  return digest;
}

async function send(registry: EmbeddedRegistry, path: string, init: RequestInit = {}) {
  const response = await fetch(`${registry.url}${path}`, { ...init, redirect: 'manual' });
  const body = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body,
    json: () => JSON.parse(body) as unknown,
  };
}

suite('the embedded registry', () => {
  test('answers the version check', async (t) => {
    const registry = await given(t);
    const { status, headers } = await send(registry, '/v2/');
    assert.equal(status, 200);
    assert.equal(headers.get('docker-distribution-api-version'), 'registry/2.0');
  });

  test('lists tags in lexical order, in pages', async (t) => {
    const registry = await given(t, { pageSize: 2 });
    for (const tag of ['1.10', '1.9', '1.1']) await push(registry, tag);
    const first = await send(registry, '/v2/shop/web/tags/list?n=1000');
    assert.deepEqual(first.json(), { name: 'shop/web', tags: ['1.1', '1.10'] });
    assert.equal(first.headers.get('link'), '</v2/shop/web/tags/list?last=1.10&n=2>; rel="next"');
    const second = await send(registry, '/v2/shop/web/tags/list?last=1.10&n=2');
    assert.deepEqual(second.json(), { name: 'shop/web', tags: ['1.9'] });
    assert.equal(second.headers.get('link'), null);
  });

  const errors: readonly (readonly [method: string, path: string, status: number, code: string])[] = [
    ['GET', '/v2/shop/none/tags/list', 404, 'NAME_UNKNOWN'],
    ['GET', '/v2/shop/web/tags/list?n=x', 400, 'PAGINATION_NUMBER_INVALID'],
    ['GET', '/v2/shop/web/manifests/9.9', 404, 'MANIFEST_UNKNOWN'],
    ['GET', '/v2/shop/web/manifests/-x', 400, 'MANIFEST_INVALID'],
    ['POST', '/v2/shop/web/manifests/1.0', 405, 'UNSUPPORTED'],
    ['DELETE', '/v2/shop/web/manifests/9.9', 404, 'MANIFEST_UNKNOWN'],
    ['GET', `/v2/shop/web/blobs/sha256:${'a'.repeat(64)}`, 404, 'BLOB_UNKNOWN'],
    ['PATCH', '/v2/shop/web/blobs/uploads/none', 404, 'BLOB_UPLOAD_UNKNOWN'],
    ['GET', '/v2/_catalog', 404, 'UNSUPPORTED'],
  ];
  for (const [method, path, status, code] of errors) {
    test(`answers ${method} ${path} with ${code}`, async (t) => {
      const registry = await given(t);
      await push(registry, '1.0');
      const answer = await send(registry, path, { method });
      assert.equal(answer.status, status);
      assert.match(answer.body, new RegExp(`"code":"${code}"`));
    });
  }

  test('gives a manifest by tag and digest, with and without its body', async (t) => {
    const registry = await given(t);
    const digest = await push(registry, '1.0');
    for (const reference of ['1.0', digest]) {
      for (const method of ['GET', 'HEAD']) {
        const answer = await send(registry, `/v2/shop/web/manifests/${reference}`, {
          method,
          headers: { accept: manifest },
        });
        assert.equal(answer.status, 200);
        assert.equal(answer.headers.get('content-type'), manifest);
        assert.equal(answer.headers.get('docker-content-digest'), digest);
        assert.equal(answer.body === '', method === 'HEAD');
      }
    }
  });

  test('hides an index from a client that does not accept one', async (t) => {
    const registry = await given(t);
    await pushImage({ registry: registry.host, repository: 'shop/web', tag: '1.0', content: 'x', platforms });
    const asked = async (accept: string) =>
      (await send(registry, '/v2/shop/web/manifests/1.0', { headers: { accept } })).status;
    assert.equal(await asked(manifest), 404);
    assert.equal(await asked(`${manifest}, ${index};q=0.5`), 200);
  });

  test('takes a blob in pieces', async (t) => {
    const registry = await given(t);
    const digest = `sha256:${createHash('sha256').update('hello').digest('hex')}`;
    const begun = await send(registry, '/v2/shop/web/blobs/uploads/', { method: 'POST' });
    const location = begun.headers.get('location') ?? '';
    const first = await send(registry, location, { method: 'PATCH', body: 'hel' });
    assert.equal(first.headers.get('range'), '0-2');
    await send(registry, location, { method: 'PATCH', body: 'l' });
    const done = await send(registry, `${location}?digest=${digest}`, { method: 'PUT', body: 'o' });
    assert.equal(done.status, 201);
    assert.equal((await send(registry, `/v2/shop/web/blobs/${digest}`)).body, 'hello');
  });

  test('refuses a blob under a wrong digest and a manifest without its blobs', async (t) => {
    const registry = await given(t);
    const digest = `sha256:${'a'.repeat(64)}`;
    const blob = await send(registry, `/v2/shop/web/blobs/uploads/?digest=${digest}`, {
      method: 'POST',
      body: 'x',
    });
    assert.match(blob.body, /DIGEST_INVALID/);
    const body = JSON.stringify({ mediaType: manifest, config: { digest } });
    const headers = { 'content-type': manifest };
    const put = await send(registry, '/v2/shop/web/manifests/1.0', { method: 'PUT', body, headers });
    assert.match(put.body, /MANIFEST_BLOB_UNKNOWN/);
  });

  test('deletes a tag alone, and a digest with its tags', async (t) => {
    const registry = await given(t);
    const digest = await push(registry, '1.0', 'same');
    await push(registry, '1.1', 'same');
    await push(registry, '1.2', 'same');
    await send(registry, '/v2/shop/web/manifests/1.0', { method: 'DELETE' });
    registry.deleteTag('shop/web', '1.1');
    assert.equal(registry.resolve('shop/web', '1.0'), undefined);
    assert.equal(registry.resolve('shop/web', '1.1'), undefined);
    assert.equal(registry.resolve('shop/web', '1.2')?.digest, digest);
    await send(registry, `/v2/shop/web/manifests/${digest}`, { method: 'DELETE' });
    assert.equal(registry.resolve('shop/web', '1.2'), undefined);
  });

  test('gives tokens for what was asked and no more', async (t) => {
    const registry = await given(t, { auth: 'token', users: { ann: 'pw' }, anonymousPull: true });
    const credentials = { username: 'ann', password: 'pw' };
    await pushImage({
      registry: registry.host,
      repository: 'shop/web',
      tag: '1.0',
      content: 'x',
      credentials,
    });
    const answer = await send(registry, '/token?service=x&scope=repository:shop/web:pull,push');
    const token = textAt(answer.json(), 'token') ?? '';
    const headers = { authorization: `Bearer ${token}` };
    assert.equal((await send(registry, '/v2/shop/web/tags/list', { headers })).status, 200);
    assert.equal((await send(registry, '/v2/shop/other/tags/list', { headers })).status, 401);
    assert.equal(
      (await send(registry, '/v2/shop/web/blobs/uploads/', { method: 'POST', headers })).status,
      401,
    );
    const forged = { authorization: `Bearer ${token.replace(/.$/, (end) => (end === 'A' ? 'Q' : 'A'))}` };
    assert.equal((await send(registry, '/v2/shop/web/tags/list', { headers: forged })).status, 401);
  });

  test('logs what it served without any secret', async (t) => {
    const registry = await given(t);
    await send(registry, '/v2/shop/web/tags/list?n=5', {
      headers: { authorization: 'Basic c2VjcmV0OnNlY3JldA==' },
    });
    assert.deepEqual(registry.requests.all(), [
      {
        method: 'GET',
        path: '/v2/shop/web/tags/list?n=5',
        operation: 'tags',
        repository: 'shop/web',
        reference: undefined,
        status: 404,
        scheme: 'basic',
      },
    ]);
  });

  test('fails as often as it is told, and then works again', async (t) => {
    const registry = await given(t);
    await push(registry, '1.0');
    registry.faults.add({ operation: 'tags', repository: 'shop/web' }, { kind: 'answer', status: 503 }, 2);
    const statuses: number[] = [];
    for (const _ of [1, 2, 3]) statuses.push((await send(registry, '/v2/shop/web/tags/list')).status);
    registry.faults.add({}, { kind: 'html' });
    registry.faults.clear();
    statuses.push((await send(registry, '/v2/')).status);
    assert.deepEqual(statuses, [503, 503, 200, 200]);
  });

  test('says how often a fault has hit, and takes back that one alone', async (t) => {
    const registry = await given(t);
    await push(registry, '1.0');
    const list = '/v2/shop/web/tags/list';
    const busy = registry.faults.add({ operation: 'tags' }, { kind: 'answer', status: 429 });
    registry.faults.add({ operation: 'ping' }, { kind: 'answer', status: 503 });
    assert.equal((await send(registry, list)).status, 429);
    assert.equal(busy.hits, 1);
    busy.remove();
    assert.deepEqual(
      [(await send(registry, list)).status, (await send(registry, '/v2/')).status],
      [200, 503],
    );
    assert.equal(busy.hits, 1);
  });

  test('closes although a request hangs', async () => {
    const registry = await startEmbeddedRegistry();
    registry.faults.add({}, { kind: 'hang' });
    const hanging = assert.rejects(fetch(registry.url));
    while (registry.requests.count() === 0) await new Promise((resolve) => setImmediate(resolve));
    await registry.close();
    await hanging;
  });
});

suite('pushing an image', () => {
  test('gives equal digests for equal content, other ones for other content and platforms', async (t) => {
    const registry = await given(t);
    const options = { registry: registry.host, repository: 'shop/web', tag: '1.0', content: 'one' };
    const { digest } = await pushImage(options);
    assert.deepEqual(await pushImage({ ...options, tag: 'again' }), { digest });
    const others = [{ content: 'two' }, { platforms }, { platforms: platforms.slice(1) }];
    const digests = new Set([digest]);
    for (const other of others) digests.add((await pushImage({ ...options, ...other })).digest);
    assert.equal(digests.size, 4);
  });

  test('moves a tag, and resolve says what it stands for', async (t) => {
    const registry = await given(t);
    await push(registry, '1.0', 'one');
    const digest = await push(registry, '1.0', 'two');
    const { config: _config, ...found } = registry.resolve('shop/web', '1.0') ?? { config: '' };
    assert.deepEqual(found, { digest, mediaType: manifest, content: 'two' });
    assert.equal(registry.resolve('shop/web', digest)?.content, 'two');
    assert.equal(registry.resolve('shop/none', '1.0'), undefined);
  });

  for (const auth of ['basic', 'token'] as const) {
    test(`signs in with ${auth}`, async (t) => {
      const registry = await given(t, { auth, users: { ann: 'pw' } });
      const options = {
        registry: registry.host,
        repository: 'shop/web',
        tag: '1.0',
        content: 'x',
        platforms,
      };
      await pushImage({ ...options, credentials: { username: 'ann', password: 'pw' } });
      assert.equal(registry.resolve('shop/web', '1.0')?.mediaType, index);
      await assert.rejects(
        pushImage({ ...options, credentials: { username: 'ann', password: 'no' } }),
        /answered 401/,
      );
      await assert.rejects(pushImage(options), /answered 401/);
    });
  }
});
