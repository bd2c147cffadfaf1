import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ImageCache } from '../../../../src/sandbox/cluster/image-cache.ts';
import type { PulledImage, PullRefusal } from '../../../../src/sandbox/cluster/image-source.ts';

const image = 'registry.example/shop/web:1';

/** A registry in which one tag means what the test last said. */
class Tag {
  meaning: PulledImage | PullRefusal;
  asked = 0;

  constructor(meaning: PulledImage | PullRefusal) {
    this.meaning = meaning;
  }

  resolve(): PulledImage | PullRefusal {
    this.asked++;
    return this.meaning;
  }
}

const index1 = { digest: 'sha256:later', content: 'child1' };
const index2 = { digest: 'sha256:earlier', content: 'child1' };
const index3 = { digest: 'sha256:index3', content: 'child2' };

async function reported(cache: ImageCache, policy: string, reference = image): Promise<string> {
  const obtained = await cache.obtain(reference, policy);
  return obtained.ok ? cache.imageId(obtained.image.content) : obtained.reason;
}

test('Always asks anew, and the node reports the first of the names that it knows of that content', async () => {
  const tag = new Tag(index1);
  const cache = new ImageCache(tag, () => undefined);
  assert.equal(await reported(cache, 'Always'), 'registry.example/shop/web@sha256:later');
  tag.meaning = index2;
  assert.equal(await reported(cache, 'Always'), 'registry.example/shop/web@sha256:earlier');
  tag.meaning = index3;
  assert.equal(await reported(cache, 'Always'), 'registry.example/shop/web@sha256:index3');
  // The tag moves back: the content is known, and by a name that goes before.
  tag.meaning = index1;
  assert.equal(await reported(cache, 'Always'), 'registry.example/shop/web@sha256:earlier');
});

test('IfNotPresent keeps what the node has', async () => {
  const tag = new Tag(index1);
  const cache = new ImageCache(tag, () => undefined);
  await reported(cache, 'IfNotPresent');
  tag.meaning = index3;
  assert.equal(await reported(cache, 'IfNotPresent'), 'registry.example/shop/web@sha256:later');
  assert.equal(tag.asked, 1);
});

test('Never takes what is there and asks nobody', async () => {
  const tag = new Tag(index1);
  const cache = new ImageCache(tag, () => undefined);
  assert.equal(await reported(cache, 'Never'), 'ErrImageNeverPull');
  await reported(cache, 'Always');
  assert.equal(await reported(cache, 'Never'), 'registry.example/shop/web@sha256:later');
  assert.equal(tag.asked, 1);
});

test('a content that gets another name is reported by it wherever it runs', async () => {
  const renamed: string[] = [];
  const tag = new Tag(index1);
  const cache = new ImageCache(tag, (content) => renamed.push(content));
  await reported(cache, 'Always');
  tag.meaning = { digest: 'sha256:child1', content: 'child1' };
  await reported(cache, 'Always', `registry.example/shop/web@sha256:${'0'.repeat(64)}`);
  assert.deepEqual(renamed, ['child1']);
});

test('what cannot be pulled is told in the words of a kubelet', async () => {
  const cache = new ImageCache({ resolve: () => 'missing' }, () => undefined);
  const obtained = await cache.obtain(image, 'Always');
  assert.ok(!obtained.ok);
  assert.equal(obtained.reason, 'ErrImagePull');
  assert.match(obtained.message, /code = NotFound .* not found$/);
  assert.equal(await reported(cache, 'Always', 'BAD::x'), 'InvalidImageName');
});
