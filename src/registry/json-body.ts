/** Deeper than any honest document of a registry is nested. */
const deepest = 64;

const quote = 0x22;
const backslash = 0x5c;
const openers = new Set([0x5b, 0x7b]);
const closers = new Set([0x5d, 0x7d]);

/**
 * The JSON value of a body, or undefined where it is none or is nested more than 64 deep, as no registry does: some
 * hostile bodies of a few megabytes would take gigabytes once parsed.
 */
export function parseJsonBody(body: Buffer): unknown {
  if (isTooDeep(body)) return undefined;
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

function isTooDeep(body: Buffer): boolean {
  let depth = 0;
  for (let position = 0; position < body.length; position++) {
    const byte = body[position] ?? 0;
    if (byte === quote) position = endOfText(body, position);
    else if (openers.has(byte)) depth++;
    else if (closers.has(byte)) depth--;
    if (depth > deepest) return true;
  }
  return false;
}

/** The position of the quote that ends the text which begins at `start`. */
function endOfText(body: Buffer, start: number): number {
  for (let end = body.indexOf(quote, start + 1); end >= 0; end = body.indexOf(quote, end + 1)) {
    let slashes = 0;
    while (body[end - 1 - slashes] === backslash) slashes++;
    if (slashes % 2 === 0) return end;
  }
  return body.length;
}
