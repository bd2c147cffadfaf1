import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { type ConnectionOptions, type KubeConnection, loadConnection } from '../../../src/kube/connection.ts';
import { certificate, renewedCertificate } from '../registry/certificate.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plimsoll-connection-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

interface Parts {
  readonly cluster?: Readonly<Record<string, unknown>>;
  readonly user?: Readonly<Record<string, unknown>>;
  readonly name?: string;
}

/** A kubeconfig with one context of the given name. */
function kubeconfig({ cluster = {}, user = {}, name = 'main' }: Parts = {}): string {
  return JSON.stringify({
    'current-context': name,
    clusters: [{ name, cluster: { server: `https://${name}.example:6443/`, ...cluster } }],
    users: [{ name, user }],
    contexts: [{ name, context: { cluster: name, user: name, namespace: `${name}-space` } }],
  });
}

function load(options: Partial<ConnectionOptions>): KubeConnection {
  const loaded = loadConnection({ env: {}, serviceAccountFolder: folder, ...options });
  if (!loaded.ok) throw new Error(loaded.message);
  return loaded.value;
}

function refusal(options: Partial<ConnectionOptions>): string {
  const loaded = loadConnection({ env: {}, serviceAccountFolder: folder, ...options });
  assert.ok(!loaded.ok);
  assert.doesNotMatch(loaded.message, /\n/);
  return loaded.message;
}

async function authorization(connection: KubeConnection): Promise<string | undefined> {
  return (await connection.authorize()).headers['authorization']?.reveal();
}

describe('a connection', () => {
  it('comes from the kubeconfig that is named', async () => {
    const connection = load({
      kubeconfig: file(
        'config',
        kubeconfig({ user: { token: 'abc' }, cluster: { 'tls-server-name': 'api' } }),
      ),
    });

    assert.equal(connection.server.href, 'https://main.example:6443/');
    assert.equal(connection.contextName, 'main');
    assert.equal(connection.namespace, 'main-space');
    assert.equal(await authorization(connection), 'Bearer abc');
    const { tls } = await connection.authorize();
    assert.equal(tls.servername, 'api');
    assert.equal(tls.rejectUnauthorized, true);
  });

  it('tells its cluster from another one at the same address, after each start alike', () => {
    const identityOf = (authority: string) => {
      const cluster = { 'certificate-authority-data': Buffer.from(authority).toString('base64') };
      return load({ kubeconfig: file('config', kubeconfig({ cluster })) }).identity;
    };

    assert.equal(identityOf(certificate.cert), identityOf(certificate.cert));
    assert.notEqual(identityOf(certificate.cert), identityOf(renewedCertificate.cert));
  });

  it('comes from the files of KUBECONFIG, of which the first counts and missing ones do not', () => {
    const first = file('first', kubeconfig({ name: 'first' }));
    const second = file('second', kubeconfig({ name: 'second' }));
    const env = { KUBECONFIG: [join(folder, 'missing'), first, second].join(delimiter) };

    assert.equal(load({ env }).contextName, 'first');
    assert.equal(load({ env, context: 'second' }).server.hostname, 'second.example');
  });

  it('comes from the service account inside a pod', async () => {
    file('token', 'mounted\n');
    file('ca.crt', '');
    file('namespace', 'plimsoll-system\n');
    const env = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '6443', HOME: folder };

    const connection = load({ env });

    assert.equal(connection.server.href, 'https://[fd00::1]:6443/');
    assert.equal(connection.namespace, 'plimsoll-system');
    assert.equal(await authorization(connection), 'Bearer mounted');
  });

  it('comes from the home directory otherwise', () => {
    mkdirSync(join(folder, '.kube'));
    file('.kube/config', kubeconfig());

    assert.equal(load({ env: { HOME: folder } }).contextName, 'main');
  });

  it('reads a rotated token at once when told that the old one is refused', async () => {
    file('token', 'old');
    const connection = load({
      kubeconfig: file('config', kubeconfig({ user: { tokenFile: 'token' } })),
    });
    assert.equal(await authorization(connection), 'Bearer old');

    file('token', 'new');
    assert.equal(await authorization(connection), 'Bearer old');
    connection.refresh();
    assert.equal(await authorization(connection), 'Bearer new');
  });

  it('keeps its credentials while the kubeconfig is half written', async () => {
    const config = file('config', kubeconfig({ user: { token: 'abc' } }));
    const connection = load({ kubeconfig: config });

    file('config', '{"clusters": [');
    connection.refresh();

    assert.equal(await authorization(connection), 'Bearer abc');
  });

  it('asks an exec plug-in once for many requests at the same time', async () => {
    const credential = JSON.stringify({ status: { token: 'from-plug-in' } });
    const counter = join(folder, 'asked');
    const plugIn = file('plug-in', `#!/bin/sh\necho x >> ${counter}\necho '${credential}'\n`);
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: '/bin/sh', args: [plugIn] };
    const connection = load({ kubeconfig: file('config', kubeconfig({ user: { exec } })) });

    const all = await Promise.all([1, 2, 3].map(() => authorization(connection)));

    assert.deepEqual(
      all,
      Array.from({ length: 3 }, () => 'Bearer from-plug-in'),
    );
    assert.equal(readFileSync(counter, 'utf8'), 'x\n');
  });

  it('speaks plain http where the kubeconfig says so, and basic authentication', async () => {
    const parts = {
      cluster: { server: 'http://127.0.0.1:8001/prefix' },
      user: { username: 'ann', password: 'secret' },
    };
    const connection = load({ kubeconfig: file('config', kubeconfig(parts)) });

    assert.equal(connection.server.pathname, '/prefix');
    assert.equal(await authorization(connection), `Basic ${Buffer.from('ann:secret').toString('base64')}`);
  });

  it('heeds what is said of the cluster also where the context names no user', async () => {
    const config = kubeconfig({ cluster: { 'insecure-skip-tls-verify': true } });
    const connection = load({ kubeconfig: file('config', config.replace('"user":"main",', '')) });

    assert.equal(await authorization(connection), undefined);
    assert.equal((await connection.authorize()).tls.rejectUnauthorized, false);
  });

  it('takes its proxy from the kubeconfig', () => {
    const cluster = { 'proxy-url': 'http://proxy.example:3128' };
    const connection = load({ kubeconfig: file('config', kubeconfig({ cluster })) });

    assert.equal(connection.proxy?.host, 'proxy.example:3128');
  });

  it('shows no token to whoever prints its authorization', async () => {
    const connection = load({ kubeconfig: file('config', kubeconfig({ user: { token: 'abc' } })) });

    assert.equal(JSON.stringify(await connection.authorize()).includes('abc'), false);
  });
});

