import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { pushImage } from '../../../src/sandbox/registry/push.ts';
import type { EmbeddedRegistry } from '../../../src/sandbox/registry/embedded-registry.ts';
import { accessTo, credential, failureOf, given, patiently } from './harness.ts';
import { secretText } from '../../support/secrets.ts';

const users = { ann: secretText('ann-password') };
const right = credential('ann', 'ann-password', 'secret shop/right');
const wrong = credential('ann', 'wrong-password', 'secret shop/wrong');

async function push(registry: EmbeddedRegistry, repository = 'shop/web'): Promise<void> {
  const credentials = { username: 'ann', password: secretText('ann-password') };
  await pushImage({ registry: registry.host, repository, tag: '1.0', content: 'x', credentials });
  registry.requests.clear();
}

function served(registry: EmbeddedRegistry): string[] {
  return registry.requests
    .all()
    .map(({ operation, scheme, status }) => `${operation} ${scheme ?? '-'} ${status}`);
}

suite('signing in with Basic', () => {
  test('sends the credential only when asked, and at once from then on', async (t) => {
    const { registry, client } = await given(t, { auth: 'basic', users });
    await push(registry);
    for (const _ of [1, 2]) await client.listTags(accessTo(registry, 'shop/web', right), patiently);
    assert.deepEqual(served(registry), ['tags - 401', 'tags basic 200', 'tags basic 200']);
  });

  test('sends nothing to a registry that does not ask', async (t) => {
    const { registry, client } = await given(t, { auth: 'basic', users, anonymousPull: true });
    await push(registry);
    await client.listTags(accessTo(registry, 'shop/web', right), patiently);
    assert.deepEqual(served(registry), ['tags - 200']);
  });

  test('tries every credential, tells which one failed, and starts with the good one next time', async (t) => {
    const { registry, client, rejected } = await given(t, { auth: 'basic', users });
    await push(registry);
    for (const _ of [1, 2]) await client.listTags(accessTo(registry, 'shop/web', wrong, right), patiently);
    assert.deepEqual(served(registry), ['tags - 401', 'tags basic 401', 'tags basic 200', 'tags basic 200']);
    assert.deepEqual(rejected, ['secret shop/wrong']);
    const refused = { sources: ['secret shop/wrong'], instead: 'secret shop/right' };
    assert.deepEqual(client.refused(accessTo(registry, 'shop/web', wrong, right)), refused);
    assert.equal(client.refused(accessTo(registry, 'shop/web', right)), undefined);
  });

  test('sends a credential once that is refused, also where it is known how to sign in', async (t) => {
    const { registry, client } = await given(t, { auth: 'basic', users });
    await push(registry);
    await client.listTags(accessTo(registry, 'shop/web', right), patiently);
    registry.requests.clear();
    await failureOf(client.listTags(accessTo(registry, 'shop/web', wrong), patiently));
    assert.deepEqual(served(registry), ['tags basic 401', 'tags - 401']);
  });

  test('fails as Unauthorized and names what was tried', async (t) => {
    const { registry, client } = await given(t, { auth: 'basic', users });
    await push(registry);
    const error = await failureOf(client.listTags(accessTo(registry, 'shop/web', wrong), patiently));
    assert.equal(error.code, 'Unauthorized');
    assert.match(error.message, /neither secret shop\/wrong nor anonymous access is accepted/);
  });
});

