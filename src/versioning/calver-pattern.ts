import { isCalendarYear, isDay } from './calendar.ts';
import { ok, problem, type Result } from '../model/result.ts';
import { canonicalDigits, endOfDigits, isDigitAt } from './digits.ts';

/** The numbers that a calendar version of a pattern has, most significant date part first, and where they end. */
interface CalverMatch {
  readonly components: readonly string[];
  readonly end: number;
}

/** Reads the calendar version that begins at an index; undefined where the text does not fit the pattern. */
export type CalverReader = (text: string, at: number) => CalverMatch | undefined;

type Meaning = 'year' | 'month' | 'week' | 'day' | 'minor' | 'micro';

interface Field {
  readonly token: string;
  readonly meaning: Meaning;
  /** How many digits: exactly, or undefined for as many as stand there. */
  readonly width: number | undefined;
  /** Whether a leading zero is allowed. */
  readonly zero: boolean;
}

type Piece = Field | { readonly literal: string };
type Values = ReadonlyMap<Meaning, string>;

/** The tokens of https://calver.org, longest first. */
const fields: readonly Field[] = [
  { token: 'MINOR', meaning: 'minor', width: undefined, zero: true },
  { token: 'MICRO', meaning: 'micro', width: undefined, zero: true },
  { token: 'YYYY', meaning: 'year', width: 4, zero: false },
  { token: '0Y', meaning: 'year', width: 2, zero: true },
  { token: 'YY', meaning: 'year', width: undefined, zero: false },
  { token: '0M', meaning: 'month', width: 2, zero: true },
  { token: 'MM', meaning: 'month', width: undefined, zero: false },
  { token: '0D', meaning: 'day', width: 2, zero: true },
  { token: 'DD', meaning: 'day', width: undefined, zero: false },
  { token: '0W', meaning: 'week', width: 2, zero: true },
  { token: 'WW', meaning: 'week', width: undefined, zero: false },
];
const dateParts: readonly Meaning[] = ['year', 'month', 'week', 'day'];
const longest = 128;

/**
 * Compiles a calendar pattern: tokens `YYYY 0Y YY 0M MM 0D DD 0W WW MINOR MICRO`, and lower-case letters, `.`, `-`
 * and `_` for themselves. `0M` is padded to two digits and `MM` is not; dates must exist. Refuses with the position
 * what could be read in two ways.
 */
export function compileCalver(pattern: string): Result<CalverReader> {
  if (pattern.length > longest) return refuse(longest, `it is longer than ${longest} characters`);
  const pieces = readPieces(pattern);
  if (!pieces.ok) return pieces;
  const meanings = meaningsOf(pieces.value);
  const has = (meaning: Meaning) => meanings.includes(meaning);
  if (!has('year')) return refuse(0, 'it has no year');
  if (has('day') && !has('month')) return refuse(0, 'it has a day but no month');
  if (has('week') && has('month')) return refuse(0, 'it has both a month and a week');
  return ok((text, at) => match(pieces.value, meanings, text, at));
}

function readPieces(pattern: string): Result<readonly Piece[]> {
  const pieces: Piece[] = [];
  for (let at = 0; at < pattern.length; ) {
    const field = fields.find(({ token }) => pattern.startsWith(token, at));
    const character = pattern.charAt(at);
    if (!field && !/[a-z._-]/.test(character)) {
      return refuse(at, `${JSON.stringify(character)} begins no token; words must be in lower case`);
    }
    const fault = field && fieldFault(field, pieces);
    if (fault !== undefined) return refuse(at, fault);
    pieces.push(field ?? { literal: character });
    at += field?.token.length ?? 1;
  }
  return ok(pieces);
}

function fieldFault(field: Field, before: readonly Piece[]): string | undefined {
  if (meaningsOf(before).includes(field.meaning)) return `it has two tokens for the ${field.meaning}`;
  const last = before.at(-1);
  if (last && 'token' in last && last.width === undefined) {
    return `${last.token} has no fixed width, so something must stand between it and ${field.token}`;
  }
  return undefined;
}

function meaningsOf(pieces: readonly Piece[]): readonly Meaning[] {
  return pieces.flatMap((piece) => ('token' in piece ? [piece.meaning] : []));
}

function match(
  pieces: readonly Piece[],
  meanings: readonly Meaning[],
  text: string,
  from: number,
): CalverMatch | undefined {
  const values = new Map<Meaning, string>();
  let at = from;
  for (const piece of pieces) {
    if ('literal' in piece) {
      if (text.charAt(at) !== piece.literal) return undefined;
      at += 1;
      continue;
    }
    const digits = readField(piece, text, at);
    if (digits === undefined) return undefined;
    values.set(
      piece.meaning,
      piece.token.length === 2 && piece.meaning === 'year' ? century(digits) : digits,
    );
    at += digits.length;
  }
  const goesOn = isDigitAt(text, at) || (text.charAt(at) === '.' && isDigitAt(text, at + 1));
  if (goesOn || !isDate(values)) return undefined;
  return {
    components: ordered(meanings).map((meaning) => canonicalDigits(values.get(meaning) ?? '0')),
    end: at,
  };
}

function readField({ width, zero }: Field, text: string, at: number): string | undefined {
  const end = endOfDigits(text, at);
  const stop = width === undefined ? end : at + width;
  if (stop > end || stop === at) return undefined;
  const digits = text.slice(at, stop);
  return !zero && digits.startsWith('0') ? undefined : digits;
}

/** Calendar versions count short years from 2000. */
function century(digits: string): string {
  return (BigInt(digits) + 2000n).toString();
}

function isDate(values: Values): boolean {
  const year = values.get('year') ?? '';
  const month = values.get('month');
  const week = values.get('week');
  if (!isCalendarYear(year)) return false;
  if (month !== undefined && !isDay(year, month, values.get('day') ?? '1')) return false;
  return week === undefined || (week.length <= 2 && week.padStart(2, '0') >= '01' && week <= '53');
}

/** The parts in the order of the pattern, except that the parts of the date stand year first among themselves. */
function ordered(meanings: readonly Meaning[]): readonly Meaning[] {
  const dates = dateParts.filter((part) => meanings.includes(part));
  return meanings.map((meaning) => (dateParts.includes(meaning) ? (dates.shift() ?? meaning) : meaning));
}

function refuse(at: number, why: string): Result<never> {
  return problem('InvalidPolicy', `the calendar pattern cannot be read at character ${at + 1}: ${why}`);
}
