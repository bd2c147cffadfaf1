import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { suite, test, type TestContext } from 'node:test';
import { secretText } from '../../support/secrets.ts';
import { credential, failureOf, patiently } from './harness.ts';
import { basicOf, type HostScript, internet, type Said } from './internet.ts';
import { access, behindToken, digest as child, index, manifest } from './quirk-scripts.ts';

const document = JSON.stringify({
  schemaVersion: 2,
  mediaType: index,
  manifests: [
    { mediaType: manifest, digest: child, size: 7, platform: { os: 'linux', architecture: 'amd64' } },
  ],
});
const digest = `sha256:${createHash('sha256').update(document).digest('hex')}`;
const given: Said = {
  headers: { 'content-type': index, 'docker-content-digest': digest },
  body: document,
};
const nearlyUsedUp: Said = {
  ...given,
  headers: { ...given.headers, 'ratelimit-limit': '100;w=21600', 'ratelimit-remaining': '3;w=21600' },
};
const spent: Said = {
  status: 429,
  headers: { 'ratelimit-limit': '100;w=21600', 'ratelimit-remaining': '0;w=21600' },
  body: { errors: [{ code: 'TOOMANYREQUESTS', message: 'You have reached your pull rate limit.' }] },
};

/** Docker Hub, which answers each account in its own way, and who is nobody as `anonymous`. */
async function hub(t: TestContext, answers: Readonly<Record<string, Said>>) {
  const accountOf = (basic: string | undefined) => basic?.split(':', 1)[0] ?? 'anonymous';
  const tokens: HostScript = (seen) => ({
    body: { token: secretText(accountOf(basicOf(seen))), expires_in: 300 },
  });
  const challenge = 'Bearer realm="https://auth.docker.io/token",service="registry.docker.io"';
  const registry = behindToken(challenge, ({ headers }) => {
    const found = Object.keys(answers).find((name) => headers.authorization === `Bearer ${secretText(name)}`);
    return answers[found ?? ''] ?? { status: 500 };
  });
  return internet(t, { 'auth.docker.io': tokens, 'registry-1.docker.io': registry });
}

const anonymous = access('docker.io', 'library/nginx');
const acme = access('docker.io', 'acme/app', credential('acme', 'pat'));
const other = access('docker.io', 'acme/app', credential('other', 'pat'));

suite('a budget of pulls that is nearly used up', () => {
  test('of those without an account stops them, and no account', async (t) => {
    const { client } = await hub(t, { anonymous: nearlyUsedUp, acme: given });
    assert.ok(await client.readManifests(acme, digest, patiently));
    await client.resolveTag(anonymous, '1.27', patiently);
    assert.equal((await failureOf(client.readManifests(anonymous, digest, patiently))).code, 'RateLimited');
    assert.notEqual(await client.readManifests(acme, digest, patiently), 'missing');
  });

  test('of an account stops it, and neither another one nor those without', async (t) => {
    const { client } = await hub(t, { anonymous: given, acme: nearlyUsedUp, other: given });
    await client.resolveTag(acme, '1.27', patiently);
    assert.equal((await failureOf(client.readManifests(acme, digest, patiently))).code, 'RateLimited');
    for (const one of [anonymous, other])
      assert.notEqual(await client.readManifests(one, digest, patiently), 'missing');
  });
});

test('a budget of pulls that is spent is that of whoever spent it', async (t) => {
  const { client } = await hub(t, { anonymous: spent, acme: given });
  assert.equal((await failureOf(client.readManifests(anonymous, digest, patiently))).code, 'RateLimited');
  assert.notEqual(await client.readManifests(acme, digest, patiently), 'missing');
});
