import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Result } from '../../../src/model/result.ts';
import { buildRegistries, type Registries } from '../../../src/registry/registries.ts';
import { parseRegistriesFile } from '../../../src/registry/registries-file.ts';

function parsed(text: string) {
  const file = parseRegistriesFile(text, 'registries.yaml');
  assert.ok(file.ok, file.ok ? '' : file.problem.message);
  return file.value;
}

function built(text: string, files: Readonly<Record<string, string>> = {}): Registries {
  const read = (path: string): Result<string> =>
    path in files
      ? { ok: true, value: files[path] ?? '' }
      : { ok: false, problem: { reason: 'SecretUnreadable', message: `${path} cannot be read (ENOENT)` } };
  const registries = buildRegistries(parsed(text), read);
  assert.ok(registries.ok, registries.ok ? '' : registries.problem.message);
  return registries.value;
}

function shown(registries: Registries, registry: string, namespace = 'shop', path = 'shop/web') {
  return registries
    .credentialsFor({ namespace, registry, path })
    .map(({ username, password, kind, host }) => [username, password.reveal(), kind, host]);
}

suite('a registries file', () => {
  test('may be empty', () => {
    for (const text of ['', '# nothing\n', 'mirrors:\nconfigs:\n', '{}'])
      assert.deepEqual(built(text).hosts, {});
  });

  test('is read as K3s reads it', () => {
    const registries = built(
      `
mirrors:
  docker.io:
    endpoint:
      - "https://mirror.example.com:5000"
      - "https://harbor.example.com/v2/hub"
    rewrite:
      "^library/(.*)": "official/$1"
configs:
  "mirror.example.com:5000":
    auth: {username: ann, password: "one two"}
    tls: {ca_file: /ca.pem, cert_file: /cert.pem, key_file: /key.pem}
  registry.example.com:
    tls: {insecure_skip_verify: true}
    rate: 2.5
    concurrency: 2
    page_size: 50
    pull_reserve: 0.5
    trusted_realms: ["SSO.example.org:443", "[::1]:8443"]
`,
      { '/ca.pem': 'CA', '/cert.pem': 'CERT', '/key.pem': 'KEY' },
    );
    const { mirrors = [] } = registries.hosts['docker.io'] ?? {};
    assert.deepEqual(
      mirrors.map(({ base, rewrite }) => [base.href, rewrite('library/nginx'), rewrite('shop/web')]),
      [
        ['https://mirror.example.com:5000/v2', 'official/nginx', 'shop/web'],
        ['https://harbor.example.com/v2/hub', 'official/nginx', 'shop/web'],
      ],
    );
    const mirror = registries.hosts['mirror.example.com:5000'];
    assert.equal(mirror?.ca, 'CA');
    assert.equal(mirror.clientCertificate?.cert, 'CERT');
    assert.equal(mirror.clientCertificate.key.reveal(), 'KEY');
    assert.deepEqual(registries.hosts['registry.example.com'], {
      insecureSkipVerify: true,
      rate: 2.5,
      concurrency: 2,
      pageSize: 50,
      pullReserve: 0.5,
      trustedRealms: ['sso.example.org', '[::1]:8443'],
    });
    assert.deepEqual(shown(registries, 'docker.io'), [
      ['ann', 'one two', undefined, 'mirror.example.com:5000'],
    ]);
    assert.deepEqual(shown(registries, 'mirror.example.com:5000'), [
      ['ann', 'one two', undefined, undefined],
    ]);
    assert.deepEqual(shown(registries, 'registry.example.com'), []);
  });

  test('has mirrors for every host that has none of its own', () => {
    const { hosts } = built(`
mirrors:
  "*": {endpoint: ["https://all.example.com"]}
  docker.io: {endpoint: ["https://hub.example.com"]}
configs:
  ghcr.io: {rate: 1}
`);
    const mirrorsOf = (host: string) => hosts[host]?.mirrors?.map(({ base }) => base.host);
    assert.deepEqual(mirrorsOf('docker.io'), ['hub.example.com']);
    assert.deepEqual(mirrorsOf('ghcr.io'), ['all.example.com']);
    assert.deepEqual(mirrorsOf('*'), ['all.example.com']);
    assert.equal(hosts['ghcr.io']?.rate, 1);
  });

  test('takes a password from a file, without the line break at its end', () => {
    const text = 'configs: {r.example.com: {auth: {username: ann, password_file: /password}}}';
    for (const content of ['hunter2', 'hunter2\n', 'hunter2\r\n']) {
      assert.deepEqual(shown(built(text, { '/password': content }), 'r.example.com'), [
        ['ann', 'hunter2', undefined, undefined],
      ]);
    }
  });

  test('takes auth and identity tokens as Docker does', () => {
    const auth = Buffer.from('ann:p:w').toString('base64');
    assert.deepEqual(shown(built(`configs: {r.example.com: {auth: {auth: "${auth}"}}}`), 'r.example.com'), [
      ['ann', 'p:w', undefined, undefined],
    ]);
    assert.deepEqual(
      shown(built('configs: {r.example.com: {auth: {identity_token: abc}}}'), 'r.example.com'),
      [['', 'abc', 'identity-token', undefined]],
    );
  });

  test('limits a credential to namespaces and repositories', () => {
    const registries = built(
      'configs: {r.example.com: {auth: {username: a, password: b, namespaces: [shop, team-*], repositories: [shop/*, base/**]}}}',
    );
    const may = (namespace: string, path: string) =>
      shown(registries, 'r.example.com', namespace, path).length > 0;
    assert.ok(may('shop', 'shop/web') && may('team-red', 'base/a/b'));
    assert.ok(!may('other', 'shop/web') && !may('shop', 'shop/web/deep') && !may('shop', 'private/web'));
  });

  test('knows Docker Hub by each of its names, and the port of https as none', () => {
    for (const host of ['docker.io', 'index.docker.io', 'registry-1.docker.io']) {
      const registries = built(`configs: {${host}: {auth: {username: a, password: b}}}`);
      assert.equal(shown(registries, 'docker.io').length, 1);
    }
    const registries = built('configs: {"r.example.com:443": {auth: {username: a, password: b}}}');
    assert.equal(shown(registries, 'r.example.com').length, 1);
  });

  const wrong: readonly (readonly [text: string, message: RegExp])[] = [
    ['configs: [', /^registries.yaml:1:\d+: is not YAML/],
    [
      'configs: {a.example.com: {}, a.example.com: {}}',
      /^registries.yaml:1:\d+: is not YAML \(DUPLICATE_KEY\)/,
    ],
    ['config: {}', /^registries.yaml:1:1: the file has no key "config"; it takes mirrors, configs$/],
    [
      'configs:\n  r.example.com:\n    rates: 5',
      /^registries.yaml:3:5: the config of r\.example\.com has no key "rates"/,
    ],
    [
      'configs: {r.example.com: {auth: {password: 1234}}}',
      /:1:\d+: password must be a text; put it in quotes$/,
    ],
    ['configs: {r.example.com: {auth: {username: a}}}', /auth has a username and no password/],
    ['configs: {r.example.com: {auth: {password: a}}}', /auth has a password and no username/],
    ['configs: {r.example.com: {auth: {username: a, password: b, password_file: c}}}', /takes one of/],
    ['configs: {r.example.com: {rate: 0}}', /rate must be a number from 0\.01 to 1000/],
    ['configs: {r.example.com: {concurrency: 1.5}}', /concurrency must be a whole number from 1 to 64/],
    ['configs: {r.example.com: {tls: {cert_file: a}}}', /cert_file and key_file together/],
    ['configs: {r.example.com: {tls: {insecure_skip_verify: "yes"}}}', /must be true or false/],
    ['configs: {"https://r.example.com/": {}}', /must be a host/],
    ['configs: {r.example.com/team: {}}', /must be a host/],
    ['configs: {ann@r.example.com: {}}', /must be a host/],
    ['configs: {r.example.com?x: {}}', /must be a host/],
    [
      'configs: {r.example.com: {trusted_realms: ["https://sso.example.org/token"]}}',
      /:1:\d+: an entry of trusted_realms must be a host such as/,
    ],
    ['mirrors: {docker.io: {endpoint: mirror.example.com}}', /endpoint must be a list/],
    ['mirrors: {docker.io: {endpoint: [mirror.example.com]}}', /must be an address such as https/],
    [
      'mirrors: {docker.io: {endpoint: ["https://ann:secret@m.example.com"]}}',
      /must be an address such as https/,
    ],
    ['- a', /the file must be a map/],
    ['configs: {"*": {auth: {username: a, password: b}}}', /cannot be for every host/],
  ];
  for (const [text, message] of wrong) {
    test(`is refused with its position: ${text.replaceAll('\n', ' ')}`, () => {
      const file = parseRegistriesFile(text, 'registries.yaml');
      assert.ok(!file.ok);
      assert.match(file.problem.message, message);
      assert.doesNotMatch(file.problem.message, /\n|ann:secret|1234/);
    });
  }

  for (const [text, message] of [
    ['configs: {r.example.com: {tls: {ca_file: /gone}}}', /^r\.example\.com: \/gone cannot be read/],
    ['configs: {r.example.com: {auth: {auth: "%%%"}}}', /^r\.example\.com: auth is not base64/],
    [
      'mirrors: {docker.io: {endpoint: ["https://m.example.com"], rewrite: {"(": "x"}}}',
      /regular expression/,
    ],
  ] as const) {
    test(`cannot be used: ${text}`, () => {
      const missing = {
        ok: false,
        problem: { reason: 'SecretUnreadable', message: '/gone cannot be read' },
      } as const;
      const registries = buildRegistries(parsed(text), () => missing);
      assert.ok(!registries.ok);
      assert.match(registries.problem.message, message);
    });
  }
});
