import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { suite, test } from 'node:test';
import type { RegistryCredential } from '../../../src/model/ports.ts';
import { credential, patiently } from './harness.ts';
import { asked, basicOf, internet, type HostScript } from './internet.ts';
import { access, behindToken, digest, document, manifest } from './quirk-scripts.ts';
import { secretText } from '../../support/secrets.ts';

suite('Google Artifact Registry', () => {
  const uploaded = Date.UTC(2026, 0, 2);
  const body = {
    name: 'project/repo/app',
    child: [],
    manifest: {
      [digest]: {
        tag: ['1.0', 'latest'],
        timeUploadedMs: String(uploaded),
        timeCreatedMs: '0',
        mediaType: manifest,
      },
    },
    tags: ['1.0', 'latest'],
  };

  test('tells when each tag was pushed, with the list', async (t) => {
    const { client } = await internet(t, { 'europe-docker.pkg.dev': () => ({ body }) });
    const { times } = await client.listTags(access('europe-docker.pkg.dev', 'project/repo/app'), patiently);
    assert.deepEqual(times?.get('1.0'), { pushed: '2026-01-02T00:00:00.000Z' });
  });

  test('is not believed when it is somebody else', async (t) => {
    const hosts = ['registry.example.com', 'pkg.dev.example.com', 'evil-gcr.io'];
    for (const host of hosts) {
      const { client } = await internet(t, { [host]: () => ({ body }) });
      assert.equal((await client.listTags(access(host, 'project/repo/app'), patiently)).times, undefined);
    }
  });

  test('takes an access token as a password', async (t) => {
    const challenge = 'Bearer realm="https://europe-docker.pkg.dev/v2/token",service="europe-docker.pkg.dev"';
    const guarded = behindToken(challenge, () => ({ body }));
    const { client, seen } = await internet(t, {
      'europe-docker.pkg.dev': (one) =>
        one.path.startsWith('/v2/token') ? { body: { token: secretText('x') } } : guarded(one),
    });
    const token = credential('oauth2accesstoken', 'ya29.token');
    await client.listTags(access('europe-docker.pkg.dev', 'project/repo/app', token), patiently);
    assert.equal(
      asked(seen)[1],
      'GET europe-docker.pkg.dev/v2/token?service=europe-docker.pkg.dev&scope=repository:project/repo/app:pull Basic',
    );
  });
});

suite('Amazon ECR', () => {
  const host = '123456789012.dkr.ecr.eu-west-1.amazonaws.com';
  const aws = credential('AWS', 'token-of-twelve-hours');
  const guarded =
    (answer: HostScript): HostScript =>
    (seen) =>
      basicOf(seen) === `AWS:${secretText('token-of-twelve-hours')}`
        ? answer(seen)
        : {
            status: 401,
            headers: { 'www-authenticate': `Basic realm="https://${host}/",service="ecr.amazonaws.com"` },
            body: 'Not Authorized',
          };

  test('takes Basic for a realm that is an address, which is never called', async (t) => {
    const { client, seen } = await internet(t, {
      [host]: guarded(() => ({ body: { name: 'x', tags: ['2', '1'] } })),
    });
    assert.deepEqual((await client.listTags(access(host, 'app', aws), patiently)).tags, ['2', '1']);
    assert.ok(seen.every(({ path }) => path === '/v2/app/tags/list?n=1000'));
  });

  test('refuses a page that is too large for it, once', async (t) => {
    const answer: HostScript = ({ path }) =>
      path.includes('n=')
        ? { status: 405, body: { errors: [{ code: 'UNSUPPORTED', message: 'n must be at most 1000' }] } }
        : { body: { name: 'x', tags: ['1'] } };
    const { client, seen } = await internet(t, { [host]: guarded(answer) });
    for (const _ of [1, 2]) await client.listTags(access(host, 'app', aws), patiently);
    assert.equal(seen.filter(({ path }) => path.includes('n=')).length, 2);
  });

  test('leaves the digest out of some answers, which are then hashed', async (t) => {
    const answer: HostScript = () => ({ headers: { 'content-type': manifest }, body: document });
    const { client } = await internet(t, { [host]: guarded(answer) });
    const found = await client.resolveTag(access(host, 'app', aws), '1', patiently);
    assert.deepEqual(found, { digest, mediaType: manifest });
  });

  test('redirects blobs to storage, which refuses two ways of signing in at once', async (t) => {
    const storage = 'prod-eu-west-1-starport-layer-bucket.s3.eu-west-1.amazonaws.com';
    const config = '{"os":"linux","architecture":"arm64","created":"2026-01-01T00:00:00Z"}';
    const configDigest = `sha256:${createHash('sha256').update(config).digest('hex')}`;
    const image = document.replace(`sha256:${'c'.repeat(64)}`, configDigest);
    const imageDigest = `sha256:${createHash('sha256').update(image).digest('hex')}`;
    const { client } = await internet(t, {
      [host]: guarded(({ path }) =>
        path.includes('/blobs/')
          ? { status: 307, headers: { location: `https://${storage}/layer?X-Amz-Signature=abc` } }
          : { headers: { 'content-type': manifest }, body: image },
      ),
      [storage]: ({ headers }) =>
        headers.authorization === undefined
          ? { body: config }
          : { status: 400, body: 'Only one auth mechanism allowed' },
    });
    assert.deepEqual(await client.readManifests(access(host, 'app', aws), imageDigest, patiently), [
      {
        digest: imageDigest,
        platform: { os: 'linux', architecture: 'arm64' },
        created: '2026-01-01T00:00:00Z',
      },
    ]);
  });
});

