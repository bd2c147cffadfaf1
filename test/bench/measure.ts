/** A number that a benchmark found, and the most that it may be. */
export interface Measure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly atMost?: number;
}
