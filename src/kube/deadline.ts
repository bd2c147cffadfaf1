import type { Clock } from '../model/ports.ts';

/**
 * A signal that aborts when its parent does or when time runs out, whichever is first.
 * Owned by whoever makes it, who must {@link Deadline.close} it; it leaves nothing behind on the parent.
 */
export class Deadline {
  readonly #clock: Clock;
  readonly #milliseconds: number;
  readonly #parent: AbortSignal;
  readonly #controller = new AbortController();
  readonly #follow = () => this.#controller.abort(this.#parent.reason);
  #timer: { cancel(): void } | undefined;
  #due: number;
  #expired = false;

  constructor(clock: Clock, milliseconds: number, parent: AbortSignal) {
    this.#clock = clock;
    this.#milliseconds = milliseconds;
    this.#parent = parent;
    this.#due = clock.monotonic() + milliseconds;
    if (parent.aborted) this.#follow();
    else parent.addEventListener('abort', this.#follow, { once: true });
    this.#arm();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Whether it was time that ran out, and not the parent that aborted. */
  get expired(): boolean {
    return this.#expired;
  }

  /** Gives the whole time again, from now on. Cheap: called for every line of a watch. */
  extend(): void {
    this.#due = this.#clock.monotonic() + this.#milliseconds;
  }

  close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#parent.removeEventListener('abort', this.#follow);
  }

  #arm(): void {
    if (this.signal.aborted) return;
    this.#timer = this.#clock.schedule(this.#due - this.#clock.monotonic(), () => this.#check());
  }

  #check(): void {
    if (this.#clock.monotonic() < this.#due) return this.#arm();
    this.#expired = true;
    this.#controller.abort(new Error(`nothing came for ${this.#milliseconds} ms`));
  }
}

/** Waits for a promise that knows no signal; rejects with the signal's reason when that is first. */
export async function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
