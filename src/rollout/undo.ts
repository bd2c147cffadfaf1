import { formatReference, parseImageReference } from '../model/image-reference.ts';
import type { HistoryEntry } from '../model/tracked-image.ts';

/** What stood there before a failed update, as it is to be written; or why that cannot be said. */
export type PutBack =
  | { readonly kind: 'known'; readonly image: string; readonly digest: string | undefined }
  | { readonly kind: 'unknown'; readonly message: string };

/**
 * The reference that undoes an update: the one that stood there before. Where the update changed what a tag means and
 * not the tag (a pin, a restart), or the old tag was moved since, the tag alone would bring something else, so the old
 * registry digest is pinned beside it.
 * @param meaning the digest that the old tag means now, or undefined where that is not known
 */
export function putBack(
  { from, to, fromDigest }: Pick<HistoryEntry, 'from' | 'to' | 'fromDigest'>,
  meaning: string | undefined,
): PutBack {
  const before = parseImageReference(from);
  const after = parseImageReference(to);
  if (!before.ok || !after.ok) return { kind: 'unknown', message: 'what stood there before cannot be read' };
  const { name, tag = 'latest', digest } = before.value;
  if (digest !== undefined) return { kind: 'known', image: from, digest };
  const sameTag = tag === (after.value.tag ?? 'latest');
  if (sameTag && fromDigest === undefined) {
    return { kind: 'unknown', message: 'the registry digest of what ran before is not known' };
  }
  const moved = fromDigest !== undefined && meaning !== undefined && meaning !== fromDigest;
  const image = sameTag || moved ? formatReference(name, tag, fromDigest) : from;
  return { kind: 'known', image, digest: fromDigest };
}