suite('signing in with tokens', () => {
  test('gets one token for many requests', async (t) => {
    const { registry, client } = await given(t, { auth: 'token', users });
    await push(registry);
    for (const _ of [1, 2]) await client.resolveTag(accessTo(registry, 'shop/web', right), '1.0', patiently);
    assert.deepEqual(served(registry), [
      'manifest - 401',
      'token basic 200',
      'manifest bearer 200',
      'manifest bearer 200',
    ]);
  });

  test('gets a token for anonymous access', async (t) => {
    const { registry, client } = await given(t, { auth: 'token', users, anonymousPull: true });
    await push(registry);
    await client.listTags(accessTo(registry), patiently);
    assert.deepEqual(served(registry), ['tags - 401', 'token - 200', 'tags bearer 200']);
  });

  test('falls back to anonymous access when the credential is rejected, and tells', async (t) => {
    const { registry, client, rejected } = await given(t, { auth: 'token', users, anonymousPull: true });
    await push(registry);
    await client.listTags(accessTo(registry, 'shop/web', wrong), patiently);
    assert.deepEqual(served(registry), ['tags - 401', 'token basic 401', 'token - 200', 'tags bearer 200']);
    assert.deepEqual(rejected, ['secret shop/wrong']);
    const refused = { sources: ['secret shop/wrong'], instead: undefined };
    assert.deepEqual(client.refused(accessTo(registry, 'shop/web', wrong)), refused);
  });

  test('gets a new token once when the registry forgot the old one', async (t) => {
    const { registry, client } = await given(t, { auth: 'token', users });
    await push(registry);
    const access = accessTo(registry, 'shop/web', right);
    await client.listTags(access, patiently);
    registry.requests.clear();
    const headers = {
      'www-authenticate': `Bearer realm="${registry.url}/token",service="embedded-registry",error="invalid_token"`,
    };
    registry.faults.add({ operation: 'tags' }, { kind: 'answer', status: 401, headers }, 1);
    await client.listTags(access, patiently);
    assert.deepEqual(served(registry), ['tags bearer 401', 'token basic 200', 'tags bearer 200']);
  });

  test('gets a new token where a token is answered with a Basic challenge, as Harbor does', async (t) => {
    const { registry, client } = await given(t, { auth: 'token', users });
    await push(registry);
    const access = accessTo(registry, 'shop/web', right);
    await client.listTags(access, patiently);
    registry.requests.clear();
    const headers = { 'www-authenticate': 'Basic realm="harbor"' };
    registry.faults.add({ operation: 'tags' }, { kind: 'answer', status: 401, headers }, 1);
    await client.listTags(access, patiently);
    assert.deepEqual(served(registry), ['tags bearer 401', 'token basic 200', 'tags bearer 200']);
  });

  test('asks for the union of scopes where a token is too small, the new one first', async (t) => {
    const { registry, client } = await given(t, { auth: 'token', users });
    await push(registry);
    const access = accessTo(registry, 'shop/web', right);
    await client.resolveTag(access, '1.0', patiently);
    const challenge = `Bearer realm="${registry.url}/token",service="embedded-registry",scope="repository:shop/web:metadata_read",error="insufficient_scope"`;
    registry.faults.add(
      { operation: 'tags' },
      { kind: 'answer', status: 403, headers: { 'www-authenticate': challenge } },
      1,
    );
    registry.requests.clear();
    await client.listTags(access, patiently);
    assert.deepEqual(
      registry.requests
        .all()
        .filter(({ operation }) => operation === 'token')
        .map(({ path }) => path),
      [
        '/token?service=embedded-registry&scope=repository%3Ashop%2Fweb%3Ametadata_read&scope=repository%3Ashop%2Fweb%3Apull',
      ],
    );
  });

  test('gives up after one more try when a fresh token is refused', async (t) => {
    const { registry, client } = await given(t, { auth: 'token', users });
    await push(registry);
    registry.faults.add({ operation: 'tags' }, { kind: 'realm', realm: `${registry.url}/token` });
    const error = await failureOf(client.listTags(accessTo(registry, 'shop/web', right), patiently));
    assert.equal(error.code, 'Unauthorized');
    assert.ok(registry.requests.count({ operation: 'tags' }) <= 4);
  });

  test('asks the token server once for many repositories lookups at the same moment', async (t) => {
    const { registry, client } = await given(t, { auth: 'token', users });
    await push(registry);
    const access = accessTo(registry, 'shop/web', right);
    await Promise.all(Array.from({ length: 20 }, () => client.resolveTag(access, '1.0', patiently)));
    assert.equal(registry.requests.count({ operation: 'token' }), 1);
  });

  test('shares no token between credentials', async (t) => {
    const { registry, client } = await given(t, { auth: 'token', users });
    await push(registry);
    await client.listTags(accessTo(registry, 'shop/web', right), patiently);
    const error = await failureOf(client.listTags(accessTo(registry, 'shop/web', wrong), patiently));
    assert.equal(error.code, 'Unauthorized');
  });
});

