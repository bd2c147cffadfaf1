/** What a controller held, in MiB by the second. */
export interface Held {
  readonly always: readonly number[];
  /** Since it leads: leading takes more than following. */
  readonly asLeader: readonly number[];
}

/** The most MiB that a controller may hold with the fleet of a run, however long it lasts. */
const most = 256;
/** The most MiB by which what a leader holds may grow in a minute. */
const mostGrowth = 15;
/** Seconds after which a new leader knows the fleet, and seconds from then on that tell a trend from chance. */
const warmUp = 20;
const least = 60;
/** Seconds for which somebody must have led before its growth can be told. */
export const judgedAfter = warmUp + least;

/** Says of each controller that held too much what it held. */
export function findExcess(held: readonly Held[]): readonly string[] {
  const peaks = held.map(({ always }) => Math.max(...always));
  return peaks.filter((peak) => peak > most).map((peak) => `${peak} MiB, at most ${most}`);
}

/**
 * Says of each controller that held ever more by how much. Only of a long run: in a short one nobody leads for much longer
 * than it takes until a new leader is warm, and how fast it gets warm is no trend.
 */
export function findGrowth(held: readonly Held[]): readonly string[] {
  const growths = held.map(({ asLeader }) => growthOf(asLeader) ?? 0);
  return growths
    .filter((growth) => growth > mostGrowth)
    .map((growth) => `${growth} MiB more every minute, at most ${mostGrowth}`);
}

/**
 * By how much a series of MiB by the second grows in a minute, by the line of least squares; undefined where it is too
 * short to tell.
 */
export function growthOf(series: readonly number[]): number | undefined {
  const warm = series.slice(warmUp);
  if (warm.length < least) return undefined;
  const middle = (warm.length - 1) / 2;
  const mean = warm.reduce((sum, each) => sum + each, 0) / warm.length;
  const rise = warm.reduce((sum, each, second) => sum + (second - middle) * (each - mean), 0);
  const run = warm.reduce((sum, _, second) => sum + (second - middle) ** 2, 0);
  return Math.round((60 * 10 * rise) / run) / 10;
}
