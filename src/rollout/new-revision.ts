import type { PodView } from '../kube/pods.ts';
import { type ImageReference, parseImageReference } from '../model/image-reference.ts';
import type { HistoryEntry } from '../model/tracked-image.ts';

/** One container of a rollout that is followed. */
export interface Followed {
  readonly container: string;
  readonly entry: Pick<HistoryEntry, 'from' | 'to' | 'at' | 'digest'>;
}

/** Every pod whose template is that of an update, those that ended included: by its image, or for a restart by its mark. */
export function podsOfUpdate(pods: readonly PodView[], { container, entry }: Followed): readonly PodView[] {
  const isRestart = entry.from === entry.to;
  return pods.filter(({ images, restartedAt }) =>
    isRestart ? restartedAt === entry.at : names(images.get(container) ?? '', entry),
  );
}

/**
 * Whether a pod names the image of an update. Webhooks that change pods may have put a mirror's host before it or a digest
 * in the place of its tag or beside it, which no template shows; the last part of its path stays.
 */
function names(image: string, { from, to, digest }: Followed['entry']): boolean {
  if (image === to || image === from) return image === to;
  const [pod, before, after] = [image, from, to].map(read);
  if (!pod || !after || baseOf(pod) !== baseOf(after)) return false;
  const isByDigest = after.digest !== undefined || pod.tag === undefined;
  if (isByDigest && pod.digest !== undefined) return pod.digest === (after.digest ?? digest);
  return after.digest === undefined && tagOf(pod) === tagOf(after) && tagOf(after) !== tagOf(before);
}

function read(image: string): ImageReference | undefined {
  const parsed = parseImageReference(image);
  return parsed.ok ? parsed.value : undefined;
}

function baseOf({ path }: ImageReference): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function tagOf(reference: ImageReference | undefined): string | undefined {
  return reference && (reference.tag ?? 'latest');
}
