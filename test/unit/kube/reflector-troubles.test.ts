import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeClock } from '../../support/fake-clock.ts';
import { until } from '../../support/until.ts';
import { answer, thing, page, given } from './reflector-stage.ts';
import { hang, type WatchStep } from './scripted-client.ts';

describe('a reflector that cannot do its work', () => {
  it('is told that it may not list, and goes on when it may', async () => {
    const { clock, calls, reflector } = given([[answer(403)], [page('5', thing('a', '1'))]], [hang()]);

    await calls(1);
    await until('the problem', () => reflector.problem !== undefined);
    assert.equal(reflector.problem?.code, 'Forbidden');
    await clock.advance(30_000);
    await reflector.whenSynced(AbortSignal.timeout(20_000));

    assert.equal(reflector.problem, undefined);
  });

  it('counts an optional resource that is absent as empty, and looks for it every five minutes', async () => {
    const { clock, store, calls, reflector, client } = given(
      [[answer(404)], [page('5', thing('a', '1'))]],
      [hang()],
      { optional: true },
    );

    await reflector.whenSynced(AbortSignal.timeout(20_000));
    await until('the state', () => reflector.state === 'absent');
    await clock.advance(299_000);
    assert.equal(client.calls.length, 1);
    await clock.advance(1_000);
    await calls(3);

    assert.deepEqual(store.keys(), ['shop/a']);
  });

  it('has no problem with an optional resource that turns out to be absent, once it may ask', async () => {
    const { clock, calls, reflector } = given([[answer(403)], [answer(404)]], [hang()], { optional: true });

    await calls(1);
    await until('the problem', () => reflector.problem !== undefined);
    await clock.advance(30_000);
    await calls(2);
    await until('the state', () => reflector.state === 'absent');

    assert.equal(reflector.problem, undefined);
  });

  it('is not synced while a resource that it needs is absent', async () => {
    const { calls, clock, reflector } = given([[answer(404)]], [hang()]);

    await calls(1);
    await clock.advance(30_000);
    await calls(2);

    assert.ok(!reflector.synced);
    assert.equal(reflector.problem?.code, 'NotFound');
  });

  it('tells when a resource can be listed again that could not be any more', async () => {
    let told = 0;
    const { clock, calls } = given(
      [[page('5')], [answer(404)], [page('9')]],
      [{ lines: [], after: answer(404) }, hang()],
      { recovered: () => told++ },
    );

    await calls(2);
    await clock.advance(1_000);
    await calls(3);
    assert.equal(told, 0);
    await clock.advance(30_000);
    await calls(5);

    assert.equal(told, 1);
  });

  it('tells when the server answers again, also to a watch that goes on where it was', async () => {
    let told = 0;
    const { clock, calls } = given(
      [[page('5')]],
      [{ lines: [], after: answer(503) }, { lines: [], after: answer(503) }, hang()],
      { answers: () => told++ },
    );

    await calls(2);
    await clock.advance(1_000);
    await calls(3);
    assert.equal(told, 0);
    await clock.advance(30_000);
    await calls(4);

    await until('the answer', () => told === 1);
  });

  it('is stuck only when it does nothing for minutes, not while a server is slow, silent or gone', async () => {
    const never: WatchStep = { lines: [], after: 'hang' };
    const { clock, calls, reflector, client } = given(
      [[page('5')]],
      [{ lines: [], after: answer(429, '3600') }, never],
    );

    await calls(2);
    await until('a wait', () => clock.waiting === 1);
    for (let minute = 0; minute < 59; minute++) await clock.advance(60_000);
    assert.ok(!reflector.stuck, 'it waits as long as the server has asked');
    await clock.advance(60_000);
    await calls(3);
    await clock.advance(149_000);
    assert.ok(!reflector.stuck, 'the watch is silent');
    assert.equal(client.calls.length, 3);
  });

  it('is stuck when a request neither ends nor can be ended', async () => {
    const clock = new FakeClock();
    const deaf = {
      // eslint-disable-next-line require-yield -- it never comes so far
      async *list() {
        await new Promise(() => undefined);
      },
      async *watch() {},
    };
    const { reflector } = given([], [], { client: deaf, clock });

    await clock.advance(299_000);
    assert.ok(!reflector.stuck);
    await clock.advance(2_000);
    assert.ok(reflector.stuck);
  });
});
