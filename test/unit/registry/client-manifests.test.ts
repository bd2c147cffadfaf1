import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { suite, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { pushImage } from '../../../src/sandbox/registry/push.ts';
import type { EmbeddedRegistry } from '../../../src/sandbox/registry/embedded-registry.ts';
import { accessTo, failureOf, given, patiently } from './harness.ts';
import { internet } from './internet.ts';
import * as quirks from './quirk-scripts.ts';

const platforms = [
  { os: 'linux', architecture: 'amd64' },
  { os: 'linux', architecture: 'arm', variant: 'v7' },
];
const index = 'application/vnd.oci.image.index.v1+json';
const manifest = 'application/vnd.oci.image.manifest.v1+json';

async function pushed(registry: EmbeddedRegistry, tag = '1.0'): Promise<string> {
  const { digest } = await pushImage({
    registry: registry.host,
    repository: 'shop/web',
    tag,
    content: tag,
    platforms,
  });
  registry.requests.clear();
  return digest;
}

function methods(registry: EmbeddedRegistry): string[] {
  return registry.requests.all().map(({ method }) => method);
}

suite('resolving a tag', () => {
  test('takes one HEAD, and the digest of the index', async (t) => {
    const { registry, client } = await given(t);
    const digest = await pushed(registry);
    assert.deepEqual(await client.resolveTag(accessTo(registry), '1.0', patiently), {
      digest,
      mediaType: index,
    });
    assert.deepEqual(methods(registry), ['HEAD']);
  });

  for (const [title, headers] of [
    ['names no digest', { 'docker-content-digest': '' }],
    ['names a malformed digest', { 'docker-content-digest': 'sha256:abc' }],
    ['names no media type', { 'content-type': 'application/octet-stream', 'docker-content-digest': '' }],
  ] as const) {
    test(`hashes the content where the registry ${title}, and remembers`, async (t) => {
      const { registry, client } = await given(t);
      const digest = await pushed(registry);
      registry.faults.add({ operation: 'manifest' }, { kind: 'headers', headers });
      for (const _ of [1, 2]) {
        assert.deepEqual(await client.resolveTag(accessTo(registry), '1.0', patiently), {
          digest,
          mediaType: index,
        });
      }
      assert.deepEqual(methods(registry), ['HEAD', 'GET', 'GET']);
    });
  }

  test('hashes the content where the registry names two digests', async (t) => {
    const host = 'registry.example.com';
    const digests = [quirks.digest, `sha256:${'b'.repeat(64)}`];
    const headers = { 'content-type': quirks.manifest, 'docker-content-digest': digests };
    const { client, seen } = await internet(t, { [host]: () => ({ headers, body: quirks.document }) });
    const resolved = await client.resolveTag(quirks.access(host, 'shop/web'), '1.0', patiently);
    assert.deepEqual(resolved, { digest: quirks.digest, mediaType: quirks.manifest });
    assert.deepEqual(
      seen.map(({ method }) => method),
      ['HEAD', 'GET'],
    );
  });

  for (const status of [400, 404, 405]) {
    test(`asks by GET where HEAD is answered with ${status}`, async (t) => {
      const { registry, client } = await given(t);
      const digest = await pushed(registry);
      registry.faults.add({ method: 'HEAD' }, { kind: 'answer', status });
      assert.deepEqual(await client.resolveTag(accessTo(registry), '1.0', patiently), {
        digest,
        mediaType: index,
      });
      assert.deepEqual(methods(registry), ['HEAD', 'GET']);
    });
  }

  test('hashes the decoded bytes where a proxy compresses unasked', async (t) => {
    const { registry, client } = await given(t);
    const body = Buffer.from(
      JSON.stringify({
        mediaType: manifest,
        config: { mediaType: 'application/vnd.oci.image.config.v1+json' },
      }),
    );
    registry.faults.add({ method: 'HEAD' }, { kind: 'answer', status: 405 });
    const headers = { 'content-type': manifest, 'content-encoding': 'gzip' };
    registry.faults.add({ method: 'GET' }, { kind: 'answer', status: 200, headers, body: gzipSync(body) });
    assert.deepEqual(await client.resolveTag(accessTo(registry), '1.0', patiently), {
      digest: `sha256:${createHash('sha256').update(body).digest('hex')}`,
      mediaType: manifest,
    });
  });

  test('refuses content that expands beyond any honest manifest', async (t) => {
    const { registry, client } = await given(t);
    registry.faults.add({ method: 'HEAD' }, { kind: 'answer', status: 405 });
    const headers = { 'content-type': manifest, 'content-encoding': 'gzip' };
    const body = gzipSync(Buffer.alloc(8 * 1024 * 1024));
    registry.faults.add({ method: 'GET' }, { kind: 'answer', status: 200, headers, body });
    assert.equal(
      (await failureOf(client.resolveTag(accessTo(registry), '1.0', patiently))).code,
      'LimitExceeded',
    );
  });

  test('refuses a digest that is not that of the content', async (t) => {
    const { registry, client } = await given(t);
    await pushed(registry);
    registry.faults.add({ method: 'HEAD' }, { kind: 'answer', status: 405 });
    registry.faults.add({ method: 'GET' }, { kind: 'wrong-digest' });
    assert.equal(
      (await failureOf(client.resolveTag(accessTo(registry), '1.0', patiently))).code,
      'DigestMismatch',
    );
  });

  test('says missing where the repository is there and the tag is not', async (t) => {
    const { registry, client } = await given(t);
    await pushed(registry);
    assert.equal(await client.resolveTag(accessTo(registry), '9.9', patiently), 'missing');
  });

  test('says RepositoryNotFound where the repository is not there', async (t) => {
    const { registry, client } = await given(t);
    const error = await failureOf(client.resolveTag(accessTo(registry), '1.0', patiently));
    assert.equal(error.code, 'RepositoryNotFound');
    assert.match(error.message, /^127\.0\.0\.1:\d+\/shop\/web: cannot resolve tag 1\.0: .*NAME_UNKNOWN/);
  });

  test('tells schema 1 by its media type', async (t) => {
    const { registry, client } = await given(t);
    await pushed(registry);
    const headers = { 'content-type': 'application/vnd.docker.distribution.manifest.v1+prettyjws' };
    registry.faults.add({ operation: 'manifest' }, { kind: 'headers', headers });
    assert.equal(
      (await failureOf(client.resolveTag(accessTo(registry), '1.0', patiently))).code,
      'UnsupportedManifest',
    );
  });
});

suite('reading what is behind a digest', () => {
  test('gives the platforms of an index', async (t) => {
    const { registry, client } = await given(t);
    const digest = await pushed(registry);
    const found = await client.readManifests(accessTo(registry), digest, patiently);
    assert.ok(found !== 'missing');
    assert.deepEqual(
      found.map(({ platform }) => platform),
      platforms,
    );
    assert.deepEqual(methods(registry), ['GET']);
  });

  test('reads an index within an index, and no third level', async (t) => {
    const stored = new Map<string, string>();
    const indexOf = (...manifests: readonly object[]) => {
      const body = JSON.stringify({ schemaVersion: 2, mediaType: index, manifests });
      const digest = `sha256:${createHash('sha256').update(body).digest('hex')}`;
      stored.set(digest, body);
      return { mediaType: index, digest };
    };
    const image = (architecture: string, character: string) => ({
      mediaType: manifest,
      digest: `sha256:${character.repeat(64)}`,
      platform: { os: 'linux', architecture },
    });
    const third = indexOf(image('s390x', 'c'));
    const second = indexOf(image('arm64', 'b'), third);
    const first = indexOf(image('amd64', 'a'), second);
    const host = 'registry.example.com';
    const { client, seen } = await internet(t, {
      [host]: ({ path }) => ({
        headers: { 'content-type': index },
        body: stored.get(path.split('/').at(-1) ?? ''),
      }),
    });
    const found = await client.readManifests(quirks.access(host, 'shop/web'), first.digest, patiently);
    assert.ok(found !== 'missing');
    assert.deepEqual(
      found.map(({ platform }) => platform?.architecture),
      ['amd64', 'arm64'],
    );
    assert.equal(seen.length, 2);
  });

  test('gives a single manifest as itself', async (t) => {
    const { registry, client } = await given(t);
    const { digest } = await pushImage({
      registry: registry.host,
      repository: 'shop/web',
      tag: '1.0',
      content: 'x',
    });
    const found = await client.readManifests(accessTo(registry), digest, patiently);
    assert.deepEqual(found, [{ digest, platform: { os: 'linux', architecture: 'amd64' } }]);
    assert.deepEqual(
      registry.requests
        .all()
        .slice(-2)
        .map(({ operation }) => operation),
      ['manifest', 'blob'],
    );
  });

  test('leaves the platform of a single manifest open where its configuration is gone', async (t) => {
    const { registry, client } = await given(t);
    const { digest } = await pushImage({
      registry: registry.host,
      repository: 'shop/web',
      tag: '1.0',
      content: 'x',
    });
    registry.faults.add({ operation: 'blob' }, { kind: 'answer', status: 404 });
    const found = await client.readManifests(accessTo(registry), digest, patiently);
    assert.deepEqual(found, [{ digest, platform: undefined }]);
  });

  test('refuses a configuration that is not what its digest names', async (t) => {
    const { registry, client } = await given(t);
    const { digest } = await pushImage({
      registry: registry.host,
      repository: 'shop/web',
      tag: '1.0',
      content: 'x',
    });
    registry.faults.add(
      { operation: 'blob' },
      { kind: 'body', body: '{"os":"windows","architecture":"amd64"}' },
    );
    const error = await failureOf(client.readManifests(accessTo(registry), digest, patiently));
    assert.equal(error.code, 'DigestMismatch');
  });

  test('says missing where the digest is gone', async (t) => {
    const { registry, client } = await given(t);
    await pushed(registry);
    const gone = `sha256:${'a'.repeat(64)}`;
    assert.equal(await client.readManifests(accessTo(registry), gone, patiently), 'missing');
  });

  test('asks once more for content that does not match, and takes it then', async (t) => {
    const { registry, client } = await given(t);
    const digest = await pushed(registry);
    registry.faults.add({ operation: 'manifest' }, { kind: 'body', body: '{"cut":' }, 1);
    assert.notEqual(await client.readManifests(accessTo(registry), digest, patiently), 'missing');
    assert.equal(registry.requests.count(), 2);
  });

  test('refuses content that never matches', async (t) => {
    const { registry, client } = await given(t);
    const digest = await pushed(registry);
    registry.faults.add({ operation: 'manifest' }, { kind: 'body', body: '{"forged":true}' });
    const error = await failureOf(client.readManifests(accessTo(registry), digest, patiently));
    assert.equal(error.code, 'DigestMismatch');
    assert.equal(registry.requests.count(), 2);
  });

  test('refuses what is no digest before anything is sent', async (t) => {
    const { registry, client } = await given(t);
    const error = await failureOf(client.readManifests(accessTo(registry), 'sha256:../../x', patiently));
    assert.equal(error.code, 'DigestMismatch');
    assert.equal(registry.requests.count(), 0);
  });
});
