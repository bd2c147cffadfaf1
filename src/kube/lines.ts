/** Thrown when a line is longer than allowed. */
export class LineTooLong extends Error {
  override readonly name = 'LineTooLong';
  readonly limit: number;

  constructor(limit: number) {
    super(`a line exceeds ${limit} bytes`);
    this.limit = limit;
  }
}

const newline = 0x0a;

/**
 * Cuts a stream of bytes into lines of UTF-8 text, in order, without their line ends; empty lines are left out.
 * Chunks may end anywhere, also within a character. What follows the last line end is dropped: a watch that is cut
 * in the middle of a line has not delivered it. Holds at most one line; throws {@link LineTooLong} beyond `limit` bytes.
 */
export async function* splitLines(chunks: AsyncIterable<Uint8Array>, limit: number): AsyncGenerator<string> {
  let pieces: Uint8Array[] = [];
  let held = 0;
  for await (const chunk of chunks) {
    let start = 0;
    for (;;) {
      const end = chunk.indexOf(newline, start);
      const piece = chunk.subarray(start, end < 0 ? undefined : end);
      held += piece.length;
      if (held > limit) throw new LineTooLong(limit);
      if (piece.length > 0) pieces.push(piece);
      if (end < 0) break;
      if (held > 0) yield decode(pieces, held);
      pieces = [];
      held = 0;
      start = end + 1;
    }
  }
}

/** A line feed is never part of another character in UTF-8, so whole lines can be decoded at once. */
function decode(pieces: readonly Uint8Array[], length: number): string {
  return Buffer.concat(pieces, length).toString('utf8');
}
