import type { TrackedImage } from '../model/tracked-image.ts';

/** So many undos within a day close the gate of their namespace. */
const mostUndos = 3;
const day = 86_400_000;

/** A closed gate of a namespace. */
export interface Breaker {
  readonly undos: number;
  /** Milliseconds since the epoch at which it opens by itself. */
  readonly until: number;
}

/**
 * Whether so many updates of a namespace failed within a day that something else than the images may be wrong there.
 * Containers that failed in one rollout count once; a person who says `retry` on one of them takes its failures out of the
 * count. A time to come, of a clock that was set back since, counts as long as it is less than a day ahead. Pure: it rests on
 * what TrackedImages remember. `now`: milliseconds since the epoch.
 */
export function namespaceBreaker(
  images: readonly Pick<TrackedImage, 'ref' | 'status'>[],
  now: number,
): Breaker | undefined {
  const undos = new Map<string, number>();
  for (const { ref, status } of images) {
    for (const { reason, at } of status?.rejected ?? []) {
      const time = Date.parse(at);
      if (reason !== 'RolloutFailed' || !(Math.abs(now - time) < day)) continue;
      undos.set(`${ref.workload.kind}/${ref.workload.name} ${at}`, time);
    }
  }
  const times = [...undos.values()].toSorted((a, b) => b - a);
  const last = times[mostUndos - 1];
  return last === undefined ? undefined : { undos: times.length, until: last + day };
}
