/** A number that a benchmark found, and the most that it may be. */
export interface Measure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly atMost?: number | undefined;
}

/** A number with two decimals. */
export function round(value: number): number {
  return Math.round(value * 100) / 100;
}

/** The value below which a part of the numbers lies, from 0 to 1. */
export function quantile(numbers: readonly number[], part: number): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return round(sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? 0);
}
