const second = 1_000;
const hour = 3_600_000;

/**
 * Reads `Retry-After`, in seconds or as a date; `now` in milliseconds since the epoch.
 * Returns milliseconds between a second and an hour, or undefined where there is none that can be read.
 * @see RFC 9110, section 10.2.3
 */
export function readRetryAfter(text: string | undefined, now: number): number | undefined {
  if (text === undefined) return undefined;
  const milliseconds = /^\d{1,10}$/.test(text.trim()) ? Number(text) * second : Date.parse(text) - now;
  return Number.isNaN(milliseconds) ? undefined : Math.min(Math.max(milliseconds, second), hour);
}
