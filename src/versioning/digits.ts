/**
 * Natural numbers as canonical decimal digits: exact at any size, without floats and without locale.
 * `0` is "0"; no other number begins with a zero.
 */

/** Whether a text is one or more ASCII digits. */
export function isDigits(text: string): boolean {
  if (text === '') return false;
  for (let index = 0; index < text.length; index += 1) {
    if (!isDigitAt(text, index)) return false;
  }
  return true;
}

/** Whether the character at an index is an ASCII digit. */
export function isDigitAt(text: string, index: number): boolean {
  const code = text.charCodeAt(index);
  return code >= 48 && code <= 57;
}

/** Where the run of digits that begins at an index ends. */
export function endOfDigits(text: string, from: number): number {
  let end = from;
  while (isDigitAt(text, end)) end += 1;
  return end;
}

/** Takes leading zeros away; the text must be digits. */
export function canonicalDigits(text: string): string {
  let start = 0;
  while (start < text.length - 1 && text.charCodeAt(start) === 48) start += 1;
  return start === 0 ? text : text.slice(start);
}

/** Compares two canonical numbers: negative, zero or positive. */
export function compareDigits(a: string, b: string): number {
  return a.length - b.length || compareCodePoints(a, b);
}

/** Compares two lists of canonical numbers from the left; a missing number is less than any. */
export function compareDigitLists(a: readonly string[], b: readonly string[]): number {
  const shared = Math.min(a.length, b.length);
  for (let index = 0; index < shared; index += 1) {
    const order = compareDigits(a[index] ?? '', b[index] ?? '');
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

/** Compares two legal tags, or parts of them, by code point (tags are ASCII, so code units are the same). */
export function compareCodePoints(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
