/** What a terminal shows from a moment on. */
export interface Frame {
  /** Seconds since the recording began. */
  readonly at: number;
  /** All lines since the beginning, with their colours; the last ones are those in sight. */
  readonly lines: readonly string[];
}

const escape = String.fromCodePoint(27);
const sequence = new RegExp(String.raw`${escape}\[(\??[\d;]*)([A-Za-z])|\r|\n|[^${escape}\r\n]+`, 'g');
const colour = new RegExp(String.raw`${escape}\[([\d;]*)m|[^${escape}]+`, 'g');

/**
 * As much of a terminal as the demo's screen needs: lines that are written one below the other, erased and written again.
 * Colours stay within the text of a line.
 */
export class Terminal {
  #lines: string[] = [];
  #row = 0;

  get lines(): readonly string[] {
    return this.#lines;
  }

  write(text: string): void {
    for (const [token, parameter = '', command] of text.matchAll(sequence)) {
      if (token === '\n') this.#row++;
      else if (command === 'A') this.#row = Math.max(0, this.#row - Number(parameter));
      else if (command === 'J') this.#lines = this.#lines.slice(0, this.#row);
      else if (command === 'K') this.#lines[this.#row] = '';
      else if (command === 'm' || command === undefined) this.#put(token);
    }
  }

  #put(text: string): void {
    if (text === '\r') return;
    while (this.#lines.length <= this.#row) this.#lines.push('');
    this.#lines[this.#row] += text;
  }
}

/** A part of a line, and the codes of its colours. */
export interface Painted {
  readonly text: string;
  readonly codes: readonly string[];
}

/** The parts of a line, each in colours of its own. */
export function paintedParts(line: string): readonly Painted[] {
  const parts: Painted[] = [];
  let present: readonly string[] = [];
  for (const [text, codes] of line.matchAll(colour)) {
    if (codes === undefined) parts.push({ text, codes: present });
    else present = codes.split(';');
  }
  return parts;
}

/** A line without its colours. */
export function plain(line: string): string {
  return paintedParts(line)
    .map(({ text }) => text)
    .join('');
}
