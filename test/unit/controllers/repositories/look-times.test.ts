import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { nextLookAt } from '../../../../src/controllers/repositories/look-times.ts';
import type { RepositoryKey } from '../../../../src/controllers/repositories/repository-store.ts';

const minute = 60_000;
const every = (milliseconds: number) => ({ kind: 'every', milliseconds }) as const;
const daily = { kind: 'cron', expression: '0 4 * * *', timeZone: 'UTC' } as const;
const keys = Array.from(
  { length: 1_000 },
  (_, index): RepositoryKey => `ghcr.io/shop/app-${index}#anonymous`,
);
const start = Date.parse('2026-03-01T12:00:01.234Z');

suite('the times of looks', () => {
  test('spread repositories evenly over the interval after a start', () => {
    const waits = keys.map((key) => nextLookAt(key, [every(5 * minute)], start) - start);
    assert.ok(waits.every((wait) => wait >= 0.5 * minute && wait <= 5.5 * minute));
    for (let part = 0; part < 5; part++) {
      const from = (part + 0.5) * minute;
      const within = waits.filter((wait) => wait >= from && wait < from + minute).length;
      assert.ok(within > 140 && within < 260, `${within} of 1000 in part ${part}`);
    }
  });

  test('gather them in beats of five seconds', () => {
    const times = new Set(keys.map((key) => nextLookAt(key, [every(30_000)], start)));
    assert.equal(times.size, 6);
    assert.ok([...times].every((time) => time % 5_000 === 0));
  });

  for (const interval of [1_000, 7_000, 10_000, 5 * minute, 6 * 60 * minute]) {
    test(`come once in an interval of ${interval} ms from then on, however long a look takes`, () => {
      for (const key of keys.slice(0, 50)) {
        let due = nextLookAt(key, [every(interval)], start);
        for (let look = 1; look <= 20; look++) {
          const next = nextLookAt(key, [every(interval)], due + (look / 21) * 0.9 * interval);
          assert.ok(Math.abs(next - due - interval) <= 1, `${next - due} ms`);
          due = next;
        }
      }
    });
  }

  test('are the same for one repository whatever the credential and the process', () => {
    const timeOf = (key: RepositoryKey) => nextLookAt(key, [every(5 * minute)], start);
    assert.equal(timeOf('ghcr.io/shop/web#anonymous'), timeOf('ghcr.io/shop/web#x7Gf'));
  });

  test('follow the most eager subscriber', () => {
    const [key = 'a/b#c'] = keys;
    const eager = nextLookAt(key, [every(10_000)], start);
    assert.equal(nextLookAt(key, [every(15_000), every(10_000), daily], start), eager);
  });

  test('put the looks of a schedule, which all have at the same minute, off by a minute at most', () => {
    const due = Date.parse('2026-03-02T04:00:00Z');
    const waits = keys.map((key) => nextLookAt(key, [daily], start) - due);
    assert.ok(waits.every((wait) => wait >= 0 && wait < minute));
    assert.equal(new Set(waits).size, 12);
  });
});
