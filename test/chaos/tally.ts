/** How often something was to happen, and how often it did. */
interface Count {
  readonly asked: number;
  readonly done: number;
}

/** Counts what a run did, by name, so that a run which did nothing cannot pass for one in which nothing went wrong. */
export class Tally {
  readonly #counts = new Map<string, Count>();

  /** Counts one try; `done` says whether it had an effect: it met a request, a leader, a workload that was there. */
  add(name: string, done: boolean): void {
    const { asked, done: before } = this.#counts.get(name) ?? { asked: 0, done: 0 };
    this.#counts.set(name, { asked: asked + 1, done: before + (done ? 1 : 0) });
  }

  /** A table of what happened, by name: how often, and of how many times where the rest had no effect. */
  get lines(): readonly string[] {
    const longest = Math.max(0, ...[...this.#counts.keys()].map(({ length }) => length));
    return [...this.#counts]
      .map(
        ([name, { asked, done }]) =>
          `${name.padEnd(longest)}  ${done === asked ? done : `${done} of ${asked}`}`,
      )
      .toSorted();
  }

  /** Those of the names that did not happen at all. */
  missing(names: readonly string[]): readonly string[] {
    return [...new Set(names)].filter((name) => (this.#counts.get(name)?.done ?? 0) === 0);
  }
}
