import type { Clock } from '../../model/ports.ts';
import { TokenBucket } from '../../runtime/token-bucket.ts';

/** Lists a second, all workloads and all questions together. */
const rate = { perSecond: 20, burst: 40 };

/** The one rate at which pods are listed. A turn that has to be waited for is kept for who asks again. */
export class PodTurns {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #bucket: TokenBucket;
  /** When the turn of each who waits comes, in monotonic milliseconds. */
  readonly #waiting = new Map<string, number>();

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
    this.#bucket = new TokenBucket(clock, rate);
  }

  /** Whether a question would have its turn at once. */
  get isFree(): boolean {
    return this.#bucket.isFree;
  }

  /** Takes the turn of a question; returns the milliseconds until it comes, 0 for now. */
  take(question: string): number {
    const now = this.#clock.monotonic();
    const turn = this.#waiting.get(question) ?? now + this.#bucket.take();
    if (turn > now) this.#waiting.set(question, turn);
    else this.#waiting.delete(question);
    return Math.max(0, turn - now);
  }

  /** Gives the turn of a question up that nobody asks any more. */
  forget(question: string): void {
    this.#waiting.delete(question);
  }
}
