import { Secret } from '../../src/model/secret.ts';

/**
 * How every secret of every test begins, so that whatever shows one is found out. It stays readable in addresses and
 * forms; in base64 it leaves a trace that depends only on where it begins.
 */
const mark = 'Sesame-';

/** The text of a secret of a test: a password, a token, a signature. The same name gives the same secret. */
export function secretText(name: string): string {
  return `${mark}${name}`;
}

/** The same, as the program holds it. */
export function secretOf(name: string): Secret {
  return new Secret(secretText(name));
}

/** What a secret looks like, plain, in base64 (as Basic has it) and in base64 of that (as a Secret object has it). */
const traces = [mark, ...inBase64(mark), ...inBase64(mark).flatMap(inBase64)];

const leak = new RegExp(
  [
    ...traces.map((trace) => RegExp.escape(trace)),
    '(?:Basic|Bearer) [\\w.~+/-]{12,}',
    'PRIVATE KEY-----',
    'X-Amz-Signature=\\w',
  ].join('|'),
);

/** The first secret in a text with some of what stands around it, or undefined where there is none. */
export function leakIn(text: string): string | undefined {
  const found = leak.exec(text);
  return found === null ? undefined : text.slice(Math.max(0, found.index - 60), found.index + 60);
}

/** The most characters of a leak that can stand on either side of the seam between two pieces of a text. */
const seam = 64;

/** Looks for secrets in a text that comes in pieces. */
export class LeakFinder {
  #end = '';
  #found: string | undefined;

  /** The first leak that was found, or undefined. */
  get found(): string | undefined {
    return this.#found;
  }

  /** Takes the next piece. */
  take(piece: string): void {
    const text = this.#end + piece;
    this.#found ??= leakIn(text);
    this.#end = text.slice(-seam);
  }
}

/** What a text leaves in base64 wherever it begins: the characters that depend on nothing before or after it. */
function inBase64(text: string): readonly string[] {
  return [0, 1, 2].map((before) => {
    const bits = 8 * (before + text.length);
    const encoded = Buffer.from('\0'.repeat(before) + text).toString('base64');
    return encoded.slice(Math.ceil((8 * before) / 6), Math.floor(bits / 6));
  });
}
