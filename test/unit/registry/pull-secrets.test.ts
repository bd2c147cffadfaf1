import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  credentialFingerprint,
  matchCredentials,
  parsePullSecret,
  type PullSecretEntry,
} from '../../../src/registry/pull-secrets.ts';
import { credential } from './harness.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');

function secretOf(auths: unknown, name = 'regcred'): unknown {
  return {
    metadata: { namespace: 'shop', name },
    type: 'kubernetes.io/dockerconfigjson',
    data: { '.dockerconfigjson': base64(JSON.stringify({ auths })) },
  };
}

/** `user:password` of every entry, by key. */
function plain(entries: readonly PullSecretEntry[]): Record<string, string> {
  return Object.fromEntries(
    entries.map(({ key, credential: { username, password } }) => [key, `${username}:${password.reveal()}`]),
  );
}

function entriesFor(...keys: string[]): readonly PullSecretEntry[] {
  return parsePullSecret(secretOf(Object.fromEntries(keys.map((key) => [key, { auth: base64(`${key}:x`) }]))))
    .entries;
}

/** The keys whose credentials match, in order; each test user is named as its key. */
function matching(keys: readonly string[], registry: string, path: string): string[] {
  const entries = keys.flatMap(
    (key) => parsePullSecret(secretOf({ [key]: { username: key, password: 'x' } })).entries,
  );
  return matchCredentials(entries, registry, path).map(({ username }) => username);
}

