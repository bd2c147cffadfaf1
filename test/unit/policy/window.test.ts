import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { nextOpening, parseWindows } from '../../../src/policy/window.ts';

/** `now` and the opening as RFC 3339; 2026-11-21 is a Saturday. */
const cases: readonly (readonly [window: string, now: string, opens: string | undefined])[] = [
  ['Mon-Fri 09:00-17:00 Europe/Madrid', '2026-11-20T08:00:00Z', '2026-11-20T08:00:00Z'],
  ['Mon-Fri 09:00-17:00 Europe/Madrid', '2026-11-20T07:59:30Z', '2026-11-20T08:00:00Z'],
  ['Mon-Fri 09:00-17:00 Europe/Madrid', '2026-11-20T16:00:00Z', '2026-11-23T08:00:00Z'],
  ['Mon-Fri 09:00-17:00', '2026-11-21T12:00:00Z', '2026-11-23T09:00:00Z'],
  ['Sat,Sun 10:10-10:20', '2026-11-21T10:20:00Z', '2026-11-22T10:10:00Z'],
  ['22:00-04:00', '2026-11-21T03:59:00Z', '2026-11-21T03:59:00Z'],
  ['22:00-04:00', '2026-11-21T04:00:00Z', '2026-11-21T22:00:00Z'],
  ['Fri 22:00-04:00', '2026-11-21T03:00:00Z', '2026-11-21T03:00:00Z'],
  ['Sat 22:00-04:00', '2026-11-21T03:00:00Z', '2026-11-21T22:00:00Z'],
  ['Fri-Mon 00:00-24:00', '2026-11-24T12:00:00Z', '2026-11-27T00:00:00Z'],
  ['Mon 09:00-10:00; Tue 09:00-10:00', '2026-11-24T08:00:00Z', '2026-11-24T09:00:00Z'],
  // The clocks of Madrid skip 02:00 to 03:00 on 29 March 2026, and repeat it on 25 October.
  ['02:15-02:45 Europe/Madrid', '2026-03-29T00:00:00Z', '2026-03-30T00:15:00Z'],
  ['02:15-02:45 Europe/Madrid', '2026-10-25T00:50:00Z', '2026-10-25T01:15:00Z'],
  ['09:00-10:00 Europe/Madrid', '2026-03-28T12:00:00Z', '2026-03-29T07:00:00Z'],
  // Over the night in which they skip, and the one in which they repeat: what was passed stays passed.
  ['Sat 23:30-02:30 Europe/Madrid', '2026-03-29T00:59:00Z', '2026-03-29T00:59:00Z'],
  ['Sat 23:30-02:30 Europe/Madrid', '2026-03-29T01:00:00Z', '2026-04-04T21:30:00Z'],
  ['Sat 23:30-02:30 Europe/Madrid', '2026-10-25T00:29:00Z', '2026-10-25T00:29:00Z'],
  ['Sat 23:30-02:30 Europe/Madrid', '2026-10-25T00:30:00Z', '2026-10-25T01:00:00Z'],
  ['Sat 23:30-02:30 Europe/Madrid', '2026-10-25T01:30:00Z', '2026-10-31T22:30:00Z'],
  // A window of one night in the week that the clocks skip comes a week later.
  ['Sun 02:15-02:45 Europe/Madrid', '2026-03-22T02:00:00Z', '2026-04-05T00:15:00Z'],
  // The clocks of Cairo skip the hour after the midnight of 24 April 2026, and repeat the one before that of 30 October.
  ['00:00-00:30 Africa/Cairo', '2026-04-23T12:00:00Z', '2026-04-24T21:00:00Z'],
  ['Fri 00:00-00:30 Africa/Cairo', '2026-04-23T12:00:00Z', '2026-04-30T21:00:00Z'],
  ['Thu 23:00-24:00 Africa/Cairo', '2026-10-29T20:59:00Z', '2026-10-29T20:59:00Z'],
  ['Thu 23:00-24:00 Africa/Cairo', '2026-10-29T21:59:00Z', '2026-10-29T21:59:00Z'],
  ['Thu 23:00-24:00 Africa/Cairo', '2026-10-29T22:00:00Z', '2026-11-05T21:00:00Z'],
  // Around midnight: the last minute, the first one, and a window that meets itself.
  ['00:00-24:00', '2026-11-21T23:59:59Z', '2026-11-21T23:59:59Z'],
  ['23:59-24:00', '2026-11-21T23:58:59Z', '2026-11-21T23:59:00Z'],
  ['23:59-00:01', '2026-11-22T00:00:59Z', '2026-11-22T00:00:59Z'],
  ['Sun 23:00-01:00', '2026-11-23T00:59:00Z', '2026-11-23T00:59:00Z'],
  ['Sun 23:00-01:00', '2026-11-23T01:00:00Z', '2026-11-29T23:00:00Z'],
  // Half an hour off, and moved by half an hour.
  ['09:00-10:00 Asia/Kolkata', '2026-11-21T03:00:00Z', '2026-11-21T03:30:00Z'],
  ['09:00-10:00 Australia/Lord_Howe', '2026-04-04T12:00:00Z', '2026-04-04T22:30:00Z'],
];

for (const [text, now, opens] of cases) {
  test(`${text} at ${now} opens at ${opens}`, () => {
    const windows = parseWindows(text);
    assert.ok(windows.ok);
    const found = nextOpening(windows.value, Date.parse(now));
    assert.equal(
      found === undefined ? undefined : new Date(found).toISOString(),
      opens?.replace('Z', '.000Z'),
    );
  });
}

for (const text of [
  '24:00-01:00',
  '',
  'always',
  'Mon-Fri',
  'Mon-Fri 9-17',
  '25:00-26:00',
  '09:60-10:00',
  '09:00-09:00',
  'Mon-Fry 09:00-17:00',
  'Mon-Fri-Sun 09:00-17:00',
  '09:00-17:00 Mars/Olympus',
  '09:00-17:00 UTC more',
  'Mon 09:00-17:00;',
  Array.from({ length: 17 }, () => '09:00-17:00').join(';'),
]) {
  test(`${JSON.stringify(text.slice(0, 40))} is refused`, () => assert.equal(parseWindows(text).ok, false));
}

test('an opening is never before the present, is open, and the minute before it is not', () => {
  const time = fc.integer({ min: Date.UTC(2026, 0, 1), max: Date.UTC(2027, 0, 1) });
  const clock = fc.integer({ min: 0, max: 23 }).map((hour) => `${String(hour).padStart(2, '0')}:00`);
  const zone = fc.constantFrom('UTC', 'Europe/Madrid', 'Africa/Cairo', 'Australia/Lord_Howe', 'Asia/Kolkata');
  const days = fc.constantFrom('', 'Mon-Fri ', 'Sat,Sun ', 'Sun ');
  fc.assert(
    fc.property(fc.tuple(days, clock, clock, zone), time, ([day, begin, end, timeZone], now) => {
      fc.pre(begin !== end);
      const windows = parseWindows(`${day}${begin}-${end} ${timeZone}`);
      assert.ok(windows.ok);
      const opening = nextOpening(windows.value, now);
      assert.ok(opening !== undefined && opening >= now);
      assert.equal(nextOpening(windows.value, opening), opening);
      if (opening > now) assert.notEqual(nextOpening(windows.value, opening - 1), opening - 1);
    }),
    { numRuns: 60 },
  );
});
