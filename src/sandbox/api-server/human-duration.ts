const [minute, hour, day, year] = [60, 3_600, 86_400, 365 * 86_400];

/** Writes seconds the way kubectl shows ages: `45s`, `3m12s`, `5h`, `2d3h`, `400d`. */
export function humanDuration(seconds: number): string {
  if (seconds < 0) return seconds < -1 ? '<invalid>' : '0s';
  const whole = Math.floor(seconds);
  if (whole < 2 * minute) return `${whole}s`;
  if (whole < 10 * minute) return pair(whole, [minute, 'm'], [1, 's']);
  if (whole < 3 * hour) return `${Math.floor(whole / minute)}m`;
  if (whole < 8 * hour) return pair(whole, [hour, 'h'], [minute, 'm']);
  if (whole < 2 * day) return `${Math.floor(whole / hour)}h`;
  if (whole < 8 * day) return pair(whole, [day, 'd'], [hour, 'h']);
  if (whole < 2 * year) return `${Math.floor(whole / day)}d`;
  if (whole < 8 * year) return pair(whole, [year, 'y'], [day, 'd']);
  return `${Math.floor(whole / year)}y`;
}

/** The time since an RFC 3339 timestamp as kubectl shows it; `<unknown>` where there is none. */
export function ageOf(timestamp: string | undefined, now: number): string {
  const then = timestamp === undefined ? Number.NaN : Date.parse(timestamp);
  return Number.isNaN(then) ? '<unknown>' : humanDuration((now - then) / 1_000);
}

type Unit = readonly [seconds: number, letter: string];

function pair(whole: number, [large, largeLetter]: Unit, [small, smallLetter]: Unit): string {
  const rest = Math.floor((whole % large) / small);
  return `${Math.floor(whole / large)}${largeLetter}${rest === 0 ? '' : `${rest}${smallLetter}`}`;
}
