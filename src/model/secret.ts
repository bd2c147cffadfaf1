/**
 * A value that must not be seen: every way of printing it shows `[redacted]`.
 * Only {@link Secret.reveal} gives the text, so its uses can be found by name.
 */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** The hidden text; for the request that needs it and nothing else. */
  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return '[redacted]';
  }

  toJSON(): string {
    return '[redacted]';
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '[redacted]';
  }
}
