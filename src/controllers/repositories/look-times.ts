import type { LookSchedule } from '../../model/policy.ts';
import { nextLook } from '../../policy/schedule.ts';
import type { RepositoryKey } from './repository-store.ts';

/** Milliseconds from one beat to the next. Looks that are made in one beat wake the process, and its caches, once. */
const beat = 5_000;
/** The part of an interval within which no second look follows a look, as one that a start or a person brought. */
const leastGap = 0.1;
/** The part of the time between two looks of a schedule by which some are late, and the most of it in milliseconds. */
const delay = { share: 0.15, longest: 60_000 };

/**
 * When repositories are looked at. Each interval is divided into beats, and each repository has one of them, so that those that
 * were all looked at after a start do not stay in step. Which one follows from its name and from a salt: every replica and every
 * start finds the same, but all clusters that follow a public repository do not ask its registry in the same moment.
 */
export class LookTimes {
  readonly #salt: string;
  /** Milliseconds by which the beats come after full five seconds. */
  readonly #lag: number;

  /** `salt`: what no other cluster has. */
  constructor(salt: string) {
    this.#salt = salt;
    this.#lag = Math.floor(this.fractionOf('lag') * beat);
  }

  /**
   * When a repository that was looked at `last` is due again, by its most eager subscriber; both in milliseconds since the
   * epoch. The looks of a schedule, which is due at the same minute for all, are put off by up to a minute.
   */
  next(key: RepositoryKey, schedules: readonly LookSchedule[], last: number): number {
    const [repository = ''] = key.split('#');
    const fraction = this.fractionOf(repository);
    const intervals = schedules.filter((schedule) => schedule.kind === 'every');
    const interval = Math.min(...intervals.map(({ milliseconds }) => milliseconds));
    const scheduled = schedules
      .filter((schedule) => schedule.kind === 'cron')
      .map((schedule) => putOff(nextLook(schedule, last), last, fraction));
    return Math.min(...scheduled, this.#nextBeat(interval, last, fraction));
  }

  /** A number in [0, 1) that follows from a text, and from the salt. */
  fractionOf(text: string): number {
    return hashed(`${this.#salt} ${text}`);
  }

  #nextBeat(interval: number, last: number, fraction: number): number {
    if (interval === Number.POSITIVE_INFINITY) return interval;
    const beats = Math.max(1, Math.floor(interval / beat));
    const own = (Math.floor(fraction * beats) / beats) * interval + this.#lag;
    const earliest = last + interval * leastGap;
    return Math.round(own + Math.ceil((earliest - own) / interval) * interval);
  }
}

function putOff(due: number, last: number, fraction: number): number {
  const longest = Math.min((due - last) * delay.share, delay.longest);
  return due + Math.floor((longest * fraction) / beat) * beat;
}

/** A number in [0, 1) that follows from a text (FNV-1a). */
function hashed(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  // The upper bits of FNV mix badly for short texts; a last round spreads them.
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return ((hash ^ (hash >>> 13)) >>> 0) / 2 ** 32;
}
