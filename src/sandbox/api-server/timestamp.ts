/** A time as `metadata` holds it: RFC 3339, UTC, whole seconds. Takes milliseconds since the epoch. */
export function timestamp(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.\d+Z$/, 'Z');
}
