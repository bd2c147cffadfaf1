import { LRUCache } from 'lru-cache';
import { scrub } from './errors.ts';
import { headerLines, type HttpAnswer } from './http-exchange.ts';

/** Most characters of a header line that are read: the specification allows a warning no more bytes. */
const longestLine = 4_096;
const mostHosts = 256;
/** What a host says beyond this many different texts is not told: it could find new words for ever. */
const mostTexts = 16;

/**
 * The texts of the warnings that a registry sends along for people, such as that a repository will go away. Each is one
 * line of at most 200 characters. Nothing is ever done because of them.
 * @see OCI distribution specification, "Warnings"; RFC 7234, section 5.5
 */
function readWarnings(answer: HttpAnswer): readonly string[] {
  const warning = /(?:^|,)\s*299 +\S+ +"((?:[^"\\]|\\.)*)"/g;
  return headerLines(answer, 'warning').flatMap((line) =>
    Array.from(line.slice(0, longestLine).matchAll(warning), ([, text = '']) =>
      scrub(text.replaceAll(/\\(.)/gs, '$1')),
    ),
  );
}

/** Tells each warning of a host once. */
export class Warnings {
  readonly #told = new LRUCache<string, Set<string>>({ max: mostHosts });
  readonly #tell: (host: string, text: string) => void;

  constructor(tell: (host: string, text: string) => void) {
    this.#tell = tell;
  }

  /** Notes an answer of a host, which may hold warnings. */
  note(host: string, answer: HttpAnswer): void {
    for (const text of readWarnings(answer)) {
      const told = this.#told.get(host) ?? new Set();
      if (text === '' || told.has(text) || told.size >= mostTexts) continue;
      this.#told.set(host, told.add(text));
      this.#tell(host, text);
    }
  }
}
