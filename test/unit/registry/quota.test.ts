import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { HttpAnswer } from '../../../src/registry/http-exchange.ts';
import { QuotaKeeper, readQuota, readReset } from '../../../src/registry/quota.ts';
import { FakeClock } from '../../support/fake-clock.ts';

function answer(headers: Readonly<Record<string, string>>): HttpAnswer {
  return { status: 200, headers, body: Buffer.alloc(0), url: new URL('https://registry-1.docker.io/v2/') };
}

suite('reading a budget', () => {
  const cases: readonly (readonly [limit: string, remaining: string, expected: unknown])[] = [
    ['100;w=21600', '76;w=21600', { limit: 100, remaining: 76, window: 21_600 }],
    ['100', '0', { limit: 100, remaining: 0, window: undefined }],
    ['600, 600;w=60', '12', { limit: 600, remaining: 12, window: 60 }],
    ['', '12', undefined],
    ['many', '12', undefined],
    ['-1', '-1', undefined],
  ];
  for (const [limit, remaining, expected] of cases) {
    test(`of ${limit} and ${remaining}`, () => {
      const headers = { 'ratelimit-limit': limit, 'ratelimit-remaining': remaining };
      assert.deepEqual(readQuota(answer(headers)), expected);
    });
  }

  test('finds none where the headers are absent: the account has no limit', () => {
    assert.equal(readQuota(answer({})), undefined);
  });

  test('understands a reset in seconds from now and since the epoch', () => {
    const now = Date.UTC(2026, 0, 1);
    assert.equal(readReset(answer({ 'ratelimit-reset': '30' }), now), 30_000);
    assert.equal(readReset(answer({ 'ratelimit-reset': String(now / 1_000 + 90) }), now), 90_000);
    assert.equal(readReset(answer({ 'ratelimit-reset': '99999' }), now), 3_600_000);
    assert.equal(readReset(answer({ 'ratelimit-reset': 'soon' }), now), undefined);
  });
});

suite('the keeper of a budget', () => {
  test('stops charged requests when less than a fifth is left, until a later answer says otherwise', () => {
    const keeper = new QuotaKeeper(new FakeClock());
    keeper.note({ limit: 100, remaining: 20, window: 21_600 }, 0.2);
    assert.equal(keeper.refuse(), undefined);
    keeper.note({ limit: 100, remaining: 19, window: 21_600 }, 0.2);
    assert.match(keeper.refuse()?.why ?? '', /fewer than 20 of 100 pulls/);
    keeper.note({ limit: 100, remaining: 60, window: 21_600 }, 0.2);
    assert.equal(keeper.refuse(), undefined);
  });

  test('leaves others the part that the operator says, be it nothing or everything', () => {
    const keeper = new QuotaKeeper(new FakeClock());
    keeper.note({ limit: 100, remaining: 49, window: 21_600 }, 0.5);
    assert.match(keeper.refuse()?.why ?? '', /fewer than 50 of 100 pulls/);
    keeper.note({ limit: 100, remaining: 0, window: 21_600 }, 0);
    assert.equal(keeper.refuse(), undefined);
    keeper.note({ limit: 100, remaining: 99, window: 21_600 }, 1);
    assert.match(keeper.refuse()?.why ?? '', /fewer than 100 of 100 pulls/);
  });

  test('forgets a low budget when its window is over', async () => {
    const clock = new FakeClock();
    const keeper = new QuotaKeeper(clock);
    keeper.note({ limit: 100, remaining: 0, window: 600 }, 0.2);
    await clock.advance(599_000);
    assert.equal(keeper.refuse()?.wait, 1_000);
    await clock.advance(1_000);
    assert.equal(keeper.refuse(), undefined);
  });

  test('waits as long as it was told when the budget is spent', async () => {
    const clock = new FakeClock();
    const keeper = new QuotaKeeper(clock);
    keeper.spend(900_000);
    assert.equal(keeper.refuse()?.wait, 900_000);
    await clock.advance(900_000);
    assert.equal(keeper.refuse(), undefined);
  });
});