suite('reading a pull secret', () => {
  test('takes user name and password, or auth', () => {
    const { entries, problems } = parsePullSecret(
      secretOf({
        'a.example.com': { username: 'ann', password: 'pw' },
        'b.example.com': { auth: base64('bob:pw') },
      }),
    );
    assert.deepEqual(plain(entries), { 'a.example.com': 'ann:pw', 'b.example.com': 'bob:pw' });
    assert.deepEqual(problems, []);
    assert.equal(entries[0]?.credential.source, 'secret shop/regcred');
  });

  test('takes the tokens that docker login leaves, before any password', () => {
    const { entries, problems } = parsePullSecret(
      secretOf({
        'a.example.com': { identitytoken: 'id' },
        'b.example.com': { auth: base64('00000000-0000-0000-0000-000000000000:'), identitytoken: 'id' },
        'c.example.com': { auth: base64('<token>:id') },
        'd.example.com': { auth: base64('ann:pw'), registrytoken: 'ready' },
        'e.example.com': { auth: base64('ann:pw'), identitytoken: '' },
      }),
    );
    assert.deepEqual(problems, []);
    assert.deepEqual(
      entries.map(({ credential: { username, password, kind } }) => [username, password.reveal(), kind]),
      [
        ['<token>', 'id', 'identity-token'],
        ['00000000-0000-0000-0000-000000000000', 'id', 'identity-token'],
        ['<token>', 'id', 'identity-token'],
        ['', 'ready', 'registry-token'],
        ['ann', 'pw', undefined],
      ],
    );
  });

  test('splits auth at the first colon only', () => {
    const { entries } = parsePullSecret(secretOf({ 'r.example.com': { auth: base64('ann:p:w:d') } }));
    assert.deepEqual(plain(entries), { 'r.example.com': 'ann:p:w:d' });
  });

  test('takes auth without padding', () => {
    const auth = base64('ann:pass').replace(/=+$/, '');
    assert.deepEqual(plain(parsePullSecret(secretOf({ r: { auth } })).entries), { r: 'ann:pass' });
  });

  test('believes auth before user name and password', () => {
    const { entries } = parsePullSecret(
      secretOf({ r: { username: 'x', password: 'y', auth: base64('ann:pw') } }),
    );
    assert.deepEqual(plain(entries), { r: 'ann:pw' });
  });

  test('keeps the neighbours of malformed entries and tells of these', () => {
    const { entries, problems } = parsePullSecret(
      secretOf({
        'good.example.com': { auth: base64('ann:pw') },
        'no-colon.example.com': { auth: base64('hunter2') },
        'no-base64.example.com': { auth: '***hunter2***' },
        'empty.example.com': {},
        'null.example.com': null,
        'https://ann:hunter2@user.example.com': {},
      }),
    );
    assert.deepEqual(plain(entries), { 'good.example.com': 'ann:pw' });
    assert.equal(problems.length, 5);
    for (const { reason, message } of problems) {
      assert.equal(reason, 'SecretUnreadable');
      assert.match(message, /^secret shop\/regcred: its entry "[a-z0-9-]+\.example\.com" /);
      assert.ok(!message.includes('hunter2'));
    }
  });

  test('reads the old dockercfg', () => {
    const secret = {
      metadata: { namespace: 'shop', name: 'old' },
      type: 'kubernetes.io/dockercfg',
      data: {
        '.dockercfg': base64(JSON.stringify({ 'https://r.example.com/v1/': { auth: base64('ann:pw') } })),
      },
    };
    assert.deepEqual(plain(parsePullSecret(secret).entries), { 'r.example.com': 'ann:pw' });
  });

  const unreadable: readonly (readonly [title: string, secret: unknown])[] = [
    ['another type', { type: 'Opaque', data: { '.dockerconfigjson': base64('{}') } }],
    ['no data', { type: 'kubernetes.io/dockerconfigjson' }],
    [
      'data that is no JSON',
      { type: 'kubernetes.io/dockerconfigjson', data: { '.dockerconfigjson': base64('{x') } },
    ],
    ['no auths', { type: 'kubernetes.io/dockerconfigjson', data: { '.dockerconfigjson': base64('{}') } }],
    ['nothing at all', undefined],
  ];
  for (const [title, secret] of unreadable) {
    test(`tells of a secret with ${title}`, () => {
      const { entries, problems } = parsePullSecret(secret);
      assert.deepEqual(entries, []);
      assert.deepEqual(
        problems.map(({ reason }) => reason),
        ['SecretUnreadable'],
      );
    });
  }

  test('takes a key named like a property of every object for what it is', () => {
    const document = '{"auths":{"__proto__":{"auth":"YW5uOnB3"}}}';
    const secret = {
      type: 'kubernetes.io/dockerconfigjson',
      data: { '.dockerconfigjson': base64(document) },
    };
    assert.equal(parsePullSecret(secret).entries[0]?.key, '__proto__');
  });

  const keys: readonly (readonly [string, string])[] = [
    ['https://index.docker.io/v1/', 'index.docker.io'],
    ['http://r.example.com', 'r.example.com'],
    ['r.example.com/v2/', 'r.example.com'],
    ['r.example.com/v2', 'r.example.com'],
    ['r.example.com/v2/team', 'r.example.com/team'],
    ['r.example.com/', 'r.example.com'],
    ['r.example.com/team/', 'r.example.com/team/'],
    ['r.example.com/v1team', 'r.example.com/v1team'],
  ];
  for (const [key, normal] of keys) {
    test(`reads the key ${key} as ${normal}`, () => {
      assert.equal(entriesFor(key)[0]?.key, normal);
    });
  }
});

