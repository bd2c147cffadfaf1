import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { admitRealm } from '../../../src/registry/realm.ts';
import { secretText } from '../../support/secrets.ts';

function admits(
  registry: string,
  realm: string,
  more: { base?: string; trustedRealms?: string[] } = {},
): boolean {
  const base = new URL(more.base ?? `https://${registry}`);
  const admitted = admitRealm(realm, { registry, base, trustedRealms: more.trustedRealms ?? [] });
  assert.ok(admitted.ok || admitted.problem.reason === 'UnsafeRealm');
  return admitted.ok;
}

suite('admitting a token server', () => {
  const safe: readonly (readonly [registry: string, realm: string])[] = [
    ['ghcr.io', 'https://ghcr.io/token'],
    ['registry.gitlab.com', 'https://gitlab.com/jwt/auth'],
    ['registry.gitlab.example.co.uk', 'https://gitlab.example.co.uk/jwt/auth'],
    ['docker.elastic.co', 'https://docker-auth.elastic.co/auth'],
    ['harbor.example.com:8443', 'https://harbor.example.com:8443/service/token'],
    ['10.0.0.7:5000', 'https://10.0.0.7:5000/token'],
    ['shop.azurecr.io', 'https://shop.azurecr.io/oauth2/token'],
  ];
  for (const [registry, realm] of safe) {
    test(`admits ${realm} for ${registry}`, () => {
      assert.ok(admits(registry, realm));
    });
  }

  test('knows the token server of Docker Hub, and for Docker Hub alone', () => {
    const realm = 'https://auth.docker.io/token';
    for (const name of ['docker.io', 'registry-1.docker.io', 'registry.hub.docker.com']) {
      assert.ok(admits(name, realm, { base: 'https://registry-1.docker.io' }), name);
    }
    assert.ok(!admits('registry.example.com', realm));
  });

  test('admits a host that the operator named, port and all', () => {
    const trustedRealms = ['sso.example.org:8443'];
    assert.ok(admits('registry.example.com', 'https://sso.example.org:8443/token', { trustedRealms }));
    assert.ok(!admits('registry.example.com', 'https://sso.example.org/token', { trustedRealms }));
  });

  test('admits http only for a registry that speaks http, on the same host', () => {
    const base = 'http://127.0.0.1:5000';
    assert.ok(admits('127.0.0.1:5000', 'http://127.0.0.1:5000/token', { base }));
    assert.ok(!admits('127.0.0.1:5000', 'http://127.0.0.1:5001/token', { base }));
    assert.ok(!admits('r.example.com', 'http://auth.example.com/token', { base: 'http://r.example.com' }));
    assert.ok(!admits('r.example.com', 'http://r.example.com/token'));
    assert.ok(!admits('r.example.com', 'http://example.com/token', { base: 'http://r.example.com' }));
  });

  const hostile: readonly (readonly [title: string, registry: string, realm: string])[] = [
    ['another domain', 'registry.example.com', 'https://evil.example.org/token'],
    ['a look-alike', 'registry.example.com', 'https://example.com.evil.org/token'],
    ['a suffix that is no label', 'registry.example.com', 'https://evilexample.com/token'],
    ['a user name', 'ghcr.io', 'https://user@ghcr.io/token'],
    ['a user name that looks like the host', 'ghcr.io', 'https://ghcr.io@evil.org/token'],
    ['the metadata address', 'registry.example.com', 'https://169.254.169.254/latest'],
    ['another address', '10.0.0.7:5000', 'https://10.0.0.8:5000/token'],
    ['another port of an address', '10.0.0.7:5000', 'https://10.0.0.7:6000/token'],
    ['another customer of a shared domain', 'shop.azurecr.io', 'https://thief.azurecr.io/token'],
    ['a sibling, whose owner nobody knows', 'registry.example.com', 'https://auth.example.com/token'],
    ['a child', 'example.com', 'https://evil.example.com/token'],
    ['another port of a parent', 'registry.example.com', 'https://example.com:8443/token'],
    ['a top-level domain', 'registry.com', 'https://com/token'],
    ['what looks like a parent of an address', '10.0.0.7:5000', 'https://0.7/token'],
    ['another owner under a country domain', 'r.shop.co.uk', 'https://thief.co.uk/token'],
    ['something that is no URL', 'ghcr.io', 'token'],
    ['another scheme', 'ghcr.io', 'ftp://ghcr.io/token'],
  ];
  for (const [title, registry, realm] of hostile) {
    test(`refuses ${title}`, () => {
      assert.ok(!admits(registry, realm));
    });
  }

  test('says nothing of a password in the realm', () => {
    const admitted = admitRealm(`https://user:${secretText('hunter2')}@ghcr.io/token`, {
      registry: 'ghcr.io',
      base: new URL('https://ghcr.io'),
      trustedRealms: [],
    });
    assert.ok(!admitted.ok && !admitted.problem.message.includes(secretText('hunter2')));
  });
});
