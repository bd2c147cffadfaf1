import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { credential, failureOf, patiently } from './harness.ts';
import { asked, basicOf, internet, type HostScript, type Seen } from './internet.ts';
import { access, behindToken, digest, document, manifest, pages } from './quirk-scripts.ts';
import { secretText } from '../../support/secrets.ts';

suite('Harbor', () => {
  const host = 'harbor.example.com';

  test('says why it holds an image back', async (t) => {
    const body = {
      errors: [
        { code: 'PROJECTPOLICYVIOLATION', message: 'current image with 3 vulnerabilities cannot be pulled' },
      ],
    };
    const { client } = await internet(t, { [host]: () => ({ status: 412, body }) });
    const error = await failureOf(client.listTags(access(host, 'shop/app'), patiently));
    assert.equal(error.code, 'Forbidden');
    assert.match(error.message, /PROJECTPOLICYVIOLATION: current image with 3 vulnerabilities/);
  });

  test('has robots whose names hold a dollar, and tokens without a life', async (t) => {
    const challenge = `Bearer realm="https://${host}/service/token",service="harbor-registry",scope="repository:shop/app:pull"`;
    const guarded = behindToken(challenge, () => ({ body: { name: 'shop/app', tags: ['1'] } }));
    const { client, seen } = await internet(t, {
      [host]: (one) =>
        one.path.startsWith('/service/token')
          ? { body: { token: secretText('x'), expires_in: 0 } }
          : guarded(one),
    });
    const robot = access(host, 'shop/app', credential('robot$shop+reader', 'pw'));
    for (const _ of [1, 2, 3]) await client.listTags(robot, patiently);
    assert.equal(seen.filter(({ path }) => path.startsWith('/service/token')).length, 1);
    assert.equal(
      seen.map(basicOf).find((user) => user !== undefined),
      `robot$shop+reader:${secretText('pw')}`,
    );
  });
});

suite('Harbor by its token service', () => {
  const host = 'harbor.example.com';
  const tags = Array.from({ length: 250 }, (_, number) => `1.0.${number}`);
  const link = (last: string, size: number) => `</v2/shop/app/tags/list?last=${last}&n=${size}>; rel="next"`;
  const harbor =
    (service: string): HostScript =>
    (one) => {
      const realm = `https://${host}/service/token`;
      const list: HostScript = (seen) => {
        const size = Number(new URL(seen.path, 'https://x').searchParams.get('n'));
        return pages(tags, size, link)(seen);
      };
      const guarded = behindToken(`Bearer realm="${realm}",service="${service}"`, list);
      return one.path.startsWith('/service/token') ? { body: { token: secretText('x') } } : guarded(one);
    };
  const sizes = (seen: readonly Seen[]) =>
    seen.map(({ path }) => new URL(path, 'https://x').searchParams.get('n')).filter((size) => size !== null);

  test('is recognised and asked for pages of 100 from then on', async (t) => {
    const { client, seen } = await internet(t, { [host]: harbor('harbor-registry') });
    for (const _ of [1, 2]) {
      assert.deepEqual((await client.listTags(access(host, 'shop/app'), patiently)).tags, tags);
    }
    assert.deepEqual(sizes(seen), ['1000', '1000', '100', '100', '100']);
  });

  test('is no other registry, and gets the size that the operator says', async (t) => {
    const { client, seen } = await internet(t, { [host]: harbor('something-else') });
    for (const _ of [1, 2]) await client.listTags(access(host, 'shop/app'), patiently);
    assert.deepEqual(sizes(seen), ['1000', '1000', '1000']);
    const hosts = { '*': { insecureSkipVerify: true, pageSize: 125 } };
    const { client: told, seen: asked } = await internet(t, { [host]: harbor('harbor-registry') }, { hosts });
    for (const _ of [1, 2]) await told.listTags(access(host, 'shop/app'), patiently);
    assert.ok(sizes(asked).every((size) => size === '125'));
  });
});

suite('JFrog Artifactory', () => {
  const host = 'shop.jfrog.io';

  test('names next pages without the prefix of a virtual repository', async (t) => {
    const tags = ['1', '2', '3'];
    const link = (last: string) => `</v2/app/tags/list?last=${last}&n=1000>; rel="next"`;
    const { client, seen } = await internet(t, { [host]: pages(tags, 1, link) });
    assert.deepEqual((await client.listTags(access(host, 'docker-virtual/app'), patiently)).tags, tags);
    assert.ok(seen.every(({ path }) => path.startsWith('/v2/docker-virtual/app/tags/list')));
  });

  test('answers HEAD with no digest and a vague type, and an ETag that is no digest', async (t) => {
    const answer: HostScript = ({ method }) =>
      method === 'HEAD'
        ? {
            headers: {
              'content-type': 'application/octet-stream',
              etag: '"da39a3ee5e6b4b0d3255bfef95601890afd80709"',
            },
          }
        : { headers: { 'content-type': manifest, 'x-checksum-sha256': 'f'.repeat(64) }, body: document };
    const { client } = await internet(t, { [host]: answer });
    const found = await client.resolveTag(access(host, 'docker-virtual/app'), '1', patiently);
    assert.deepEqual(found, { digest, mediaType: manifest });
  });

  test('has a realm that is no address', async (t) => {
    const answer: HostScript = (seen) =>
      basicOf(seen) === undefined
        ? { status: 401, headers: { 'www-authenticate': 'Basic realm="Artifactory Realm"' } }
        : { body: { name: 'x', tags: ['1'] } };
    const { client } = await internet(t, { [host]: answer });
    const listed = await client.listTags(
      access(host, 'docker-virtual/app', credential('ann', 'pw')),
      patiently,
    );
    assert.deepEqual(listed.tags, ['1']);
  });
});