suite('matching credentials as the kubelet does', () => {
  const table: readonly {
    title: string;
    keys: string[];
    registry: string;
    path?: string;
    expected: string[];
  }[] = [
    {
      title: 'the same host',
      keys: ['r.example.com', 'q.example.com'],
      registry: 'r.example.com',
      expected: ['r.example.com'],
    },
    {
      title: 'a glob for one label',
      keys: ['*.example.com'],
      registry: 'r.example.com',
      expected: ['*.example.com'],
    },
    { title: 'no glob across a dot', keys: ['*.example.com'], registry: 'a.r.example.com', expected: [] },
    { title: 'no glob for a missing label', keys: ['*.example.com'], registry: 'example.com', expected: [] },
    {
      title: 'globs in several labels',
      keys: ['*.dkr.ecr.*.amazonaws.com'],
      registry: '1.dkr.ecr.eu-west-1.amazonaws.com',
      expected: ['*.dkr.ecr.*.amazonaws.com'],
    },
    {
      title: 'a glob within a label',
      keys: ['reg*y-?.example.com'],
      registry: 'registry-1.example.com',
      expected: ['reg*y-?.example.com'],
    },
    {
      title: 'a class within a label',
      keys: ['r[0-9].example.com', 'r[^0-9].example.com'],
      registry: 'r7.example.com',
      expected: ['r[0-9].example.com'],
    },
    {
      title: 'the same port',
      keys: ['r.example.com:5000'],
      registry: 'r.example.com:5000',
      expected: ['r.example.com:5000'],
    },
    { title: 'no other port', keys: ['r.example.com:5000'], registry: 'r.example.com:5001', expected: [] },
    {
      title: 'no port where the key has none',
      keys: ['r.example.com'],
      registry: 'r.example.com:5000',
      expected: [],
    },
    { title: 'no glob for a port', keys: ['r.example.com:*'], registry: 'r.example.com:5000', expected: [] },
    {
      title: 'a path before the host alone',
      keys: ['r.example.com', 'r.example.com/shop', 'r.example.com/shop/web'],
      registry: 'r.example.com',
      path: 'shop/web',
      expected: ['r.example.com/shop/web', 'r.example.com/shop', 'r.example.com'],
    },
    {
      title: 'a path that is a plain prefix',
      keys: ['r.example.com/sh'],
      registry: 'r.example.com',
      path: 'shop/web',
      expected: ['r.example.com/sh'],
    },
    {
      title: 'no path of others',
      keys: ['r.example.com/other', 'r.example.com/shop/web/'],
      registry: 'r.example.com',
      path: 'shop/web',
      expected: [],
    },
    {
      title: 'Docker Hub by its old address',
      keys: ['https://index.docker.io/v1/'],
      registry: 'docker.io',
      path: 'library/nginx',
      expected: ['https://index.docker.io/v1/'],
    },
    {
      title: 'Docker Hub by its other names',
      keys: ['docker.io', 'registry-1.docker.io', 'index.docker.io/library'],
      registry: 'docker.io',
      path: 'library/nginx',
      expected: ['registry-1.docker.io', 'index.docker.io/library', 'docker.io'],
    },
    {
      title: 'Docker Hub by no other host',
      keys: ['docker.com', 'hub.docker.com'],
      registry: 'docker.io',
      expected: [],
    },
    { title: 'an IPv6 address', keys: ['[::1]:5000'], registry: '[::1]:5000', expected: ['[::1]:5000'] },
  ];
  for (const { title, keys, registry, path = 'shop/web', expected } of table) {
    test(`takes ${title}`, () => {
      assert.deepEqual(matching(keys, registry, path), expected);
    });
  }

  test('gives all of several secrets for one host, in the order of the secrets', () => {
    const first = parsePullSecret(secretOf({ r: { auth: base64('ann:1') } }, 'first')).entries;
    const second = parsePullSecret(secretOf({ r: { auth: base64('bob:2') } }, 'second')).entries;
    const found = matchCredentials([...first, ...second], 'r', 'x');
    assert.deepEqual(
      found.map(({ username, source }) => [username, source]),
      [
        ['ann', 'secret shop/first'],
        ['bob', 'secret shop/second'],
      ],
    );
  });
});

suite('the fingerprint of credentials', () => {
  const key = Buffer.alloc(32, 1);

  test('is equal for equal credentials, wherever they were found', () => {
    const one = credentialFingerprint([credential('ann', 'pw', 'secret a/x')], key);
    assert.equal(credentialFingerprint([credential('ann', 'pw', 'secret b/y')], key), one);
  });

  test('differs with user, password, order and key', () => {
    const ann = credential('ann', 'pw');
    const bob = credential('bob', 'pw');
    const all = [
      credentialFingerprint([], key),
      credentialFingerprint([ann], key),
      credentialFingerprint([bob], key),
      credentialFingerprint([credential('ann', 'other')], key),
      credentialFingerprint([credential('an', 'npw')], key),
      credentialFingerprint([ann, bob], key),
      credentialFingerprint([bob, ann], key),
      credentialFingerprint([ann], Buffer.alloc(32, 2)),
    ];
    assert.equal(new Set(all).size, all.length);
  });
});
