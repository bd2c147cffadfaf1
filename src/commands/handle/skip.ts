import { isDigest, isTag, parseImageReference } from '../../model/image-reference.ts';
import type { TrackedImage } from '../../model/tracked-image.ts';
import type { Edit, Wish } from './ask.ts';
import type { Handle } from './handle.ts';

/** Most entries of `spec.skip`; the custom resource's schema allows no more. */
const mostSkipped = 50;

/** `plimsoll skip`: pass over tags or digests. */
export const skip: Handle = {
  name: 'skip',
  words: 'TAG|DIGEST …',
  purpose: 'Passes over tags or digests, also as TAG@DIGEST; the next best tag is taken instead.',
  image: 'candidate',
  examples: [
    { what: 'pass over two tags', line: 'skip deployment/web 1.3.0 1.3.1' },
    { what: 'let one of them come after all', line: 'skip deployment/web 1.3.1 --remove' },
  ],
  flags: [{ name: 'remove', help: 'pass over them no longer' }],
  single: true,
  read: (words, flags) => {
    const wrong = words.find(
      (word) => !isTag(word) && !isDigest(word) && !parseImageReference(`x:${word}`).ok,
    );
    if (wrong !== undefined) return `${JSON.stringify(wrong)} is neither a tag nor a digest`;
    if (words.length === 0) return 'name the tags or digests to pass over';
    return flags.has('remove') ? unskipping(words) : skipping(words);
  },
};

function skipping(words: readonly string[]): Wish {
  return {
    text: `skip ${words.join(' ')}`,
    edit: (image) => {
      const next = [...new Set([...image.spec.skip, ...words])];
      if (next.length <= mostSkipped) return change(image, next);
      const message = `at most ${mostSkipped} tags and digests can be passed over; take some away with --remove`;
      return { kind: 'refused', message };
    },
    answer: () => ({ well: true, text: `passed over from now on: ${words.join(', ')}` }),
  };
}

function unskipping(words: readonly string[]): Wish {
  return {
    text: `skip --remove ${words.join(' ')}`,
    edit: (image) => {
      const missing = words.find((word) => !image.spec.skip.includes(word));
      if (missing !== undefined) return { kind: 'refused', message: `${missing} is not passed over` };
      return change(
        image,
        image.spec.skip.filter((entry) => !words.includes(entry)),
      );
    },
    answer: () => ({ well: true, text: `passed over no longer: ${words.join(', ')}` }),
  };
}

function change({ spec }: TrackedImage, skip: readonly string[]): Edit {
  return skip.length === spec.skip.length ? { kind: 'none' } : { kind: 'write', spec: { skip } };
}
