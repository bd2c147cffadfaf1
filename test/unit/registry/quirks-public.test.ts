import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { credential, failureOf, patiently } from './harness.ts';
import { asked, basicOf, internet, type HostScript } from './internet.ts';
import { access, behindToken, digest, document, index, manifest, pages } from './quirk-scripts.ts';
import { secretText } from '../../support/secrets.ts';

suite('Docker Hub', () => {
  const challenge =
    'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:library/nginx:pull"';
  const budget = (remaining: number) => ({
    'ratelimit-limit': '100;w=21600',
    'ratelimit-remaining': `${remaining};w=21600`,
    'docker-ratelimit-source': '203.0.113.7',
  });
  const tokens: HostScript = () => ({
    body: { token: secretText('abc'), access_token: secretText('abc'), expires_in: 300 },
  });
  const head = (remaining: number) => ({
    headers: {
      'content-type': index,
      'docker-content-digest': digest,
      etag: `"${digest}"`,
      ...budget(remaining),
    },
  });

  test('is spoken to at its own host, its token server gets the credential, and HEAD tells the digest', async (t) => {
    const { client, seen, quotas } = await internet(t, {
      'auth.docker.io': tokens,
      'registry-1.docker.io': behindToken(challenge, () => head(76)),
    });
    const found = await client.resolveTag(
      access('docker.io', 'library/nginx', credential('ann', 'pat')),
      '1.27',
      patiently,
    );
    assert.deepEqual(found, { digest, mediaType: index });
    assert.deepEqual(asked(seen), [
      'HEAD registry-1.docker.io/v2/library/nginx/manifests/1.27 -',
      'GET auth.docker.io/token?service=registry.docker.io&scope=repository:library/nginx:pull Basic',
      'HEAD registry-1.docker.io/v2/library/nginx/manifests/1.27 Bearer',
    ]);
    assert.deepEqual(quotas, [['docker.io', 100, 76]]);
  });

  test('is known by the name that old manuals give it too', async (t) => {
    const { client, seen } = await internet(t, {
      'auth.docker.io': tokens,
      'registry-1.docker.io': behindToken(challenge, () => head(76)),
    });
    const old = access('registry.hub.docker.com', 'library/nginx');
    assert.deepEqual(await client.resolveTag(old, '1.27', patiently), { digest, mediaType: index });
    assert.ok(seen.every(({ host }) => host.endsWith('.docker.io')));
  });

  test('is sent no GET of a manifest while its budget is low, and HEAD goes on', async (t) => {
    const { client, seen } = await internet(t, {
      'auth.docker.io': tokens,
      'registry-1.docker.io': behindToken(challenge, () => head(15)),
    });
    const nginx = access('docker.io', 'library/nginx');
    await client.resolveTag(nginx, '1.27', patiently);
    const error = await failureOf(client.readManifests(nginx, digest, patiently));
    assert.equal(error.code, 'RateLimited');
    assert.equal(error.retryAfter, 900_000);
    await client.resolveTag(nginx, '1.28', patiently);
    assert.ok(!asked(seen).some((line) => line.startsWith('GET registry-1')));
  });

  test('pauses GETs for a quarter of an hour when the pulls are used up, and not HEADs', async (t) => {
    const body = {
      errors: [
        { code: 'TOOMANYREQUESTS', message: 'You have reached your unauthenticated pull rate limit.' },
      ],
    };
    const { client, seen } = await internet(t, {
      'auth.docker.io': tokens,
      'registry-1.docker.io': behindToken(challenge, ({ method }) =>
        method === 'GET'
          ? { status: 429, body }
          : { headers: { 'content-type': index, 'docker-content-digest': digest } },
      ),
    });
    const nginx = access('docker.io', 'library/nginx');
    for (const _ of [1, 2]) {
      const error = await failureOf(client.readManifests(nginx, digest, patiently));
      assert.equal(error.code, 'RateLimited');
      assert.ok((error.retryAfter ?? 0) > 890_000);
    }
    assert.equal(
      asked(seen).filter((line) => line.startsWith('GET registry-1') && line.endsWith('Bearer')).length,
      1,
    );
    assert.notEqual(await client.resolveTag(nginx, '1.27', patiently), 'missing');
  });

  test('is sent no GET to learn why a HEAD is forbidden', async (t) => {
    const { client, seen } = await internet(t, {
      'auth.docker.io': tokens,
      'registry-1.docker.io': behindToken(challenge, () => ({ status: 403 })),
    });
    const nginx = access('docker.io', 'library/nginx');
    assert.equal((await failureOf(client.resolveTag(nginx, '1.27', patiently))).code, 'Forbidden');
    assert.ok(!asked(seen).some((line) => line.startsWith('GET registry-1')));
  });

  test('leaves the nodes the part of its budget that the operator says', async (t) => {
    const hosts = { '*': { insecureSkipVerify: true, pullReserve: 0.8 } };
    const script = {
      'auth.docker.io': tokens,
      'registry-1.docker.io': behindToken(challenge, () => head(76)),
    };
    const { client } = await internet(t, script, { hosts });
    const nginx = access('docker.io', 'library/nginx');
    await client.resolveTag(nginx, '1.27', patiently);
    const error = await failureOf(client.readManifests(nginx, digest, patiently));
    assert.match(error.message, /fewer than 80 of 100 pulls are left/);
  });

  test('is left alone as a whole when requests come too fast', async (t) => {
    const { client, seen } = await internet(t, {
      'auth.docker.io': tokens,
      'registry-1.docker.io': () => ({
        status: 429,
        headers: { 'content-type': 'text/plain' },
        body: '429 Too Many Requests',
      }),
    });
    const nginx = access('docker.io', 'library/nginx');
    for (const _ of [1, 2]) {
      assert.equal((await failureOf(client.resolveTag(nginx, '1.27', patiently))).code, 'RateLimited');
    }
    assert.equal(seen.length, 1);
  });

  test('says of a repository that it does not have what it says of a private one', async (t) => {
    const { client } = await internet(t, {
      'auth.docker.io': tokens,
      'registry-1.docker.io': () => ({
        status: 401,
        headers: { 'www-authenticate': `${challenge},error="insufficient_scope"` },
        body: { errors: [{ code: 'UNAUTHORIZED', message: 'authentication required' }] },
      }),
    });
    const error = await failureOf(client.listTags(access('docker.io', 'library/nginx'), patiently));
    assert.equal(error.code, 'Unauthorized');
  });
});

