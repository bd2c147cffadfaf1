import assert from 'node:assert/strict';
import type { LookupFunction } from 'node:net';
import { suite, test, type TestContext } from 'node:test';
import type { EmbeddedRegistry } from '../../../src/sandbox/registry/embedded-registry.ts';
import type { Fault } from '../../../src/sandbox/registry/faults.ts';
import { pushImage } from '../../../src/sandbox/registry/push.ts';
import { HttpServer, sendJson } from '../../support/http-server.ts';
import { certificate } from './certificate.ts';
import { accessTo, credential, failureOf, given, nameless, patiently } from './harness.ts';
import { asked, internet } from './internet.ts';
import { secretText } from '../../support/secrets.ts';

const ann = credential('ann', 'ann-password');
const users = { ann: secretText('ann-password') };

function redirect(location: string, status = 307): Fault {
  return { kind: 'answer', status, headers: { location } };
}

/** A host that serves one list of tags to whoever asks and remembers what it was sent. */
async function elsewhere(t: TestContext): Promise<HttpServer> {
  const server = await HttpServer.start((_request, response) =>
    sendJson(response, { name: 'x', tags: ['2.0'] }),
  );
  t.after(() => server.close());
  return server;
}

/** A registry that redirects lists of tags, after it has seen who asks. */
async function redirecting(t: TestContext, fault: Fault, options: Parameters<typeof given>[2] = {}) {
  const found = await given(t, { auth: 'basic', users }, options);
  const credentials = { username: 'ann', password: secretText('ann-password') };
  await pushImage({
    registry: found.registry.host,
    repository: 'shop/web',
    tag: '1.0',
    content: 'x',
    credentials,
  });
  // The first answer is the challenge, so that the request that is redirected carries the credential.
  found.registry.faults.add({ operation: 'tags' }, { kind: 'headers', headers: {} }, 1);
  found.registry.faults.add({ operation: 'tags' }, fault);
  found.registry.requests.clear();
  return found;
}

function list(client: Awaited<ReturnType<typeof given>>['client'], registry: EmbeddedRegistry) {
  return client.listTags(accessTo(registry, 'shop/web', ann), patiently);
}

suite('a redirect to another origin', () => {
  for (const status of [301, 302, 303, 307, 308]) {
    test(`is followed after ${status} without the credential`, async (t) => {
      const target = await elsewhere(t);
      const { registry, client } = await redirecting(t, redirect(`${target.url}/list?signature=abc`, status));

      assert.deepEqual((await list(client, registry)).tags, ['2.0']);

      assert.equal(registry.requests.count({ scheme: 'basic' }), 1);
      const [seen] = target.requests;
      assert.equal(seen?.query.get('signature'), 'abc');
      for (const name of ['authorization', 'cookie', 'proxy-authorization']) {
        assert.equal(seen?.headers[name], undefined);
      }
    });
  }

  test('gets no credential either when it leads back', async (t) => {
    const target = await elsewhere(t);
    const { registry, client } = await redirecting(t, redirect(`${target.url}/away`));
    target.handler = (_request, response) => {
      response.writeHead(307, { location: `${registry.url}/v2/shop/web/manifests/1.0` }).end();
    };
    const error = await failureOf(list(client, registry));
    assert.equal(error.code, 'Unauthorized');
    assert.equal(registry.requests.count({ operation: 'manifest', scheme: 'basic' }), 0);
  });

  test('gets no credential by a challenge of its own', async (t) => {
    const target = await elsewhere(t);
    const { registry, client } = await redirecting(t, redirect(`${target.url}/list`));
    for (const challenge of ['Basic realm="x"', `Bearer realm="${target.url}/token"`]) {
      target.handler = (request, response) => {
        if (request.path === '/token') sendJson(response, { token: secretText('anonymous') });
        else response.writeHead(401, { 'www-authenticate': challenge }).end();
      };
      assert.equal((await failureOf(list(client, registry))).code, 'Unauthorized');
    }
    const sent = target.requests
      .map(({ headers }) => headers.authorization)
      .filter((each) => each !== undefined);
    assert.ok(
      sent.every((authorization) => authorization === `Bearer ${secretText('anonymous')}`),
      sent.join(),
    );
  });

  test('is asked with an anonymous token of its own where it wants one', async (t) => {
    const target = await elsewhere(t);
    target.handler = (request, response) => {
      if (request.path === '/token')
        sendJson(response, { token: `for ${request.query.get('scope')}`.replace(' ', '-') });
      else if (request.headers.authorization === 'Bearer for-repository:real/web:pull')
        sendJson(response, { tags: ['3.0'] });
      else {
        const challenge = `Bearer realm="${target.url}/token",scope="repository:real/web:pull"`;
        response.writeHead(401, { 'www-authenticate': challenge }).end();
      }
    };
    const { registry, client } = await redirecting(t, redirect(`${target.url}/v2/real/web/tags/list`));
    assert.deepEqual((await list(client, registry)).tags, ['3.0']);
  });

  test('is not followed from https to http', async (t) => {
    const target = await elsewhere(t);
    const { registry } = await given(t, { tls: certificate });
    const hosts = { [registry.host]: { scheme: 'https', ca: certificate.cert } } as const;
    const { client } = await given(t, {}, { hosts });
    registry.faults.add({}, redirect(`${target.url}/list`));
    assert.equal((await failureOf(client.listTags(accessTo(registry), patiently))).code, 'UnsafeRealm');
    assert.equal(target.requests.length, 0);
  });

  for (const [title, location] of [
    ['a user name', 'https://ghcr.io@evil.example.org/'],
    ['another scheme', 'ftp://files.example.org/'],
    ['what is no address', 'https://'],
    ['the metadata service', 'http://169.254.169.254/latest/meta-data/'],
    ['the metadata service by IPv6', 'http://[fd00:ec2::254]/latest/'],
    ['the metadata service by mapped IPv6', 'http://[::ffff:169.254.169.254]/latest/'],
    ['the metadata service by a number', 'http://2852039166/latest/'],
    ['this host', 'http://0.0.0.0:1/'],
  ] as const) {
    test(`is not followed to ${title}`, async (t) => {
      const { registry, client } = await redirecting(t, redirect(location));
      const error = await failureOf(list(client, registry));
      assert.equal(error.code, 'UnsafeRealm');
      assert.equal(error.retryable, false);
    });
  }

  for (const name of ['127.0.0.1', 'localhost', '[::ffff:127.0.0.1]']) {
    test(`is not followed in a cluster to ${name}, also by a registry that the operator named`, async (t) => {
      const target = await elsewhere(t);
      const { registry } = await given(t);
      const { client } = await given(t, {}, { refuseLoopback: true, hosts: { [registry.host]: {} } });
      registry.faults.add({}, redirect(target.url.replace('127.0.0.1', name)));
      assert.equal((await failureOf(client.listTags(accessTo(registry), patiently))).code, 'UnsafeRealm');
      assert.equal(target.requests.length, 0);
    });
  }
});

