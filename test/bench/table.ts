import type { Measure } from './measure.ts';

/** A measure, with what the peer needed for the same where one was named. */
export interface Compared extends Measure {
  readonly peer?: number;
}

/** Whether a measure is beyond its limit. */
export function isBeyond({ value, atMost }: Measure): boolean {
  return atMost !== undefined && value > atMost;
}

/** A measure as a line for people, with what the peer needed and how many times that ours is. */
export function lineOf(measure: Compared, peerName = 'the peer'): string {
  const { name, value, unit, atMost, peer } = measure;
  const limit = atMost === undefined ? '' : `at most ${atMost}`;
  const verdict = isBeyond(measure) ? 'BEYOND' : '';
  const beside = peer === undefined ? '' : `${peerName} ${peer}${ratio(value, peer)}`;
  const cells = [name.padEnd(60), String(value).padStart(9), unit.padEnd(10), limit.padEnd(15)];
  return `${[...cells, verdict.padEnd(7), beside].join(' ').trimEnd()}\n`;
}

function ratio(ours: number, theirs: number): string {
  return theirs === 0 ? '' : `, ours is ${(ours / theirs).toFixed(2)} of it`;
}