suite('when tags were pushed, by an interface of its own', () => {
  const list = { name: 'x', tags: ['1.0', '1.1', 'old'] };
  const tokens: HostScript = () => ({ body: { token: secretText('abc') } });
  const hub = (results: readonly object[]): HostScript => {
    return ({ path }) => ({ body: { results: path.endsWith('&page=1') ? results : [] } });
  };
  const challenge = 'Bearer realm="https://auth.docker.io/token",service="registry.docker.io"';
  const registry = behindToken(challenge, () => ({ body: list }));
  const dated = { times: true };

  test('Docker Hub is asked at another host, without credentials, where somebody wants to know', async (t) => {
    const results = [
      { name: '1.1', tag_last_pushed: '2026-01-02T00:00:00Z' },
      { name: 'gone', tag_last_pushed: '2026-01-03T00:00:00Z' },
      { name: '1.0', tag_last_pushed: 'yesterday' },
    ];
    const { client, seen } = await internet(t, {
      'auth.docker.io': tokens,
      'registry-1.docker.io': registry,
      'hub.docker.com': hub(results),
    });
    const nginx = access('docker.io', 'library/nginx', credential('ann', 'pat'));
    assert.equal((await client.listTags(nginx, patiently)).times, undefined);
    assert.ok(seen.every(({ host }) => host !== 'hub.docker.com'));
    const { times } = await client.listTags(nginx, patiently, dated);
    assert.deepEqual([...(times ?? [])], [['1.1', { pushed: '2026-01-02T00:00:00.000Z' }]]);
    const there = seen.filter(({ host }) => host === 'hub.docker.com');
    assert.equal(there.length, 2);
    assert.ok(there.every(({ headers }) => headers.authorization === undefined));
  });

  test('Quay is asked at its own host, and says nothing of what is private', async (t) => {
    const quay =
      (status: number): HostScript =>
      ({ path }) => {
        if (!path.startsWith('/api/')) return { body: list };
        const tags = path.endsWith('&page=1') ? [{ name: '1.1', start_ts: 1_767_312_000 }] : [];
        return { status, body: { tags } };
      };
    const app = access('quay.io', 'org/app');
    const { client } = await internet(t, { 'quay.io': quay(200) });
    const { times } = await client.listTags(app, patiently, dated);
    assert.deepEqual([...(times ?? [])], [['1.1', { pushed: '2026-01-02T00:00:00.000Z' }]]);
    const { client: stranger } = await internet(t, { 'quay.io': quay(401) });
    const listed = await stranger.listTags(app, patiently, dated);
    assert.deepEqual(listed, { tags: list.tags, partial: false, times: new Map() });
  });

  test('a list is worth having where the interface does not answer', async (t) => {
    const { client } = await internet(t, {
      'auth.docker.io': tokens,
      'registry-1.docker.io': registry,
      'hub.docker.com': () => ({ status: 429, headers: { 'retry-after': '3600' }, body: 'slow down' }),
    });
    const nginx = access('docker.io', 'library/nginx');
    const listed = await client.listTags(nginx, patiently, dated);
    assert.deepEqual([listed.tags, listed.times?.size], [list.tags, 0]);
    assert.deepEqual((await client.listTags(nginx, patiently)).tags, list.tags);
  });

  test('no other registry is asked, nor one that has mirrors', async (t) => {
    const { client, seen } = await internet(t, { 'ghcr.io': () => ({ body: list }) });
    assert.equal((await client.listTags(access('ghcr.io', 'shop/web'), patiently, dated)).times?.size, 0);
    assert.equal(seen.length, 1);
    const mirrors = [{ base: new URL('https://mirror.example.com/v2'), rewrite: (path: string) => path }];
    const settings = { insecureSkipVerify: true };
    const hosts = { '*': settings, 'docker.io': { ...settings, mirrors } };
    const script = { 'mirror.example.com': () => ({ body: list }) };
    const { client: mirrored, seen: there } = await internet(t, script, { hosts });
    const nginx = access('docker.io', 'library/nginx');
    assert.equal((await mirrored.listTags(nginx, patiently, dated)).times?.size, 0);
    assert.ok(there.every(({ host }) => host === 'mirror.example.com'));
  });
});

