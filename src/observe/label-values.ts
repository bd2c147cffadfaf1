/** The value under which everything is counted that has no series of its own. */
export const otherValue = 'other';

/** Namespaces that have series of their own. */
export const mostNamespaces = 500;

/**
 * The values that one label may take. Values of people's choosing get a series each in order of appearance, up to a
 * limit; those beyond share one. Values that are always named do not count against the limit.
 */
export class LabelValues {
  readonly #limit: number;
  readonly #isNamed: (value: string) => boolean;
  readonly #seen = new Set<string>();

  constructor(limit: number, isNamed: (value: string) => boolean = () => false) {
    this.#limit = limit;
    this.#isNamed = isNamed;
  }

  /** The value itself, or {@link otherValue} where it gets no series. */
  of(value: string): string {
    if (this.#seen.has(value) || this.#isNamed(value)) return value;
    if (this.#seen.size >= this.#limit) return otherValue;
    this.#seen.add(value);
    return value;
  }
}

const toldStatuses = new Set(
  '200 201 202 204 206 301 302 303 304 307 308 400 401 403 404 405 406 409 410 413 415 422 429 500 501 502 503 504'.split(
    ' ',
  ),
);

/** An HTTP status that people know, the class of any other (`4xx`), and what is no status as it is. */
export function statusLabel(code: string): string {
  return !/^\d{3}$/.test(code) || toldStatuses.has(code) ? code : `${code.slice(0, 1)}xx`;
}
