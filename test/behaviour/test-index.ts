import assert from 'node:assert/strict';
import { parsePlatform } from '../../src/model/platform.ts';
import { type Descriptor, type ImageOptions, pushImage, pushIndex } from '../support/push-image.ts';
import type { PushedIndex, TestIndex } from './backend.ts';

/** Between which digests those of images, and of early and late indexes, lie: hex digits after `sha256:`. */
const ranges = { image: ['0', '4'], early: ['4', '8'], late: ['8', 'g'], any: ['0', 'g'] } as const;

/**
 * Pushes an image for several platforms by the distribution protocol; `imageOf` makes an image of its content. A node reports an
 * image by the first of the names that it knows, so the order of digests is chosen: annotations change nothing else.
 */
export async function pushTestIndex(
  target: { readonly registry: string; readonly repository: string; readonly tag: string },
  { images, name }: TestIndex,
  imageOf: (content: string) => Pick<ImageOptions, 'layers' | 'config'>,
): Promise<PushedIndex> {
  const { tag, ...where } = target;
  const children: Record<string, string> = {};
  const manifests: (Descriptor & { readonly platform: NonNullable<ImageOptions['platform']> })[] = [];
  for (const [text, content] of Object.entries(images)) {
    const platform = parsePlatform(text);
    assert.ok(platform, text);
    const image = { ...where, platform, ...imageOf(content) };
    const { pushed } = await within(ranges.image, (annotations) => pushImage({ ...image, annotations }));
    children[text] = pushed.digest;
    manifests.push({ ...pushed, platform });
  }
  const { annotations } = await within(ranges[name ?? 'any'], (some) =>
    pushIndex({ ...where, manifests, annotations: some }),
  );
  const { digest } = await pushIndex({ ...where, tag, manifests, annotations });
  return { digest, children };
}

/** Pushes with one annotation after the other until the digest lies in a range. */
async function within(
  [first, end]: readonly [string, string],
  push: (annotations: Readonly<Record<string, string>>) => Promise<Descriptor>,
) {
  for (let attempt = 0; ; attempt++) {
    const annotations = { attempt: String(attempt) };
    const pushed = await push(annotations);
    if (pushed.digest >= `sha256:${first}` && pushed.digest < `sha256:${end}`) return { pushed, annotations };
  }
}