suite('GHCR', () => {
  const challenge = 'Bearer realm="https://ghcr.io/token",service="ghcr.io",scope="repository:shop/web:pull"';
  const host = (answer: HostScript): HostScript => {
    const guarded = behindToken(challenge, answer);
    return (seen) =>
      seen.path.startsWith('/token') ? { body: { token: secretText('opaque') } } : guarded(seen);
  };

  test('lists oldest first in pages of its own size, and all of them are read', async (t) => {
    const tags = Array.from({ length: 250 }, (_, number) => `1.0.${number}`);
    const link = (last: string, size: number) =>
      `</v2/shop/web/tags/list?last=${last}&n=${size}>; rel="next"`;
    const { client, seen } = await internet(t, { 'ghcr.io': host(pages(tags, 100, link)) });
    const listed = await client.listTags(access('ghcr.io', 'shop/web'), patiently);
    assert.deepEqual(listed, { tags, partial: false });
    assert.equal(seen.filter(({ path }) => path.startsWith('/token')).length, 1);
  });

  test('forbids what is private with words that are shown', async (t) => {
    const body = { errors: [{ code: 'DENIED', message: 'requested access to the resource is denied' }] };
    const { client } = await internet(t, { 'ghcr.io': host(() => ({ status: 403, body })) });
    const error = await failureOf(client.listTags(access('ghcr.io', 'shop/web'), patiently));
    assert.equal(error.code, 'Forbidden');
    assert.match(error.message, /DENIED/);
  });
});

