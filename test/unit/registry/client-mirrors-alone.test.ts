import assert from 'node:assert/strict';
import { suite, test, type TestContext } from 'node:test';
import { pushImage } from '../../../src/sandbox/registry/push.ts';
import { failureOf, given, patiently } from './harness.ts';

const path = 'library/nginx';
const absent = `sha256:${'a'.repeat(64)}`;

/** A client of a host whose mirrors are those given. */
async function mirrored(t: TestContext, host: string, mirrors: readonly string[]) {
  const endpoints = mirrors.map((url) => ({ base: new URL(`${url}/v2`), rewrite: (each: string) => each }));
  const { client } = await given(t, {}, { hosts: { [host]: { mirrors: endpoints } } });
  return { client, access: { registry: host, path, credentials: [] } };
}

/** A registry that has one tag. */
async function holding(t: TestContext, tag: string) {
  const { registry } = await given(t);
  await pushImage({ registry: registry.host, repository: path, tag, content: tag });
  return registry;
}

suite('where only a mirror can be reached', () => {
  test('what it does not have is missing', async (t) => {
    const mirror = await holding(t, '1.0');
    const { client, access } = await mirrored(t, 'docker.io', [mirror.url]);
    assert.deepEqual((await client.listTags(access, patiently)).tags, ['1.0']);
    assert.equal(await client.resolveTag(access, '0.9', patiently), 'missing');
    assert.equal(await client.readManifests(access, absent, patiently), 'missing');
  });

  test('it does not matter that another one is away', async (t) => {
    const mirror = await holding(t, '1.0');
    const { client, access } = await mirrored(t, 'docker.io', [mirror.url, 'https://away.example']);
    assert.equal(await client.resolveTag(access, '0.9', patiently), 'missing');
  });
});

test('where neither the mirror nor the registry can be reached nothing is missing', async (t) => {
  const { client, access } = await mirrored(t, 'docker.io', ['https://away.example']);
  assert.equal((await failureOf(client.resolveTag(access, '1.0', patiently))).code, 'Unavailable');
});

test('where the registry can be reached it has the last word on what a mirror does not have', async (t) => {
  const mirror = await holding(t, '1.0');
  const registry = await holding(t, '1.1');
  const { client, access } = await mirrored(t, registry.host, [mirror.url]);
  assert.notEqual(await client.resolveTag(access, '1.1', patiently), 'missing');

  // Who may read nothing is not told what there is.
  const { registry: closed } = await given(t, { auth: 'basic', users: {} });
  const refused = await mirrored(t, closed.host, [mirror.url]);
  const { code } = await failureOf(refused.client.resolveTag(refused.access, '1.1', patiently));
  assert.equal(code, 'RepositoryNotFound');
});
