import assert from 'node:assert/strict';
import { suite, test, type TestContext } from 'node:test';
import type { RegistryCredential } from '../../../src/model/ports.ts';
import { pushImage } from '../../../src/sandbox/registry/push.ts';
import { failureOf, credential, given, patiently } from './harness.ts';
import { secretText } from '../../support/secrets.ts';

/** A client for which each host has the mirrors given, and the registry itself answers nobody. */
async function mirrored(t: TestContext, mirrors: readonly string[], rewrite = (path: string) => path) {
  const endpoints = mirrors.map((url) => ({ base: new URL(url), rewrite }));
  const hosts = { 'docker.io': { mirrors: endpoints } };
  const { client } = await given(t, {}, { hosts });
  return client;
}

function hub(path = 'library/nginx', ...credentials: readonly RegistryCredential[]) {
  return { registry: 'docker.io', path, credentials };
}

suite('mirrors', () => {
  test('are asked in order before the registry itself', async (t) => {
    const { registry: first } = await given(t);
    const { registry: second } = await given(t);
    await pushImage({ registry: second.host, repository: 'library/nginx', tag: '1.0', content: 'x' });
    second.requests.clear();
    const client = await mirrored(t, [`${first.url}/v2`, `${second.url}/v2`]);
    assert.deepEqual((await client.listTags(hub(), patiently)).tags, ['1.0']);
    const digest = await client.resolveTag(hub(), '1.0', patiently);
    assert.ok(digest !== 'missing');
    assert.equal(first.requests.count({ repository: 'library/nginx' }) > 0, true);
    assert.equal(second.requests.count({ status: 200 }), 2);
  });

  test('get the path below their own, rewritten', async (t) => {
    const { registry } = await given(t);
    await pushImage({ registry: registry.host, repository: 'hub/official/nginx', tag: '1.0', content: 'x' });
    const client = await mirrored(t, [`${registry.url}/v2/hub`], (path) =>
      path.replace('library/', 'official/'),
    );
    assert.deepEqual((await client.listTags(hub(), patiently)).tags, ['1.0']);
  });

  test('never get the credentials of the registry, and get their own', async (t) => {
    const users = { ann: secretText('of-the-mirror') };
    const { registry } = await given(t, { auth: 'basic', users });
    const credentials = { username: 'ann', password: secretText('of-the-mirror') };
    await pushImage({
      registry: registry.host,
      repository: 'library/nginx',
      tag: '1.0',
      content: 'x',
      credentials,
    });
    registry.requests.clear();
    const client = await mirrored(t, [`${registry.url}/v2`]);
    const upstream = credential('ann', 'of-the-hub');
    await failureOf(client.listTags(hub('library/nginx', upstream), patiently));
    assert.equal(registry.requests.count({ scheme: 'basic' }), 0);

    const own = { ...credential('ann', 'of-the-mirror'), host: registry.host };
    assert.deepEqual((await client.listTags(hub('library/nginx', upstream, own), patiently)).tags, ['1.0']);
    assert.equal(registry.requests.count({ scheme: 'basic' }), 1);
  });

  test('that are the registry itself only say how it is spoken to, and nothing else is asked', async (t) => {
    const { registry } = await given(t, { auth: 'basic', users: { ann: secretText('p') } });
    const credentials = { username: 'ann', password: secretText('p') };
    await pushImage({
      registry: registry.host,
      repository: 'shop/web',
      tag: '1.0',
      content: 'x',
      credentials,
    });
    const mirrors = [{ base: new URL(`${registry.url}/v2`), rewrite: (path: string) => path }];
    const { client } = await given(t, {}, { hosts: { [registry.host]: { scheme: 'https', mirrors } } });
    const access = { registry: registry.host, path: 'shop/web', credentials: [credential('ann', 'p')] };
    assert.deepEqual((await client.listTags(access, patiently)).tags, ['1.0']);
  });

  test('that fail leave the last word to the registry', async (t) => {
    const { registry } = await given(t);
    const client = await mirrored(t, [`${registry.url}/v2`]);
    const error = await failureOf(client.listTags(hub(), patiently));
    assert.match(error.message, /^docker\.io\/library\/nginx: cannot list tags/);
  });
});
