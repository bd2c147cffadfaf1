/** Events that one object may have at once, and milliseconds until one more is allowed. */
const burst = 25;
const refill = 300_000;

/** Objects that are remembered; who is forgotten begins with a full budget. */
const remembered = 5_000;

/** Limits events for each object: 25 at once, then one every 5 minutes, as the recorders of Kubernetes do. */
export class EventBudget {
  readonly #buckets = new Map<string, { readonly left: number; readonly at: number }>();

  /** Takes one event out of an object's budget at a monotonic time; false where none is left. */
  take(object: string, now: number): boolean {
    const bucket = this.#buckets.get(object) ?? { left: burst, at: now };
    const left = Math.min(burst, bucket.left + (now - bucket.at) / refill);
    if (left < 1) return false;
    this.#buckets.delete(object);
    this.#buckets.set(object, { left: left - 1, at: now });
    const oldest = this.#buckets.keys().next().value;
    if (this.#buckets.size > remembered && oldest !== undefined) this.#buckets.delete(oldest);
    return true;
  }
}
