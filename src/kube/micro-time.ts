/**
 * Writes milliseconds since the epoch as a `MicroTime` of Kubernetes: RFC 3339 in UTC with exactly six fraction digits.
 * The API server answers 400 to any other number of digits.
 */
export function microTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace('Z', '000Z');
}
