import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { pushImage } from '../../../src/sandbox/registry/push.ts';
import type { EmbeddedRegistry } from '../../../src/sandbox/registry/embedded-registry.ts';
import { accessTo, failureOf, given, patiently } from './harness.ts';
import { internet } from './internet.ts';

async function push(registry: EmbeddedRegistry, ...tags: string[]): Promise<void> {
  for (const tag of tags)
    await pushImage({ registry: registry.host, repository: 'shop/web', tag, content: 'one' });
}

function tagsAnswer(tags: unknown, headers: Record<string, string> = {}) {
  const body = JSON.stringify({ name: 'shop/web', tags });
  return {
    kind: 'answer',
    status: 200,
    headers: { 'content-type': 'application/json', ...headers },
    body,
  } as const;
}

suite('listing tags', () => {
  test('follows all pages', async (t) => {
    const { registry, client } = await given(t, { pageSize: 2 });
    await push(registry, '1.0', '1.1', '1.2', '1.3', 'latest');
    const listed = await client.listTags(accessTo(registry), patiently);
    assert.deepEqual(listed, { tags: ['1.0', '1.1', '1.2', '1.3', 'latest'], partial: false });
    assert.equal(registry.requests.count({ operation: 'tags' }), 3);
  });

  test('drops illegal tags and repetitions', async (t) => {
    const { registry, client } = await given(t);
    const sent = [
      '1.0',
      '1.0',
      '-x',
      'a b',
      'a\u001b[31m',
      '',
      'x'.repeat(129),
      7,
      null,
      '1.0+build',
      '../..',
    ];
    registry.faults.add({ operation: 'tags' }, tagsAnswer(sent));
    assert.deepEqual(await client.listTags(accessTo(registry), patiently), { tags: ['1.0'], partial: false });
  });

  for (const [title, body] of [
    ['null', '{"name":"shop/web","tags":null}'],
    ['absent', '{"name":"shop/web"}'],
    ['of another name', '{"name":"proxy/shop/web","tags":[]}'],
  ] as const) {
    test(`takes a list that is ${title} for an empty one`, async (t) => {
      const { registry, client } = await given(t);
      registry.faults.add({ operation: 'tags' }, { kind: 'answer', status: 200, body });
      assert.deepEqual(await client.listTags(accessTo(registry), patiently), { tags: [], partial: false });
    });
  }

  for (const tags of ['"1.0"', '{"1.0":{}}', '7']) {
    test(`does not take ${tags} for a list`, async (t) => {
      const { registry, client } = await given(t);
      const body = `{"name":"shop/web","tags":${tags}}`;
      registry.faults.add({ operation: 'tags' }, { kind: 'answer', status: 200, body });
      assert.equal((await failureOf(client.listTags(accessTo(registry), patiently))).code, 'NotARegistry');
    });
  }

  for (const status of [400, 405, 422]) {
    test(`asks without a page size where one is refused with ${status}, and remembers`, async (t) => {
      const { registry, client } = await given(t);
      await push(registry, '1.0');
      registry.requests.clear();
      registry.faults.add({ operation: 'tags' }, { kind: 'answer', status }, 1);

      for (const _ of [1, 2]) await client.listTags(accessTo(registry), patiently);

      assert.deepEqual(
        registry.requests.all().map(({ path }) => path),
        ['/v2/shop/web/tags/list?n=1000', '/v2/shop/web/tags/list', '/v2/shop/web/tags/list'],
      );
    });
  }

  test('asks for the page size that is configured', async (t) => {
    const { registry } = await given(t);
    await push(registry, '1.0');
    const { client } = await given(t, {}, { hosts: { [registry.host]: { pageSize: 7 } } });
    await client.listTags(accessTo(registry), patiently);
    assert.equal(registry.requests.count({ path: '/v2/shop/web/tags/list?n=7' }), 1);
  });

  test('ends a loop of pages with a partial list', async (t) => {
    const { registry, client } = await given(t);
    registry.faults.add({ operation: 'tags' }, tagsAnswer(['1.0'], { link: '<?last=1.0>; rel="next"' }));
    assert.deepEqual(await client.listTags(accessTo(registry), patiently), { tags: ['1.0'], partial: true });
    assert.equal(registry.requests.count(), 2);
  });

  for (const [title, tagOf, cursorOf] of [
    ['new cursors and the same tags', () => '1.0', String],
    ['new tags under the same cursor', String, () => 'x'],
  ] as const) {
    test(`ends pages that have ${title} with a partial list`, async (t) => {
      const host = 'registry.example.com';
      const { client, seen } = await internet(t, {
        [host]: () => ({
          headers: { link: `<?last=${cursorOf(seen.length)}>; rel="next"` },
          body: { name: 'shop/web', tags: [tagOf(seen.length)] },
        }),
      });
      const listed = await client.listTags({ registry: host, path: 'shop/web', credentials: [] }, patiently);
      assert.equal(listed.partial, true);
      assert.equal(seen.length, 2);
    });
  }

  test('says partial where the next page cannot be followed', async (t) => {
    const { registry, client } = await given(t);
    registry.faults.add(
      { operation: 'tags' },
      tagsAnswer(['1.0'], { link: '<https://evil.example.org/>; rel="next"' }),
    );
    assert.deepEqual(await client.listTags(accessTo(registry), patiently), { tags: ['1.0'], partial: true });
  });

  for (const [limits, tags, requests] of [
    [{ pages: 3 }, 30, 3],
    [{ tags: 25 }, 25, 3],
    [{ totalBytes: 300 }, 20, 2],
    [{ time: 0 }, 10, 1],
  ] as const) {
    test(`ends endless pages at the limit ${JSON.stringify(limits)} with a partial list`, async (t) => {
      const { registry, client } = await given(t, {}, { limits });
      registry.faults.add({ operation: 'tags' }, { kind: 'endless-pages' });
      const listed = await client.listTags(accessTo(registry), patiently);
      assert.equal(listed.partial, true);
      assert.equal(listed.tags.length, tags);
      assert.equal(registry.requests.count(), requests);
    });
  }

  test('refuses a page larger than any honest one', async (t) => {
    const { registry, client } = await given(t, {}, { limits: { pageBytes: 1_000 } });
    registry.faults.add(
      { operation: 'tags' },
      tagsAnswer(Array.from({ length: 1_000 }, (_, index) => `1.${index}`)),
    );
    const error = await failureOf(client.listTags(accessTo(registry), patiently));
    assert.equal(error.code, 'LimitExceeded');
    assert.equal(registry.requests.count(), 1);
  });

  test('fails as a whole when a later page fails', async (t) => {
    const { registry, client } = await given(t, { pageSize: 1 });
    await push(registry, '1.0', '1.1');
    registry.requests.clear();
    registry.faults.add({ operation: 'tags' }, { kind: 'headers', headers: {} }, 1);
    registry.faults.add({ operation: 'tags' }, { kind: 'answer', status: 500 });
    assert.equal((await failureOf(client.listTags(accessTo(registry), patiently))).code, 'Unavailable');
    assert.equal(registry.requests.count(), 4);
  });

  test('sends no credential to another host that a link names', async (t) => {
    const { registry, client } = await given(t);
    const { registry: attacker } = await given(t);
    const link = `<${attacker.url}/v2/shop/web/tags/list?last=1.0>; rel="next"`;
    registry.faults.add({ operation: 'tags' }, tagsAnswer(['1.0'], { link }), 1);
    registry.faults.add({ operation: 'tags' }, tagsAnswer(['1.1']), 1);
    assert.deepEqual((await client.listTags(accessTo(registry), patiently)).tags, ['1.0', '1.1']);
    assert.equal(attacker.requests.count(), 0);
  });
});