suite('a redirect by a registry on the internet', () => {
  const inside = [
    '10.0.0.5',
    '192.168.1.1',
    '[fd12::1]',
    '127.0.0.1:6443',
    '[::1]',
    '169.254.169.254',
    '[::ffff:10.0.0.5]',
  ];
  for (const target of inside) {
    test(`is not followed to ${target}`, async (t) => {
      const location = `https://${target}/v2/`;
      const { client, seen } = await internet(t, {
        'registry.example.com': () => ({ status: 307, headers: { location } }),
      });
      const access = { registry: 'registry.example.com', path: 'shop/web', credentials: [ann] };
      assert.equal((await failureOf(client.listTags(access, patiently))).code, 'UnsafeRealm');
      assert.deepEqual(asked(seen), ['GET registry.example.com/v2/shop/web/tags/list?n=1000 -']);
    });
  }
});

/** Names and what they resolve to. */
function resolving(names: Readonly<Record<string, string>>): LookupFunction {
  return (hostname, options, callback) => {
    const address = names[hostname];
    if (address === undefined) nameless(hostname, options, callback);
    else callback(null, [{ address, family: address.includes(':') ? 6 : 4 }]);
  };
}

suite('a registry that is an address nobody should ask', () => {
  for (const host of [
    '169.254.169.254',
    '[fe80::1]',
    '[::ffff:169.254.169.254]:80',
    '100.100.100.200',
    '0.0.0.0:5000',
  ]) {
    test(`${host} is refused everywhere`, async (t) => {
      const { client } = await given(t);
      const error = await failureOf(client.listTags(accessTo({ host }, 'shop/web', ann), patiently));
      assert.equal(error.code, 'UnsafeRealm');
      assert.match(error.message, /registries file/);
    });
  }

  for (const name of [
    '127.0.0.1',
    'localhost',
    'registry.example.org',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '2130706433',
  ]) {
    test(`${name} is refused in a cluster when it leads to loopback`, async (t) => {
      const lookup = resolving({ 'registry.example.org': '127.0.0.1' });
      const { registry, client } = await given(t, {}, { refuseLoopback: true, lookup });
      const host = `${name}:${registry.host.split(':')[1]}`;
      assert.equal((await failureOf(client.listTags(accessTo({ host }), patiently))).code, 'UnsafeRealm');
      assert.equal(registry.requests.count(), 0);
    });
  }

  test('a name with one good and one bad address is refused as a whole', async (t) => {
    const lookup: LookupFunction = (_name, _options, callback) =>
      callback(null, [
        { address: '203.0.113.7', family: 4 },
        { address: '::ffff:169.254.169.254', family: 6 },
      ]);
    const { client } = await given(t, {}, { lookup });
    const error = await failureOf(client.listTags(accessTo({ host: 'registry.example.org' }), patiently));
    assert.equal(error.code, 'UnsafeRealm');
  });

  test('is asked where the operator names it', async (t) => {
    const { registry } = await given(t);
    await pushImage({ registry: registry.host, repository: 'shop/web', tag: '1.0', content: 'x' });
    const { client } = await given(t, {}, { refuseLoopback: true, hosts: { [registry.host]: {} } });
    assert.deepEqual((await client.listTags(accessTo(registry), patiently)).tags, ['1.0']);
  });
});
