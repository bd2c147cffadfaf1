import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { lookPhase } from '../../../src/controllers/look-phase.ts';
import type { RepositoryKey } from '../../../src/controllers/repository-store.ts';

const every = { kind: 'every', milliseconds: 300_000 } as const;
const cron = { kind: 'cron', expression: '0 4 * * *', timeZone: 'UTC' } as const;
const keys = Array.from(
  { length: 1_000 },
  (_, index): RepositoryKey => `ghcr.io/shop/app-${index}#anonymous`,
);

suite('the phase of looks', () => {
  test('spreads repositories evenly over fifteen percent of the interval', () => {
    const phases = keys.map((key) => lookPhase(key, { schedules: [every], isFirst: true }, 300_000));
    assert.ok(phases.every((phase) => phase >= 0 && phase < 45_000));
    for (let part = 0; part < 5; part++) {
      const within = phases.filter((phase) => phase >= part * 9_000 && phase < (part + 1) * 9_000).length;
      assert.ok(within > 140 && within < 260, `${within} of 1000 in part ${part}`);
    }
  });

  test('is the same for one repository whatever the credential and the process', () => {
    const phaseOf = (key: RepositoryKey) => lookPhase(key, { schedules: [every], isFirst: true }, 300_000);
    assert.equal(phaseOf('ghcr.io/shop/web#anonymous'), phaseOf('ghcr.io/shop/web#x7Gf'));
  });

  test('shifts an interval once and leaves it alone from then on', () => {
    const [key] = keys;
    assert.ok(key !== undefined);
    assert.equal(lookPhase(key, { schedules: [every], isFirst: false }, 300_000), 0);
  });

  test('spreads every look of a schedule, which all have at the same minute, over a minute at most', () => {
    const phases = keys.map((key) => lookPhase(key, { schedules: [cron], isFirst: false }, 86_400_000));
    assert.ok(phases.every((phase) => phase >= 0 && phase < 60_000));
    assert.ok(new Set(phases).size > 900);
  });
});
