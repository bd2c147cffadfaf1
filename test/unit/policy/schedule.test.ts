import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { LookSchedule } from '../../../src/model/policy.ts';
import { nextLook, parseSchedule } from '../../../src/policy/schedule.ts';

function read(text: string): LookSchedule {
  const schedule = parseSchedule(text);
  assert.ok(schedule.ok, schedule.ok ? '' : schedule.problem.message);
  return schedule.value;
}

for (const [text, expression, timeZone] of [
  ['0 4 * * *', '0 4 * * *', 'UTC'],
  ['  0   4 * * MON-FRI ', '0 4 * * MON-FRI', 'UTC'],
  ['0 4 * * MON', '0 4 * * MON', 'UTC'],
  ['*/10 0 4 * * *', '*/10 0 4 * * *', 'UTC'],
  ['@hourly', '0 * * * *', 'UTC'],
  ['@daily Europe/Madrid', '0 0 * * *', 'Europe/Madrid'],
  ['0 4 * * * America/Argentina/Buenos_Aires', '0 4 * * *', 'America/Argentina/Buenos_Aires'],
] as const) {
  test(`${text} is a cron expression`, () =>
    assert.deepEqual(read(text), { kind: 'cron', expression, timeZone }));
}

test('@every is an interval', () => {
  assert.deepEqual(read('@every 1m30s'), { kind: 'every', milliseconds: 90_000 });
});

for (const text of [
  '',
  '@every',
  '@every 0s',
  '@every 5m UTC',
  '@sometimes',
  'constructor',
  '* * * *',
  '* * * * * * *',
  '61 * * * *',
  '0 4 * * * Mars/Olympus',
  `0 4 * * ${'1,'.repeat(200)}1`,
]) {
  test(`${JSON.stringify(text.slice(0, 30))} is no schedule`, () => {
    const schedule = parseSchedule(text);
    assert.ok(!schedule.ok);
    assert.equal(schedule.problem.reason, 'InvalidPolicy');
  });
}

const monday = Date.UTC(2026, 1, 2, 3, 4, 5);

for (const [text, next] of [
  ['@every 5m', '2026-02-02T03:09:05.000Z'],
  ['* * * * *', '2026-02-02T03:05:00.000Z'],
  ['4 3 * * *', '2026-02-03T03:04:00.000Z'],
  ['0 4 * * *', '2026-02-02T04:00:00.000Z'],
  ['0 4 * * SUN', '2026-02-08T04:00:00.000Z'],
  ['*/10 * * * * *', '2026-02-02T03:04:10.000Z'],
  ['0 4 * * * Europe/Madrid', '2026-02-03T03:00:00.000Z'],
  ['30 9 * * * Asia/Kolkata', '2026-02-02T04:00:00.000Z'],
  ['0 4 * * * Asia/Kathmandu', '2026-02-02T22:15:00.000Z'],
  ['0 0 1 3 *', '2026-03-01T00:00:00.000Z'],
] as const) {
  test(`after Monday 03:04:05 ${text} is next due at ${next}`, () => {
    assert.equal(new Date(nextLook(read(text), monday)).toISOString(), next);
  });
}

test('a summer-time change neither loses nor repeats a daily look', () => {
  const schedule = read('0 9 * * * Europe/Madrid');
  let time = Date.UTC(2026, 2, 27, 12);
  const seen: string[] = [];
  for (let day = 0; day < 4; day++) {
    time = nextLook(schedule, time);
    seen.push(new Date(time).toISOString().slice(5, 16));
  }
  assert.deepEqual(seen, ['03-28T08:00', '03-29T07:00', '03-30T07:00', '03-31T07:00']);
});

test('the next look is always later, and none lies between', () => {
  const expressions = fc.constantFrom('*/7 * * * *', '15 */3 * * *', '0 0 * * 1', '5,35 8-10 * * *');
  fc.assert(
    fc.property(expressions, fc.integer({ min: 0, max: 30 * 86_400_000 }), (text, offset) => {
      const schedule = read(text);
      const last = monday + offset;
      const next = nextLook(schedule, last);
      assert.ok(next > last);
      assert.equal(nextLook(schedule, next - 1), next);
    }),
    { numRuns: 30 },
  );
});