suite('Sonatype Nexus', () => {
  test('names next pages by a path that does not work on its connector', async (t) => {
    const tags = ['1', '2', '3'];
    const link = (last: string) =>
      `<https://nexus.example.com/repository/docker/v2/app/tags/list?last=${last}>; rel=next`;
    const { client, seen } = await internet(t, { 'nexus.example.com:5000': pages(tags, 2, link) });
    assert.deepEqual((await client.listTags(access('nexus.example.com:5000', 'app'), patiently)).tags, tags);
    assert.ok(seen.every(({ path }) => path.startsWith('/v2/app/tags/list')));
  });

  const host = 'nexus.example.com:5000';
  const tags = Array.from({ length: 7 }, (_, number) => `1.${number}`);
  const group =
    (server: string, heedsLast = true): HostScript =>
    ({ path }) => {
      const { searchParams } = new URL(path, 'https://x');
      const start = heedsLast ? tags.indexOf(searchParams.get('last') ?? '') + 1 : 0;
      const page = tags.slice(start, start + Number(searchParams.get('n')));
      return { headers: { server }, body: { name: 'app', tags: page } };
    };
  const hosts = { '*': { insecureSkipVerify: true, pageSize: 3 } };

  test('names no next page of a group repository, so the last tag of a full one leads on', async (t) => {
    const { client } = await internet(t, { [host]: group('Nexus/3.70.1 (OSS)') }, { hosts });
    assert.deepEqual(await client.listTags(access(host, 'app'), patiently), { tags, partial: false });
  });

  test('has a partial list where it repeats the first page', async (t) => {
    const { client, seen } = await internet(t, { [host]: group('Nexus/3.70.1 (OSS)', false) }, { hosts });
    const listed = await client.listTags(access(host, 'app'), patiently);
    assert.deepEqual(listed, { tags: tags.slice(0, 3), partial: true });
    assert.equal(seen.length, 2);
  });

  test('is believed to have more than it names, and no other registry is', async (t) => {
    const { client, seen } = await internet(t, { [host]: group('nginx') }, { hosts });
    const listed = await client.listTags(access(host, 'app'), patiently);
    assert.deepEqual(listed, { tags: tags.slice(0, 3), partial: false });
    assert.equal(seen.length, 1);
  });
});

suite('a proxy in front of a registry', () => {
  const host = 'registry.example.com';
  const denied = { errors: [{ code: 'DENIED', message: 'your plan has ended' }] };

  test('may forbid nothing but HEAD', async (t) => {
    const answer: HostScript = ({ method }) =>
      method === 'HEAD' ? { status: 403 } : { headers: { 'content-type': manifest }, body: document };
    const { client, seen } = await internet(t, { [host]: answer });
    for (const _ of [1, 2]) {
      const found = await client.resolveTag(access(host, 'shop/app'), '1', patiently);
      assert.deepEqual(found, { digest, mediaType: manifest });
    }
    assert.deepEqual(
      seen.map(({ method }) => method),
      ['HEAD', 'GET', 'GET'],
    );
  });

  test('has the words for a HEAD that is forbidden in the answer to a GET', async (t) => {
    const answer: HostScript = ({ method }) => ({ status: 403, ...(method === 'GET' && { body: denied }) });
    const { client } = await internet(t, { [host]: answer });
    const error = await failureOf(client.resolveTag(access(host, 'shop/app'), '1', patiently));
    assert.equal(error.code, 'Forbidden');
    assert.match(error.message, /DENIED: your plan has ended/);
  });
});

suite('Gitea, Forgejo and Codeberg', () => {
  test('offer Bearer and Basic in one line, with a scope that is a star', async (t) => {
    const challenge =
      'Bearer realm="https://codeberg.org/v2/token",service="container_registry",scope="*", Basic realm="https://codeberg.org/v2",service="container_registry",scope="*"';
    const guarded = behindToken(challenge, () => ({ body: { name: 'x', tags: ['1'] } }));
    const { client, seen } = await internet(t, {
      'codeberg.org': (one) =>
        one.path.startsWith('/v2/token') ? { body: { token: secretText('x') } } : guarded(one),
    });
    await client.listTags(access('codeberg.org', 'shop/app'), patiently);
    assert.equal(asked(seen)[1], 'GET codeberg.org/v2/token?service=container_registry&scope=* -');
  });
});
