import { readMoment, type Moment } from './calendar.ts';
import { canonicalDigits, isDigitAt, isDigits } from './digits.ts';
import { leadingWord } from './words.ts';

/** A piece of what follows the release numbers. */
export interface Segment {
  /** `-`, `_`, `.`, or nothing where the text is attached to the release. */
  readonly delimiter: string;
  readonly text: string;
  /** The date or moment that the text is, if it is one. */
  readonly moment: Moment | undefined;
  /** The text as a word and what follows it; the word is empty where it begins with no letter. */
  readonly labelled: Labelled;
}

/** A segment read as a word and what follows it: `rc.1`, `r69`, `build.5`. */
export interface Labelled {
  /** In lower case. */
  readonly word: string;
  /** The dot between word and rest, or nothing. */
  readonly glue: string;
  /** What follows the word, split at dots; empty where nothing does. */
  readonly parts: readonly string[];
}

/** More pieces than any honest tag has; the rest of a longer tail is one piece. */
const mostSegments = 16;
const noWord: Labelled = { word: '', glue: '', parts: [] };

/**
 * Splits what follows the release at `-` and `_`, and at `.` only where it follows the release or a date directly
 * (elsewhere a dot belongs to the text: `alpine3.19`).
 */
export function splitTail(tail: string): Segment[] {
  const segments: Segment[] = [];
  let at = 0;
  while (at < tail.length) {
    const delimiter = isDelimiter(tail.charAt(at)) ? tail.charAt(at) : '';
    const start = at + delimiter.length;
    const isLast = segments.length === mostSegments - 1;
    const numeric = isDigitAt(tail, start);
    const moment = numeric && delimiter !== '' && !isLast ? readMoment(tail, start) : undefined;
    at = isLast ? tail.length : (moment?.end ?? endOfSegment(tail, start));
    const text = tail.slice(start, at);
    segments.push({ delimiter, text, moment, labelled: numeric ? noWord : readLabelled(text) });
  }
  return segments;
}

/** Reads a segment as a known or unknown word with what follows it. */
export function readLabelled(text: string): Labelled {
  const word = leadingWord(text);
  const glue = text.charAt(word.length) === '.' ? '.' : '';
  const rest = text.slice(word.length + glue.length);
  return { word, glue, parts: rest === '' && glue === '' ? [] : rest.split('.') };
}

/** The numbers that follow a word, canonical; undefined where there is none or something else follows. */
export function numbersOf({ parts }: Labelled): readonly string[] | undefined {
  return parts.length > 0 && parts.every(isDigits) ? parts.map(canonicalDigits) : undefined;
}

/** Whether a character parts the pieces of a tag: `-`, `_` or `.`. */
export function isDelimiter(character: string): boolean {
  return character === '-' || character === '_' || character === '.';
}

function endOfSegment(tail: string, from: number): number {
  let end = from;
  while (end < tail.length && tail.charAt(end) !== '-' && tail.charAt(end) !== '_') end += 1;
  return end;
}
