import { parseImageReference, repositoryOf } from '../model/image-reference.ts';
import type { HistoryEntry, Rejection } from '../model/tracked-image.ts';

/** What stands in the pod template, and the registry digest that it is known to be. */
export interface Standing {
  readonly image: string;
  readonly digest: string | undefined;
}

/** What a wish to go back comes to. */
export type RollbackTarget =
  /** What stood there then, and everything that came after it: the update that is left first. */
  | { readonly kind: 'found'; readonly target: Standing; readonly left: readonly Standing[] }
  /** It stands there already. */
  | { readonly kind: 'there' }
  /** The history holds no such image. */
  | { readonly kind: 'unknown' };

/** An image that stood in the template, and how many updates were written since. */
interface Place extends Standing {
  readonly since: number;
}

/**
 * Finds the image of the history that a person asks for: `tag@digest`, or a tag, which means the last image of that
 * tag that was not left by a person or put back since. Images of another repository do not count.
 */
export function findRollback(
  asked: string,
  present: Standing,
  {
    history,
    rejected,
  }: { readonly history: readonly HistoryEntry[]; readonly rejected: readonly Rejection[] },
): RollbackTarget {
  const [tag = '', digest] = asked.split('@');
  const fits = (one: Standing) => tagOf(one) === tag && (digest === undefined || one.digest === digest);
  const places = placesOf(history).filter(
    (place) => fits(place) && repositoryIn(place) === repositoryIn(present),
  );
  const others = places.filter((place) => !isSame(place, present));
  const isRejected = (place: Place) => rejected.some((one) => one.digest === place.digest);
  const kept = digest === undefined ? others.filter((place) => !isRejected(place)) : others;
  const isThere = fits(present) || places.length > others.length;
  const [found] = kept.length > 0 || isThere ? kept : others;
  if (!found) return { kind: isThere ? 'there' : 'unknown' };
  const { since, ...target } = found;
  const passed = history.slice(0, since).map(({ to, digest: of }) => ({ image: to, digest: of }));
  const left = [present, ...passed].filter((one) => one.digest !== undefined && one.digest !== target.digest);
  return { kind: 'found', target, left };
}

/** The newest first. */
function placesOf(history: readonly HistoryEntry[]): readonly Place[] {
  return history.flatMap(({ to, digest, from, fromDigest }, index) => [
    { image: to, digest, since: index },
    { image: from, digest: fromDigest, since: index + 1 },
  ]);
}

function isSame(place: Standing, present: Standing): boolean {
  if (place.digest !== undefined && present.digest !== undefined && place.digest !== present.digest)
    return false;
  return tagOf(place) === tagOf(present);
}

function tagOf({ image }: Standing): string | undefined {
  const reference = parseImageReference(image);
  return reference.ok ? (reference.value.tag ?? 'latest') : undefined;
}

function repositoryIn({ image }: Standing): string | undefined {
  const reference = parseImageReference(image);
  return reference.ok ? repositoryOf(reference.value) : undefined;
}
