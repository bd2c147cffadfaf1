import { ok, problem, type Result } from '../model/result.ts';
import type { MaintenanceWindow } from '../model/policy.ts';

const dayNames = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const minute = 60_000;
const hour = 3_600_000;
const minutesOfDay = 1_440;
/** Two weeks, because a clock that is moved may skip a window of one night in the week, and a day to spare. */
const horizon = 15 * 24 * hour;
const mostWindows = 16;

/**
 * Reads a `window`: `Mon-Fri 09:00-17:00 Europe/Madrid`, several separated by `;`. Days and zone may be left out (every day,
 * UTC); an end before the begin is on the next day, and `24:00` is midnight.
 */
export function parseWindows(text: string): Result<readonly MaintenanceWindow[]> {
  const parts = text.split(';').map((part) => part.trim());
  if (parts.length > mostWindows) return refuse(`names more than ${mostWindows} windows`);
  const windows: MaintenanceWindow[] = [];
  for (const part of parts) {
    const read = parseWindow(part);
    if (!read.ok) return read;
    windows.push(read.value);
  }
  return ok(windows);
}

/**
 * When an update may be applied next: `now` where a window is open, else the moment at which the first one opens, to the
 * minute; undefined where none opens within fifteen days. Milliseconds since the epoch. The clock of each zone decides, so
 * that an hour that a zone skips opens nothing, and one that it repeats counts twice.
 */
export function nextOpening(windows: readonly MaintenanceWindow[], now: number): number | undefined {
  const openings = windows.map((window) => openingOf(window, now)).filter((time) => time !== undefined);
  return openings.length === 0 ? undefined : Math.min(...openings);
}

function parseWindow(text: string): Result<MaintenanceWindow> {
  const words = text.split(/\s+/);
  const at = words.findIndex((word) => /^\d/.test(word));
  const [, from, to] = /^(\d{1,2}:\d{2})-(\d{1,2}:\d{2})$/.exec(words[at] ?? '') ?? [];
  const begin = minutesOf(from, minutesOfDay - 1);
  const end = minutesOf(to, minutesOfDay);
  if (at < 0 || at > 1 || words.length > at + 2 || begin === undefined || end === undefined) {
    return refuse('is not a window such as "Mon-Fri 09:00-17:00 Europe/Madrid"');
  }
  if (begin === end) return refuse('has a window that ends when it begins; leave it out for always');
  const days = at === 0 ? dayNames.map((_name, index) => index) : parseDays(words[0] ?? '');
  if (!days) return refuse(`names days that are none: ${JSON.stringify(words[0])}; write Mon-Fri or Sat,Sun`);
  const timeZone = words[at + 1] ?? 'UTC';
  if (!isTimeZone(timeZone)) return refuse(`names a time zone that is none: ${JSON.stringify(timeZone)}`);
  return ok({ days, begin, end, timeZone });
}

function refuse(why: string): { ok: false; problem: { reason: 'InvalidPolicy'; message: string } } {
  const { problem: found } = problem('InvalidPolicy', why);
  return { ok: false, problem: { reason: 'InvalidPolicy', message: found.message } };
}

function minutesOf(text: string | undefined, most: number): number | undefined {
  const [hours = Number.NaN, minutes = Number.NaN] = (text ?? '').split(':').map(Number);
  const total = hours * 60 + minutes;
  return minutes < 60 && total <= most ? total : undefined;
}

/** `Mon-Fri`, `Sat,Sun`, `Fri-Mon`; undefined where a word is no day. */
function parseDays(text: string): readonly number[] | undefined {
  const days: number[] = [];
  for (const part of text.toLowerCase().split(',')) {
    const [first = -1, last = first, ...more] = part.split('-').map((name) => dayNames.indexOf(name));
    if (first < 0 || last < 0 || more.length > 0) return undefined;
    for (let day = first; ; day = (day + 1) % 7) {
      days.push(day);
      if (day === last) break;
    }
  }
  return days;
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** Offsets change on whole half hours, so that within one the local clock runs evenly. */
function openingOf(window: MaintenanceWindow, now: number): number | undefined {
  const clock = new Intl.DateTimeFormat('en-GB', {
    timeZone: window.timeZone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  if (isOpen(window, localTime(clock, now))) return now;
  const start = Math.floor(now / (hour / 2)) * (hour / 2);
  for (let time = start; time <= now + horizon; time += hour / 2) {
    const local = localTime(clock, time);
    for (let step = 0; step < 30; step++) {
      const moment = time + step * minute;
      if (moment > now && isOpen(window, later(local, step))) return moment;
    }
  }
  return undefined;
}

interface LocalTime {
  readonly day: number;
  readonly minutes: number;
}

function localTime(clock: Intl.DateTimeFormat, time: number): LocalTime {
  const parts = new Map(clock.formatToParts(time).map(({ type, value }) => [type, value]));
  const day = dayNames.indexOf((parts.get('weekday') ?? '').toLowerCase());
  return { day, minutes: Number(parts.get('hour')) * 60 + Number(parts.get('minute')) };
}

function later({ day, minutes }: LocalTime, step: number): LocalTime {
  const total = minutes + step;
  return { day: (day + Math.floor(total / minutesOfDay)) % 7, minutes: total % minutesOfDay };
}

/** A window over midnight belongs to the day on which it begins. */
function isOpen({ days, begin, end }: MaintenanceWindow, { day, minutes }: LocalTime): boolean {
  if (begin < end) return days.includes(day) && minutes >= begin && minutes < end;
  const yesterday = (day + 6) % 7;
  return (days.includes(day) && minutes >= begin) || (days.includes(yesterday) && minutes < end);
}
