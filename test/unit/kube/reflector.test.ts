import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { until } from '../../support/until.ts';
import { answer, thing, page, event, bookmark, given } from './reflector-stage.ts';
import { hang, type WatchStep, type ScriptedClient } from './scripted-client.ts';

describe('a reflector', () => {
  it('lists all pages, then watches from there', async () => {
    const { client, store, reflector, calls } = given(
      [[page('5', thing('a', '1')), page('5', thing('b', '2'))]],
      [hang()],
    );

    await reflector.whenSynced(AbortSignal.timeout(20_000));
    await calls(2);

    assert.deepEqual(store.keys(), ['shop/a', 'shop/b']);
    assert.deepEqual(client.calls, ['list /apis/apps/v1/deployments', 'watch 5']);
    assert.equal(reflector.objects, 2);
    assert.equal(reflector.state, 'watching');
  });

  it('takes events in order, each before the next', async () => {
    const { changes, calls } = given(
      [[page('5', thing('a', '1'))]],
      [
        hang(
          event('ADDED', thing('b', '6')),
          event('MODIFIED', thing('a', '7')),
          event('DELETED', thing('a', '8')),
          event('MODIFIED', thing('b', '9')),
        ),
      ],
    );

    await calls(2);
    await until('four events', () => changes.length === 5);

    assert.deepEqual(changes, [
      'shop/a: - → 1',
      'shop/b: - → 6',
      'shop/a: 1 → 7',
      'shop/a: 7 → -',
      'shop/b: 6 → 9',
    ]);
  });

  it('resumes from the last version, bookmarks included, when a watch ends', async () => {
    const { client, clock, calls } = given(
      [[page('5')]],
      [
        { lines: [event('ADDED', thing('a', '6')), bookmark('11')], after: 'end' },
        { lines: [], after: answer(500) },
        hang(),
      ],
    );

    await calls(2);
    await clock.advance(1_000);
    await calls(3);
    await clock.advance(30_000);
    await calls(4);

    assert.deepEqual(client.calls.slice(1), ['watch 5', 'watch 11', 'watch 11']);
  });

  it('opens at most one watch a second, whatever the server does', async () => {
    const ended: WatchStep = { lines: [event('MODIFIED', thing('a', '6'))], after: 'end' };
    const { client, clock, calls } = given([[page('5')]], [ended]);

    await calls(2);
    await clock.advance(999);
    assert.equal(client.calls.length, 2);
    await clock.advance(1);
    await calls(3);
    for (let second = 0; second < 9; second++) await clock.advance(1_000);

    assert.equal(client.calls.length, 12);
  });

  it('lists again after 410, and tells what vanished meanwhile', async () => {
    const { client, clock, changes, calls } = given(
      [[page('5', thing('a', '1'), thing('b', '2'))], [page('9', thing('b', '2'), thing('c', '8'))]],
      [{ lines: [event('ERROR', { kind: 'Status', code: 410, reason: 'Expired' })], after: 'end' }, hang()],
    );

    await calls(2);
    await clock.advance(1_000);
    await calls(4);

    assert.deepEqual(client.calls.slice(2), ['list /apis/apps/v1/deployments', 'watch 9']);
    assert.deepEqual(changes.slice(2), ['shop/c: - → 8', 'shop/a: 1 → -']);
  });

  it('begins a list again when its continuation has expired', async () => {
    const { store, clock, calls } = given(
      [
        [page('5', thing('gone', '1')), answer(410)],
        [page('8', thing('a', '7')), page('8', thing('b', '7'))],
      ],
      [hang()],
    );

    await calls(1);
    await clock.advance(1_000);
    await calls(3);

    assert.deepEqual(store.keys(), ['shop/a', 'shop/b']);
  });

  it('backs off up to half a minute while the server fails, and keeps trying', async () => {
    const { client, clock, calls, reflector } = given([[answer(503)]], [hang()]);
    const waits: number[] = [];

    for (let attempt = 1; attempt <= 9; attempt++) {
      await calls(attempt);
      await until('a wait', () => clock.waiting === 1);
      const wait = clock.next ?? 0;
      waits.push(Math.round(wait / 100) / 10);
      await clock.advance(wait);
    }

    assert.deepEqual(waits, [0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 30, 30, 30]);
    assert.equal(reflector.problem?.code, 'Unavailable');
    assert.ok(!reflector.synced);
    assert.ok(client.calls.every((call) => call.startsWith('list')));
  });

  it('waits as long as the server asks, and then resumes without a list', async () => {
    const { client, clock, calls } = given([[page('5')]], [{ lines: [], after: answer(429, '17') }, hang()]);

    await calls(2);
    await until('a wait', () => clock.waiting === 1);
    assert.equal(clock.next, 17_000);
    await clock.advance(17_000);
    await calls(3);

    assert.equal(client.calls[2], 'watch 5');
  });

  it('gives up a silent watch after 150 seconds and resumes it', async () => {
    const { client, clock, calls, restarts } = given([[page('5')]], [hang(bookmark('6')), hang()]);

    await calls(2);
    await clock.advance(149_000);
    assert.equal(client.calls.length, 2);
    await clock.advance(2_000);
    await calls(3);

    assert.equal(client.calls[2], 'watch 6');
    assert.deepEqual(restarts, ['Timeout']);
  });

  it('lists again after five resumes that brought nothing', async () => {
    const { client, clock, calls } = given([[page('5')], [page('9')]], [{ lines: [], after: answer(500) }]);

    for (let attempt = 2; attempt <= 7; attempt++) {
      await calls(attempt);
      await clock.advance(30_000);
    }

    assert.deepEqual(client.calls.slice(1, 8), [
      ...Array.from({ length: 5 }, () => 'watch 5'),
      'list /apis/apps/v1/deployments',
      'watch 9',
    ]);
  });

  const pausesOf = (client: ScriptedClient) =>
    client.watchedAt.slice(1).map((at, index) => (at - (client.watchedAt[index] ?? 0)).toFixed(1));

  it('backs off from a server that cuts every watch at once, though each brings something', async () => {
    const brief: WatchStep = { lines: [bookmark('6')], after: answer(500) };
    const { clock, calls, client } = given([[page('5')]], [brief, brief, brief, brief, hang()]);

    await calls(2);
    for (let step = 0; step < 150; step++) await clock.advance(100);

    // One second is the least between two watches.
    assert.deepEqual(pausesOf(client), ['1.0', '1.6', '3.2', '6.4']);
  });

  it('begins its backoff anew after a watch that lived for a while, however often that is cut', async () => {
    const brief: WatchStep = { lines: [bookmark('6')], after: answer(500) };
    const lived: WatchStep = { lines: [bookmark('7')], every: 6_000, after: answer(500) };
    const { clock, calls, client } = given([[page('5')]], [brief, brief, lived, lived, lived, lived, hang()]);

    await calls(2);
    for (let step = 0; step < 350; step++) await clock.advance(100);

    // Six seconds of watching and the least wait, each time.
    assert.deepEqual(pausesOf(client), ['1.0', '1.6', '6.8', '6.8', '6.8', '6.8']);
  });

  it('does not count a silent watch as one that lived', async () => {
    const { clock, calls, client } = given([[page('5')]], [hang()]);

    await calls(2);
    for (let step = 0; step < 480; step++) await clock.advance(1_000);

    assert.deepEqual(
      pausesOf(client).map((pause) => Math.round(Number(pause)) >= 151),
      [true, true, true],
    );
    assert.ok(Number(pausesOf(client)[2]) - Number(pausesOf(client)[0]) > 1);
  });

  it('survives a listener that throws', async () => {
    const { store, calls } = given(
      [[page('5')]],
      [hang(event('ADDED', thing('a', '6')), event('ADDED', thing('b', '7')))],
    );
    store.onChange(() => {
      throw new Error('a bug');
    });

    await calls(2);
    await until('both objects', () => store.size === 2);
  });

  it('resumes after a line that is no event', async () => {
    const { clock, client, calls } = given(
      [[page('5')]],
      [hang(bookmark('6'), event('SURPRISE', thing('a', '7'))), hang()],
    );

    await calls(2);
    await clock.advance(2_000);
    await calls(3);

    assert.equal(client.calls[2], 'watch 6');
  });

  it('ends when it is told to, and leaves no timer behind', async () => {
    const { clock, calls, stop, reflector } = given([[page('5')]], [hang()]);

    await calls(2);
    await stop();

    assert.equal(reflector.state, 'stopped');
    assert.equal(clock.waiting, 0);
  });
});
