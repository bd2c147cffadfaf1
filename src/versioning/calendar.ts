/** A date or moment that a tag spells out. */
export interface Moment {
  /** How it is spelled; moments of different spellings are never compared as if they were one numbering. */
  readonly spelling: 'date' | 'datetime' | 'stamp' | 'dashed';
  /** `YYYYMMDD`, or `YYYYMMDDhhmmss` where the time is known. */
  readonly digits: string;
  /** The index after its last character. */
  readonly end: number;
}

const compact = /(\d{8})(?:(\d{6})|T(\d{6})Z?)?(?![0-9A-Za-z])/y;
const dashed = /(\d{4})-(\d\d)-(\d\d)(?:T(\d\d)-(\d\d)-(\d\d)Z?)?(?![0-9A-Za-z])/y;
const daysOfMonth = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/**
 * Reads a date or moment that begins at an index and ends where a letter or digit does not follow: `20240721`,
 * `20240721113305`, `20240721T113305Z`, `2024-07-21`, `2024-07-21T11-33-05Z`. Anything that is no real date of
 * the years 1990 to 2100 is not one.
 */
export function readMoment(text: string, at: number): Moment | undefined {
  compact.lastIndex = at;
  const plain = compact.exec(text);
  if (plain) {
    const [whole, date = '', time, stampTime] = plain;
    const spelling = stampTime !== undefined ? 'stamp' : time !== undefined ? 'datetime' : 'date';
    return moment(spelling, date + (stampTime ?? time ?? ''), at + whole.length);
  }
  dashed.lastIndex = at;
  const parted = dashed.exec(text);
  if (!parted) return undefined;
  const [whole, ...parts] = parted;
  return moment(parts[3] === undefined ? 'dashed' : 'stamp', parts.join(''), at + whole.length);
}

/** Whether digits are a real `YYYYMMDD` of the years 1990 to 2100. */
export function isCompactDate(digits: string): boolean {
  return (
    digits.length === 8 &&
    isCalendarYear(digits.slice(0, 4)) &&
    isDay(digits.slice(0, 4), digits.slice(4, 6), digits.slice(6, 8))
  );
}

/** Whether digits are a real `YYYYMMDDhhmmss` of the years 1990 to 2100. */
export function isCompactDateTime(digits: string): boolean {
  return digits.length === 14 && isCompactDate(digits.slice(0, 8)) && isTime(digits.slice(8));
}

/** Whether digits are a year that software was numbered by: 1990 to 2100. */
export function isCalendarYear(digits: string): boolean {
  return digits.length === 4 && digits >= '1990' && digits <= '2100';
}

/** Whether the month has that day; the three are digits, the year as `YYYY`. */
export function isDay(year: string, month: string, day: string): boolean {
  const days = daysOfMonth[Number.parseInt(month, 10) - 1];
  if (days === undefined) return false;
  const number = Number.parseInt(day, 10);
  return number >= 1 && number <= (days === 28 && isLeapYear(Number.parseInt(year, 10)) ? 29 : days);
}

function isLeapYear(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

function isTime(digits: string): boolean {
  return digits.slice(0, 2) < '24' && digits.slice(2, 4) < '60' && digits.slice(4, 6) < '61';
}

function moment(spelling: Moment['spelling'], digits: string, end: number): Moment | undefined {
  const real = digits.length === 8 ? isCompactDate(digits) : isCompactDateTime(digits);
  return real ? { spelling, digits, end } : undefined;
}
