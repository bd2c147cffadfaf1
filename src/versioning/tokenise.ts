import { isTag } from '../model/image-reference.ts';
import { isCalendarYear, isCompactDate, isCompactDateTime, readMoment, type Moment } from './calendar.ts';
import { holdsHash, isArtefact, isCommit, looksLikeHash } from './commit.ts';
import { canonicalDigits, endOfDigits, isDigitAt } from './digits.ts';
import { isDelimiter } from './segment.ts';
import { readTail } from './tail.ts';
import type { Scheme, Token, Version } from './token.ts';

const mostComponents = 6;

/** The release numbers of a tag and where they end. */
interface Release extends Pick<Version, 'components' | 'padded' | 'scheme'> {
  readonly end: number;
}

/**
 * Reads what a tag is. Total and linear in the length of the tag, which may be hostile: anything that is no legal
 * tag (OCI distribution specification) is `illegal`.
 */
export function tokenise(tag: string): Token {
  if (!isTag(tag)) return { kind: 'illegal' };
  if (isArtefact(tag)) return { kind: 'artefact' };
  if (isCommit(tag)) return { kind: 'commit' };
  const start = firstDigit(tag);
  const release = start < tag.length ? readRelease(tag, start) : undefined;
  if (!release) return { kind: 'word' };

  const prefix = tag.slice(0, start);
  const { components, padded, scheme, end } = release;
  const digitInWord = components.length === 1 && isGlued(prefix);
  const tail = readTail(tag.slice(end), {
    rebuilds: !digitInWord,
    pairs: components.length > 1 && prefixClass(prefix) === '',
  });
  const hash = carriesHash(tag, start, tail.variant);
  return { kind: 'version', prefix, components, padded, scheme, ...tail, hash };
}

/** Prefixes of one class may replace each other: `v`, `V` and none are one; every other prefix is its own. */
export function prefixClass(prefix: string): string {
  return prefix === 'v' || prefix === 'V' ? '' : prefix;
}

function firstDigit(tag: string): number {
  let index = 0;
  while (index < tag.length && !isDigitAt(tag, index)) index += 1;
  return index;
}

function readRelease(tag: string, start: number): Release | undefined {
  const moment = readMoment(tag, start);
  if (moment?.spelling === 'stamp') return { ...release([moment.digits], 'stamp'), end: moment.end };
  if (moment?.spelling === 'dashed') return { ...dashedDate(moment), end: moment.end };

  const parts: string[] = [];
  let end = start;
  do {
    const from = end === start ? start : end + 1;
    end = endOfDigits(tag, from);
    parts.push(tag.slice(from, end));
  } while (tag.charAt(end) === '.' && isDigitAt(tag, end + 1));
  return parts.length > mostComponents ? undefined : { ...release(parts, schemeOf(parts)), end };
}

function dashedDate({ digits }: Moment): Omit<Release, 'end'> {
  return release([digits.slice(0, 4), digits.slice(4, 6), digits.slice(6, 8)], 'year');
}

function release(parts: readonly string[], scheme: Scheme): Omit<Release, 'end'> {
  const padded = parts.some((part) => part.length > 1 && part.startsWith('0'));
  return { components: padded ? parts.map(canonicalDigits) : parts, padded, scheme };
}

function schemeOf(parts: readonly string[]): Scheme {
  const [first = ''] = parts;
  if (parts.length > 1) return isCalendarYear(first) ? 'year' : 'num';
  if (isCompactDate(first)) return 'date';
  return isCompactDateTime(first) ? 'datetime' : 'num';
}

/** Whether a prefix ends in a word that the release is glued to (`arm64`), other than a `v`. */
function isGlued(prefix: string): boolean {
  const word = prefix.slice(startOfPart(prefix, prefix.length));
  return word !== '' && prefixClass(word) !== '';
}

/**
 * Whether the tag holds an abbreviated commit id: around the first digit (`main-a1b2c3d`), or within the variant.
 * Text that was understood as a pre-release or a build (`3.0.0b20240101`) is none.
 */
function carriesHash(tag: string, start: number, variant: string): boolean {
  const attached = variant !== '' && !isDelimiter(variant.charAt(0));
  if (attached || isGlued(tag.slice(0, start))) {
    const part = tag.slice(startOfPart(tag, start), endOfPart(tag, start));
    if (looksLikeHash(part) && !isCompactDate(tag.slice(start, endOfDigits(tag, start)))) return true;
  }
  return holdsHash(variant);
}

function startOfPart(text: string, at: number): number {
  let from = at;
  while (from > 0 && !isDelimiter(text.charAt(from - 1))) from -= 1;
  return from;
}

function endOfPart(text: string, at: number): number {
  let to = at;
  while (to < text.length && !isDelimiter(text.charAt(to))) to += 1;
  return to;
}