describe('no connection, but one clear line,', () => {
  it('comes of a file that does not exist', () => {
    assert.match(refusal({ kubeconfig: '/nowhere/config' }), /kubeconfig \/nowhere\/config does not exist/);
    assert.match(refusal({ env: { KUBECONFIG: '/nowhere/a' } }), /\/nowhere\/a does not exist.*--kubeconfig/);
    assert.match(refusal({ env: { HOME: folder } }), /\.kube\/config does not exist/);
  });

  it('comes of a file that is no kubeconfig', () => {
    assert.match(refusal({ kubeconfig: file('config', 'a: b: c') }), /config is not a valid kubeconfig/);
    assert.match(refusal({ kubeconfig: file('config', '[]') }), /it holds no map/);
    assert.match(refusal({ kubeconfig: folder }), /cannot be read \(EISDIR\)/);
  });

  it('comes of a context that does not exist or leads nowhere', () => {
    const config = file('config', kubeconfig());
    assert.match(refusal({ kubeconfig: config, context: 'other' }), /no context "other"; it has: main/);
    assert.match(refusal({ kubeconfig: file('empty', '{}') }), /no current-context/);
    const dangling = kubeconfig().replace('"cluster":"main"', '"cluster":"elsewhere"');
    assert.match(refusal({ kubeconfig: file('dangling', dangling) }), /names cluster elsewhere, which/);
  });

  it('comes of an address that is none', () => {
    const cluster = { server: 'ftp://main.example' };
    assert.match(refusal({ kubeconfig: file('config', kubeconfig({ cluster })) }), /not an http or https/);
    const proxied = kubeconfig({ cluster: { 'proxy-url': 'gopher://proxy' } });
    assert.match(refusal({ kubeconfig: file('proxied', proxied) }), /proxy-url is not/);
  });

  it('comes of certificates that are missing or broken', () => {
    const missing = kubeconfig({ cluster: { 'certificate-authority': 'ca.pem' } });
    assert.match(refusal({ kubeconfig: file('config', missing) }), /cannot be used: ENOENT.*ca\.pem/);
    const broken = kubeconfig({ user: { 'client-certificate-data': 'bm9uc2Vuc2U=' } });
    assert.match(
      refusal({ kubeconfig: file('config', broken) }),
      /context main: a certificate or key cannot/,
    );
  });
});
