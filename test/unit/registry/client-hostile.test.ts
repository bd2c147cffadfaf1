import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { suite, test, type TestContext } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { Fault } from '../../../src/sandbox/registry/faults.ts';
import { accessTo, failureOf, given, patiently } from './harness.ts';

function answer(body: Buffer | string, headers: Readonly<Record<string, string>> = {}): Fault {
  return { kind: 'answer', status: 200, headers: { 'content-type': 'application/json', ...headers }, body };
}

/** A registry that never stops sending; says how much it got rid of. */
async function endless(t: TestContext, chunk: Buffer) {
  const sent = { bytes: 0 };
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    const more = () => {
      while (!response.destroyed && response.write(chunk)) sent.bytes += chunk.length;
    };
    response.on('drain', more);
    more();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  return { host: `127.0.0.1:${address.port}`, sent };
}

suite('a hostile registry', () => {
  test('cannot make us read an endless body', async (t) => {
    const { client } = await given(t);
    const { host, sent } = await endless(t, Buffer.alloc(64 * 1024, 'x'));
    assert.equal((await failureOf(client.listTags(accessTo({ host }), patiently))).code, 'LimitExceeded');
    assert.ok(sent.bytes < 64 * 1024 * 1024, `${sent.bytes} bytes were taken`);
  });

  test('cannot hold us by sending a byte at a time', async (t) => {
    const { registry, client } = await given(t, {}, { timeouts: { total: 200 } });
    registry.faults.add({}, { kind: 'drip', milliseconds: 20 });
    assert.equal((await failureOf(client.listTags(accessTo(registry), patiently))).code, 'Unavailable');
  });

  test('cannot fill memory with a page that expands', async (t) => {
    const { registry, client } = await given(t);
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024, ' '));
    registry.faults.add({ operation: 'tags' }, answer(bomb, { 'content-encoding': 'gzip' }));
    assert.equal((await failureOf(client.listTags(accessTo(registry), patiently))).code, 'LimitExceeded');
  });

  test('cannot stack encodings', async (t) => {
    const { registry, client } = await given(t);
    registry.faults.add(
      { operation: 'tags' },
      answer(gzipSync('{}'), { 'content-encoding': 'gzip, gzip, gzip' }),
    );
    assert.equal((await failureOf(client.listTags(accessTo(registry), patiently))).code, 'NotARegistry');
  });

  test('cannot nest its answers without end', async (t) => {
    const { registry, client } = await given(t);
    const deep = `{"name":"x","tags":${'['.repeat(2_000_000)}${']'.repeat(2_000_000)}}`;
    registry.faults.add({ operation: 'tags' }, answer(deep));
    assert.equal((await failureOf(client.listTags(accessTo(registry), patiently))).code, 'NotARegistry');
  });

  test('cannot slip brackets of a text past the count, or escape from one', async (t) => {
    const { registry, client } = await given(t);
    const name = `${'['.repeat(200)}\\"${'{'.repeat(200)}\\\\`;
    registry.faults.add({ operation: 'tags' }, answer(`{"name":"${name}","tags":["1.0"]}`));
    assert.deepEqual((await client.listTags(accessTo(registry), patiently)).tags, ['1.0']);
  });

  test('cannot get an illegal tag through', async (t) => {
    const { registry, client } = await given(t);
    const tags = [
      '1.0',
      '',
      '-1',
      '.1',
      '../../etc/passwd',
      'a/b',
      'a b',
      '1.0\n2.0',
      '\u001b[31mred',
      'a\u0000b',
      '1.0+build',
      '１.０',
      'x'.repeat(129),
      7,
      null,
      ['1.1'],
      { toString: '1.2' },
      '__proto__',
    ];
    registry.faults.add(
      { operation: 'tags' },
      answer(JSON.stringify({ name: 'x', tags, __proto__: { tags: ['9'] } })),
    );
    assert.deepEqual((await client.listTags(accessTo(registry), patiently)).tags, ['1.0', '__proto__']);
  });

  test('cannot hide behind a name of its own for the repository', async (t) => {
    const { registry, client } = await given(t);
    registry.faults.add({ operation: 'tags' }, answer('{"name":"another","tags":null}'));
    assert.deepEqual((await client.listTags(accessTo(registry), patiently)).tags, []);
  });

  test('cannot write into a log: control characters of its messages are gone', async (t) => {
    const { registry, client } = await given(t);
    const message = `line\nline\u001b]0;title\u0007\u202egnp.exe ${'long '.repeat(200)}`;
    const body = JSON.stringify({ errors: [{ code: 'DENIED\r\n', message }] });
    registry.faults.add({ operation: 'tags' }, { kind: 'answer', status: 403, body });
    const { message: shown } = await failureOf(client.listTags(accessTo(registry), patiently));
    assert.doesNotMatch(shown, /[\p{Cc}\p{Cf}]/u);
    assert.ok(shown.length < 400);
  });

  test('cannot name more children than any honest index has', async (t) => {
    const { registry, client } = await given(t);
    const children = Array.from({ length: 257 }, (_, number) => ({
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      digest: `sha256:${String(number).padStart(64, '0')}`,
    }));
    const index = { mediaType: 'application/vnd.oci.image.index.v1+json', manifests: children };
    const body = JSON.stringify(index);
    const digest = `sha256:${createHash('sha256').update(body).digest('hex')}`;
    registry.faults.add({ operation: 'manifest' }, answer(body, { 'content-type': index.mediaType }));
    const error = await failureOf(client.readManifests(accessTo(registry), digest, patiently));
    assert.equal(error.code, 'LimitExceeded');
  });
});