suite('Amazon ECR Public', () => {
  test('gives anonymous tokens', async (t) => {
    const challenge = 'Bearer realm="https://public.ecr.aws/token/",service="public.ecr.aws",scope="aws"';
    const guarded = behindToken(challenge, () => ({ body: { name: 'x', tags: ['1'] } }));
    const { client, seen } = await internet(t, {
      'public.ecr.aws': (one) =>
        one.path.startsWith('/token/') ? { body: { token: secretText('x') } } : guarded(one),
    });
    await client.listTags(access('public.ecr.aws', 'nginx/nginx'), patiently);
    assert.equal(asked(seen)[1], 'GET public.ecr.aws/token/?service=public.ecr.aws&scope=aws -');
  });
});

suite('Azure Container Registry', () => {
  const host = 'shop.azurecr.io';
  const challenge = `Bearer realm="https://${host}/oauth2/token",service="${host}",scope="repository:app:metadata_read"`;

  test('wants the scope of its challenge for lists, as it stands there', async (t) => {
    const guarded = behindToken(challenge, () => ({ body: { name: 'app', tags: ['1'] } }));
    const { client, seen } = await internet(t, {
      [host]: (one) =>
        one.path.startsWith('/oauth2/token') ? { body: { access_token: secretText('x') } } : guarded(one),
    });
    await client.listTags(access(host, 'app', credential('token-user', 'pw')), patiently);
    assert.equal(
      asked(seen)[1],
      `GET ${host}/oauth2/token?service=${host}&scope=repository:app:metadata_read Basic`,
    );
  });

  test('exchanges a refresh token by POST', async (t) => {
    const guarded = behindToken(challenge, () => ({ body: { name: 'app', tags: ['1'] } }));
    const { client, seen } = await internet(t, {
      [host]: (one) =>
        one.path === '/oauth2/token' ? { body: { access_token: secretText('x') } } : guarded(one),
    });
    const refresh: RegistryCredential = { ...credential('', 'refresh-token'), kind: 'identity-token' };
    await client.listTags(access(host, 'app', refresh), patiently);
    const [, exchange] = seen;
    assert.equal(exchange?.method, 'POST');
    assert.deepEqual(Object.fromEntries(new URLSearchParams(exchange.body)), {
      client_id: 'plimsoll',
      service: host,
      scope: 'repository:app:metadata_read',
      grant_type: 'refresh_token',
      refresh_token: secretText('refresh-token'),
    });
  });
});

suite('GitLab', () => {
  test('has its token server at the parent domain of its registry, which gets the deploy token', async (t) => {
    const challenge =
      'Bearer realm="https://gitlab.com/jwt/auth",service="container_registry",scope="repository:group/app:pull"';
    const { client, seen } = await internet(t, {
      'registry.gitlab.com': behindToken(challenge, () => ({ body: { name: 'x', tags: ['1'] } })),
      'gitlab.com': () => ({ body: { token: secretText('x') } }),
    });
    const deploy = credential('gitlab+deploy-token-1', 'pw');
    await client.listTags(access('registry.gitlab.com', 'group/app', deploy), patiently);
    assert.equal(seen.find(({ host }) => host === 'gitlab.com')?.path.startsWith('/jwt/auth'), true);
  });
});
