import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Breaker } from '../../../src/registry/breaker.ts';
import { RegistryError } from '../../../src/registry/errors.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { accessTo, failureOf, given, patiently } from './harness.ts';

const down = new RegistryError('Unavailable', 'down', { retryable: true });

function opened(): { clock: FakeClock; breaker: Breaker } {
  const clock = new FakeClock();
  const breaker = new Breaker(clock);
  for (let failures = 0; failures < 5; failures++) {
    assert.equal(breaker.enter(), undefined);
    breaker.fail(down);
  }
  return { clock, breaker };
}

suite('the breaker of a host', () => {
  test('opens after five failures in a row, and says how long it stays so', () => {
    const { breaker } = opened();
    assert.deepEqual(breaker.enter(), { wait: 5_000, failure: down });
  });

  test('does not mind failures with successes between them', () => {
    const breaker = new Breaker(new FakeClock());
    for (let round = 0; round < 20; round++) {
      breaker.fail(down);
      if (round % 4 === 3) breaker.succeed();
    }
    assert.equal(breaker.enter(), undefined);
  });

  test('lets one request through when the rest is over, and the others wait for it', async () => {
    const { clock, breaker } = opened();
    await clock.advance(5_000);
    assert.equal(breaker.enter(), undefined);
    assert.equal(breaker.enter()?.wait, 1_000);
    breaker.succeed();
    assert.equal(breaker.enter(), undefined);
    assert.equal(breaker.enter(), undefined);
  });

  test('rests twice as long after each probe that fails, up to a minute', async () => {
    const { clock, breaker } = opened();
    const rests: number[] = [];
    for (let probe = 0; probe < 9; probe++) {
      const { wait } = breaker.enter() ?? assert.fail('it is open');
      rests.push(wait / 1_000);
      await clock.advance(wait);
      assert.equal(breaker.enter(), undefined);
      breaker.fail(down);
    }
    assert.deepEqual(rests, [5, 10, 20, 40, 60, 60, 60, 60, 60]);
  });

  test('lets another probe through when one ended without a result', async () => {
    const { clock, breaker } = opened();
    await clock.advance(5_000);
    breaker.enter();
    breaker.leave();
    assert.equal(breaker.enter(), undefined);
  });
});

suite('a host that fails again and again', () => {
  test('is asked no more for a while, and the error stays the same', async (t) => {
    const { registry, client } = await given(t);
    registry.faults.add({}, { kind: 'answer', status: 500 });
    const codes: string[] = [];
    for (const _ of [1, 2, 3, 4]) {
      codes.push((await failureOf(client.listTags(accessTo(registry), patiently))).message);
    }
    assert.equal(registry.requests.count(), 5);
    assert.deepEqual(new Set(codes).size, 1);
  });
});
