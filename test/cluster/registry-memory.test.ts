import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { createRegistryClient } from '../../src/registry/client.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { pushImage } from '../../src/sandbox/registry/push.ts';
import { type MemoryRegistry, startMemoryRegistry } from '../registries/memory-registry.ts';
import { silentMetrics } from '../support/silence.ts';
import { undoing } from '../support/undoing.ts';

const { signal } = new AbortController();
const platforms = [
  { os: 'linux', architecture: 'amd64' },
  { os: 'linux', architecture: 'arm', variant: 'v7' },
];

describe('a second implementation of the distribution API', { timeout: 300_000 }, () => {
  const defer = undoing();
  let registry: MemoryRegistry;
  let client: ReturnType<typeof createRegistryClient>;
  const access = () => ({ registry: registry.host, path: 'shop/web', credentials: [] });

  before(async () => {
    registry = await startMemoryRegistry();
    defer(() => registry.close());
    client = createRegistryClient({ clock: systemClock, metrics: silentMetrics, userAgent: 'plimsoll/test' });
    defer(() => client.close());
  });

  it('is listed, resolved and read as the others are', async () => {
    const tags = ['1.0.0', '1.1.0', '2.0.0-rc.1', 'latest'];
    const digests = new Map<string, string>();
    for (const tag of tags) {
      const image = { registry: registry.host, repository: 'shop/web', tag, content: tag, platforms };
      digests.set(tag, (await pushImage(image)).digest);
    }
    const listed = await client.listTags(access(), signal);
    assert.deepEqual([...listed.tags].toSorted(), tags.toSorted());
    assert.equal(listed.partial, false);
    for (const tag of tags) {
      const found = await client.resolveTag(access(), tag, signal);
      assert.ok(found !== 'missing');
      assert.equal(found.digest, digests.get(tag));
      const images = await client.readManifests(access(), found.digest, signal);
      assert.ok(images !== 'missing');
      assert.deepEqual(
        images.map(({ platform }) => platform),
        platforms,
      );
    }
  });

  it('tells a missing tag from a missing repository', async () => {
    assert.equal(await client.resolveTag(access(), '9.9.9', signal), 'missing');
    const nowhere = client.resolveTag({ ...access(), path: 'shop/nowhere' }, '1.0.0', signal);
    await assert.rejects(nowhere, { code: 'RepositoryNotFound' });
  });

  it('tells the platform of a single image from its configuration', async () => {
    const path = 'shop/single';
    const { digest } = await pushImage({ registry: registry.host, repository: path, tag: '1', content: 'x' });
    const images = await client.readManifests({ ...access(), path }, digest, signal);
    assert.deepEqual(images, [{ digest, platform: { os: 'linux', architecture: 'amd64' } }]);
  });
});
