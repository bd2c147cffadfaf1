import type { Clock } from '../../model/ports.ts';

/** Milliseconds after which an event that has not come is waited for no more. */
const lasts = 10_000;

/** Pods that an owner has created or deleted and that the watch has not told of yet: until it has, nothing can be counted. */
export class Expectations {
  readonly #clock: Clock;
  /** Names of pods, and until when they are waited for in the clock's monotonic milliseconds; by owner. */
  readonly #expected = new Map<string, { readonly names: Set<string>; readonly until: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether an owner still waits for an event. */
  pending(owner: string): boolean {
    const expected = this.#expected.get(owner);
    return expected !== undefined && expected.names.size > 0 && this.#clock.monotonic() < expected.until;
  }

  /** Waits for an event of a pod. */
  expect(owner: string, pod: string): void {
    const names = this.pending(owner) ? this.#expected.get(owner)?.names : undefined;
    this.#expected.set(owner, {
      names: (names ?? new Set()).add(pod),
      until: this.#clock.monotonic() + lasts,
    });
  }

  /** An event of a pod has come. */
  met(owner: string, pod: string): void {
    this.#expected.get(owner)?.names.delete(pod);
  }

  forget(owner: string): void {
    this.#expected.delete(owner);
  }
}
