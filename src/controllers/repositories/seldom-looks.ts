import type { Clock } from '../../model/ports.ts';
import type { LookTimes } from './look-times.ts';
import type { RepositoryKey } from './repository-store.ts';

const hour = 3_600_000;

/** What looking seldom works with. */
export interface SeldomLooksOptions {
  readonly clock: Pick<Clock, 'now'>;
  readonly times: Pick<LookTimes, 'fractionOf'>;
  /** Everything is due at first. */
  readonly once?: boolean;
}

/**
 * When what is needed seldom is looked at: once an hour, each tag at a time of its own, so that the tags of a fleet are spread
 * over the hour. A restart changes nothing of it, and repeats nothing.
 */
export class SeldomLooks {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #times: SeldomLooksOptions['times'];
  readonly #once: boolean;
  /** Up to when everything that was due has been looked at. */
  readonly #doneUntil = new Map<RepositoryKey, number>();

  constructor({ clock, times, once = false }: SeldomLooksOptions) {
    this.#clock = clock;
    this.#times = times;
    this.#once = once;
  }

  /** Whether the time of a tag has come since its repository was last looked at. */
  isDue(key: RepositoryKey, tag: string, now: number): boolean {
    return this.next(key, tag) <= now;
  }

  /** When a tag is due next, in milliseconds since the epoch; a time that is past means now. */
  next(key: RepositoryKey, tag: string): number {
    const known = this.#doneUntil.get(key);
    if (known === undefined && this.#once) return 0;
    // A clock that was set back has everything that comes due looked at once more.
    const since = Math.min(known ?? Number.POSITIVE_INFINITY, this.#clock.now());
    if (known === undefined) this.#doneUntil.set(key, since);
    const [repository = ''] = key.split('#');
    const phase = Math.floor(this.#times.fractionOf(`${repository}:${tag}`) * hour);
    return (Math.floor((since - phase) / hour) + 1) * hour + phase;
  }

  /** Everything that was due at a time has been looked at. */
  noteLook(key: RepositoryKey, now: number): void {
    this.#doneUntil.set(key, now);
  }

  /** Forgets a repository that nobody follows any more. */
  forget(key: RepositoryKey): void {
    this.#doneUntil.delete(key);
  }
}
