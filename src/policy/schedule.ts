import { createTask, validate } from 'node-cron';
import { parseDuration } from '../model/duration.ts';
import type { LookSchedule } from '../model/policy.ts';
import { ok, problem, type Result } from '../model/result.ts';

const second = 1_000;
const minute = 60_000;
const hour = 60 * minute;
const horizon = 366 * 24 * hour;

const nicknames: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

/**
 * Reads a `schedule`: cron of 5 fields, of 6 with seconds first as Keel has them, a nickname such as `@hourly`, or
 * `@every 5m`; optionally followed by an IANA time zone name. Without one, UTC.
 */
export function parseSchedule(text: string): Result<LookSchedule> {
  const words = text.trim().split(/\s+/);
  const [first = '', argument = ''] = words;
  if (first === '@every') return parseEvery(argument, words.length);

  const { fields, timeZone } = splitZone(words);
  if (!isTimeZone(timeZone)) return problem('InvalidPolicy', `"${timeZone}" is not a time zone name`);
  const nickname = fields.length === 1 && Object.hasOwn(nicknames, first) ? nicknames[first] : undefined;
  const expression = nickname ?? fields.join(' ');
  if (expression.length > 256 || !/^\S+(?: \S+){4,5}$/.test(expression) || !validate(expression)) {
    return problem('InvalidPolicy', 'is not a schedule such as "0 4 * * *", "@hourly" or "@every 5m"');
  }
  return ok({ kind: 'cron', expression, timeZone });
}

/** When a repository that was looked at `last` is due again; both in milliseconds since the epoch. */
export function nextLook(schedule: LookSchedule, last: number): number {
  return schedule.kind === 'every' ? last + schedule.milliseconds : nextMatch(schedule, last);
}

function parseEvery(argument: string, words: number): Result<LookSchedule> {
  const milliseconds = words === 2 ? parseDuration(argument) : undefined;
  if (milliseconds === undefined || milliseconds < second) {
    return problem('InvalidPolicy', '@every needs a duration of at least 1s, such as "@every 5m"');
  }
  return ok({ kind: 'every', milliseconds });
}

/**
 * The first moment after `last` at which a cron expression matches, found hour by hour, then by the minute, then by
 * the second. Where none matches within a year (29 February), a year later: one look too many harms nobody.
 */
function nextMatch({ expression, timeZone }: LookSchedule & { kind: 'cron' }, last: number): number {
  const fields = expression.split(' ');
  const five = fields.slice(-5);
  const everyMinute = ['*', ...five.slice(1)].join(' ');
  return withMatcher(everyMinute, timeZone, (hours) =>
    withMatcher(five.join(' '), timeZone, (minutes) =>
      withMatcher(expression, timeZone, (moments) => {
        const start = Math.floor(last / hour) * hour;
        for (let time = start; time <= start + horizon; time += hour) {
          // Some time zones are half or three quarters of an hour off, so an hour of UTC holds two of theirs.
          if (!hours(time) && !hours(time + hour - minute)) continue;
          const step = fields.length === 6 ? second : minute;
          for (const found of matchesWithin(minutes, time, hour, minute)) {
            const moment = matchesWithin(moments, found, minute, step).find((match) => match > last);
            if (moment !== undefined) return moment;
          }
        }
        return start + horizon;
      }),
    ),
  );
}

/** The last word is a time zone when it looks like one; `MON` in a day field is not. */
function splitZone(words: readonly string[]): { fields: readonly string[]; timeZone: string } {
  const last = words.at(-1) ?? '';
  const zoned = words.length > 1 && /^[A-Za-z]+(?:\/[A-Za-z_+\-\d/]+)?$/.test(last) && !isDayName(last);
  return zoned ? { fields: words.slice(0, -1), timeZone: last } : { fields: words, timeZone: 'UTC' };
}

type Matches = (time: number) => boolean;

function* matchesWithin(matches: Matches, start: number, length: number, step: number): Generator<number> {
  for (let time = start; time < start + length; time += step) if (matches(time)) yield time;
}

/** node-cron matches dates through a task. It is never started, and must be destroyed or it is kept for good. */
function withMatcher<T>(expression: string, timezone: string, use: (matches: Matches) => T): T {
  const task = createTask(expression, () => undefined, { timezone });
  try {
    return use((time) => task.match(new Date(time)));
  } finally {
    void task.destroy();
  }
}

function isDayName(word: string): boolean {
  return /^(?:sun|mon|tue|wed|thu|fri|sat)[a-z]*$/i.test(word);
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
