import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { LookTimes } from '../../../../src/controllers/repositories/look-times.ts';
import type { RepositoryKey } from '../../../../src/controllers/repositories/repository-store.ts';

const minute = 60_000;
const every = (milliseconds: number) => ({ kind: 'every', milliseconds }) as const;
const daily = { kind: 'cron', expression: '0 4 * * *', timeZone: 'UTC' } as const;
const keys = Array.from(
  { length: 1_000 },
  (_, index): RepositoryKey => `ghcr.io/shop/app-${index}#anonymous`,
);
const times = new LookTimes('a cluster');
const start = Date.parse('2026-03-01T12:00:01.234Z');

suite('the times of looks', () => {
  test('spread repositories evenly over the interval after a start', () => {
    const waits = keys.map((key) => times.next(key, [every(5 * minute)], start) - start);
    assert.ok(waits.every((wait) => wait >= 0.5 * minute && wait <= 5.5 * minute));
    for (let part = 0; part < 5; part++) {
      const from = (part + 0.5) * minute;
      const within = waits.filter((wait) => wait >= from && wait < from + minute).length;
      assert.ok(within > 140 && within < 260, `${within} of 1000 in part ${part}`);
    }
  });

  test('gather them in beats of five seconds', () => {
    const beats = [...new Set(keys.map((key) => times.next(key, [every(30_000)], start)))];
    beats.sort((a, b) => a - b);
    assert.equal(beats.length, 6);
    const [first = 0] = beats;
    assert.deepEqual(
      beats,
      [0, 1, 2, 3, 4, 5].map((beat) => first + beat * 5_000),
    );
  });

  for (const interval of [1_000, 7_000, 10_000, 5 * minute, 6 * 60 * minute]) {
    test(`come once in an interval of ${interval} ms from then on, however long a look takes`, () => {
      for (const key of keys.slice(0, 50)) {
        let due = times.next(key, [every(interval)], start);
        for (let look = 1; look <= 20; look++) {
          const next = times.next(key, [every(interval)], due + (look / 21) * 0.9 * interval);
          assert.ok(Math.abs(next - due - interval) <= 1, `${next - due} ms`);
          due = next;
        }
      }
    });
  }

  test('are the same for one repository whatever the credential and the process', () => {
    const timeOf = (key: RepositoryKey) => new LookTimes('a').next(key, [every(5 * minute)], start);
    assert.equal(timeOf('ghcr.io/shop/web#anonymous'), timeOf('ghcr.io/shop/web#x7Gf'));
  });

  test('are others in each cluster, so that the world does not ask for one repository at one moment', () => {
    const clusters = Array.from({ length: 1_000 }, (_, index) => new LookTimes(`cluster ${index}`));
    const waits = clusters.map((each) => each.next('docker.io/library/nginx#', [every(5 * minute)], start));
    assert.ok(new Set(waits).size > 950);
    const early = waits.filter((wait) => wait - start < 3 * minute).length;
    assert.ok(early > 420 && early < 580, `${early} of 1000 in the first half`);
  });

  test('follow the most eager subscriber', () => {
    const [key = 'a/b#c'] = keys;
    const eager = times.next(key, [every(10_000)], start);
    assert.equal(times.next(key, [every(15_000), every(10_000), daily], start), eager);
  });

  test('put the looks of a schedule, which all have at the same minute, off by a minute at most', () => {
    const due = Date.parse('2026-03-02T04:00:00Z');
    const waits = keys.map((key) => times.next(key, [daily], start) - due);
    assert.ok(waits.every((wait) => wait >= 0 && wait < minute));
    assert.equal(new Set(waits).size, 12);
  });
});