suite('Quay', () => {
  for (const prefix of ['', 'https://quay.io']) {
    test(`pages by an opaque cursor in a link ${prefix === '' ? 'without' : 'with'} a host`, async (t) => {
      const tags = Array.from({ length: 7 }, (_, number) => `v1.${number}`);
      const link = (last: string) =>
        `<${prefix}/v2/org/app/tags/list?n=100&next_page=cursor-${last}>; rel="next"`;
      const { client, seen } = await internet(t, { 'quay.io': pages(tags, 3, link) });
      assert.deepEqual((await client.listTags(access('quay.io', 'org/app'), patiently)).tags, tags);
      assert.equal(asked(seen)[0], 'GET quay.io/v2/org/app/tags/list?n=100 -');
      assert.equal(seen.length, 3);
    });
  }

  test('takes robots, whose names hold a plus', async (t) => {
    const challenge =
      'Bearer realm="https://quay.io/v2/auth",service="quay.io",scope="repository:org/app:pull"';
    const guarded = behindToken(challenge, () => ({ body: { name: 'x', tags: ['1'] } }));
    const { client, seen } = await internet(t, {
      'quay.io': (one) =>
        one.path.startsWith('/v2/auth') ? { body: { token: secretText('abc') } } : guarded(one),
    });
    await client.listTags(access('quay.io', 'org/app', credential('org+robot', 'pw')), patiently);
    assert.deepEqual(seen.map(basicOf), [undefined, `org+robot:${secretText('pw')}`, undefined]);
  });
});

suite('names in front of other registries', () => {
  test('registry.k8s.io redirects to a region, which is asked without credentials', async (t) => {
    const region = 'europe-west1-docker.pkg.dev';
    const { client, seen } = await internet(t, {
      'registry.k8s.io': ({ path }) => ({
        status: 307,
        headers: { location: `https://${region}${path.replace('/v2/', '/v2/k8s-artifacts-prod/images/')}` },
      }),
      [region]: () => ({ headers: { 'content-type': index, 'docker-content-digest': digest } }),
    });
    const pause = access('registry.k8s.io', 'pause', credential('ann', 'secret'));
    assert.deepEqual(await client.resolveTag(pause, '3.10', patiently), { digest, mediaType: index });
    assert.deepEqual(asked(seen), [
      'HEAD registry.k8s.io/v2/pause/manifests/3.10 -',
      `HEAD ${region}/v2/k8s-artifacts-prod/images/pause/manifests/3.10 -`,
    ]);
  });

  test('lscr.io redirects to GHCR, which wants an anonymous token of its own', async (t) => {
    const challenge =
      'Bearer realm="https://ghcr.io/token",service="ghcr.io",scope="repository:linuxserver/app:pull"';
    const guarded = behindToken(challenge, () => ({ body: { name: 'x', tags: ['1.0'] } }));
    const { client, seen } = await internet(t, {
      'lscr.io': ({ path }) => ({ status: 307, headers: { location: `https://ghcr.io${path}` } }),
      'ghcr.io': (one) =>
        one.path.startsWith('/token') ? { body: { token: secretText('x') } } : guarded(one),
    });
    const listed = await client.listTags(
      access('lscr.io', 'linuxserver/app', credential('ann', 'secret')),
      patiently,
    );
    assert.deepEqual(listed.tags, ['1.0']);
    assert.ok(seen.every((one) => basicOf(one) === undefined));
  });
});

suite('Red Hat', () => {
  test('compresses manifests unasked, under a vague type and without a digest', async (t) => {
    const answer: HostScript = ({ method }) =>
      method === 'HEAD'
        ? { headers: { 'content-type': 'text/plain' } }
        : { headers: { 'content-type': 'text/plain', 'content-encoding': 'gzip' }, body: gzipSync(document) };
    const { client, seen } = await internet(t, { 'registry.access.redhat.com': answer });
    const found = await client.resolveTag(access('registry.access.redhat.com', 'ubi9/ubi'), '9.5', patiently);
    assert.deepEqual(found, { digest, mediaType: manifest });
    assert.ok(seen.every(({ headers }) => headers['accept-encoding'] === 'identity'));
  });
});

suite('Chainguard', () => {
  test('tags every build, so all pages are read', async (t) => {
    const tags = Array.from({ length: 2_500 }, (_, number) => `1.0.0-r${number}`);
    const link = (last: string) => `</v2/chainguard/app/tags/list?last=${last}>; rel="next"`;
    const { client } = await internet(t, { 'cgr.dev': pages(tags, 1_000, link) });
    assert.equal((await client.listTags(access('cgr.dev', 'chainguard/app'), patiently)).tags.length, 2_500);
  });
});
