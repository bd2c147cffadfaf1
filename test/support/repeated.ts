/** Something that is done again and again until it is stopped. */
export class Repeated {
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  #writes = 0;

  constructor(every: number, act: () => Promise<void>) {
    this.#running = this.#repeat(every, act);
    // Told to whoever stops it.
    this.#running.catch(() => undefined);
  }

  /** How often it was done. */
  get writes(): number {
    return this.#writes;
  }

  /** Resolves when it is over; rejects where doing it has failed, which ended it. May be called twice. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #repeat(every: number, act: () => Promise<void>): Promise<void> {
    while (!this.#stop.signal.aborted) {
      await act();
      this.#writes++;
      await pause(every, this.#stop.signal);
    }
  }
}

async function pause(milliseconds: number, until: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, milliseconds);
  until.addEventListener('abort', () => resolve(), { once: true });
  await promise;
  clearTimeout(timer);
}
