const units: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const longest = 366 * 86_400_000;

/**
 * Reads a duration such as `90s`, `5m` or `1h30m` (units ms, s, m, h, d; each at most once, largest first).
 * Returns milliseconds, or undefined where the text is not one or exceeds a year.
 */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0;
  if (text.length > 32 || !/^(?:\d{1,9}(?:ms|s|m|h|d))+$/.test(text)) return undefined;
  let total = 0;
  let previous = Number.POSITIVE_INFINITY;
  for (const [, count = '', unit = ''] of text.matchAll(/(\d+)(ms|s|m|h|d)/g)) {
    const size = units[unit] ?? 0;
    if (size >= previous) return undefined;
    previous = size;
    total += Number(count) * size;
  }
  return total <= longest ? total : undefined;
}

/** Writes milliseconds as a duration that {@link parseDuration} reads: `90000` becomes `1m30s`. */
export function formatDuration(milliseconds: number): string {
  let rest = Math.max(0, Math.round(milliseconds));
  if (rest === 0) return '0s';
  let text = '';
  for (const [unit, size] of Object.entries(units).sort(([, a], [, b]) => b - a)) {
    const count = Math.floor(rest / size);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * size;
  }
  return text;
}
