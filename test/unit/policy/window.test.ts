import assert from 'node:assert/strict';
import { test } from 'node:test';
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