suite('a repository that is not there', () => {
  test('costs no rejected login at each look', async (t) => {
    const { registry, client } = await given(t, { auth: 'basic', users });
    const access = accessTo(registry, 'shop/gone', wrong, right);
    for (const _ of [1, 2, 3]) {
      assert.equal((await failureOf(client.listTags(access, patiently))).code, 'RepositoryNotFound');
    }
    assert.equal(registry.requests.count({ scheme: 'basic', status: 401 }), 1);
  });
});

suite('a repository that one credential sees', () => {
  test('is found by it as soon as it is there, although another one is let in and finds nothing', async (t) => {
    const bob = credential('bob', 'bob-password');
    const { registry, client } = await given(t, {
      auth: 'basic',
      users: { ...users, bob: secretText('bob-password') },
    });
    const access = accessTo(registry, 'shop/web', bob, right);
    for (const _ of [1, 2]) {
      assert.equal((await failureOf(client.listTags(access, patiently))).code, 'RepositoryNotFound');
    }
    await push(registry);
    // As GHCR has it, Bob is told that it is not there; the first request is his.
    registry.faults.add({ operation: 'tags' }, { kind: 'answer', status: 404 }, 1);
    assert.deepEqual((await client.listTags(access, patiently)).tags, ['1.0']);
  });
});

suite('refusals', () => {
  test('goes on to the next credential where one is forbidden', async (t) => {
    const { registry, client } = await given(t);
    await pushImage({ registry: registry.host, repository: 'shop/web', tag: '1.0', content: 'x' });
    registry.faults.add({ operation: 'tags' }, { kind: 'answer', status: 403 }, 1);
    assert.deepEqual((await client.listTags(accessTo(registry, 'shop/web', wrong, right), patiently)).tags, [
      '1.0',
    ]);
  });

  for (const status of [403, 412]) {
    test(`fails as Forbidden with what the registry said at ${status}`, async (t) => {
      const { registry, client } = await given(t);
      const body = JSON.stringify({ errors: [{ code: 'DENIED', message: 'not\u001b[31m\nfor you' }] });
      registry.faults.add({ operation: 'tags' }, { kind: 'answer', status, body });
      const error = await failureOf(client.listTags(accessTo(registry), patiently));
      assert.equal(error.code, 'Forbidden');
      assert.match(error.message, /DENIED: not \[31m for you/);
    });
  }
});

suite('a hostile token server', () => {
  test('gets no request at all', async (t) => {
    const { registry, client } = await given(t);
    const { registry: attacker } = await given(t);
    for (const realm of [
      `${attacker.url}/token`,
      `http://ann@${attacker.host}/token`,
      attacker.url.replace('127.0.0.1', 'localhost'),
      'https://169.254.169.254/latest',
    ]) {
      registry.faults.add({ operation: 'tags' }, { kind: 'realm', realm }, 1);
      const error = await failureOf(client.listTags(accessTo(registry, 'shop/web', right), patiently));
      assert.equal(error.code, 'UnsafeRealm');
      assert.equal(error.retryable, false);
    }
    assert.equal(attacker.requests.count(), 0);
    assert.equal(registry.requests.count({ scheme: 'basic' }), 0);
  });

  test('gets no credential by a redirect of the real one', async (t) => {
    const { registry, client } = await given(t, { auth: 'token', users });
    const { registry: attacker } = await given(t);
    const headers = { location: `${attacker.url}/token` };
    registry.faults.add({ operation: 'token' }, { kind: 'answer', status: 307, headers });
    const error = await failureOf(client.listTags(accessTo(registry, 'shop/web', right), patiently));
    assert.equal(error.code, 'UnsafeRealm');
    assert.equal(attacker.requests.count(), 0);
  });

  test('cannot make us read without end', async (t) => {
    const { registry, client } = await given(t, { auth: 'token', users });
    registry.faults.add({ operation: 'token' }, { kind: 'answer', status: 200, body: 'x'.repeat(70_000) });
    const error = await failureOf(client.listTags(accessTo(registry, 'shop/web', right), patiently));
    assert.equal(error.code, 'LimitExceeded');
  });
});
