/** Something that is raised any number of times and taken down by the one who waits for it. */
export class Flag {
  #raised = false;
  #wake: (() => void) | undefined;

  raise(): void {
    this.#raised = true;
    this.#wake?.();
  }

  /** Resolves when the flag is up, and takes it down; false when the signal aborts first. For one waiter at a time. */
  async taken(signal: AbortSignal): Promise<boolean> {
    if (!this.#raised && !signal.aborted) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const abort = () => resolve();
      this.#wake = resolve;
      signal.addEventListener('abort', abort, { once: true });
      await promise;
      signal.removeEventListener('abort', abort);
    }
    const up = this.#raised;
    this.#raised = false;
    return up && !signal.aborted;
  }
}
