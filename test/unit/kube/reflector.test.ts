import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import type { ListPage } from '../../../src/kube/client.ts';
import { errorOfAnswer } from '../../../src/kube/errors.ts';
import { Reflector, type ReflectorOptions } from '../../../src/kube/reflector.ts';
import { resources } from '../../../src/kube/resources.ts';
import { Store } from '../../../src/kube/store.ts';
import { type JsonObject, textAt } from '../../../src/model/json.ts';
import type { ReflectorFact } from '../../../src/model/ports.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { silentLog } from '../../support/silence.ts';
import { until } from '../../support/until.ts';
import { hang, type ListStep, ScriptedClient, type WatchStep } from './scripted-client.ts';

const request = { method: 'WATCH', path: '/apis/apps/v1/deployments' };
const answer = (status: number, retryAfter?: string) =>
  errorOfAnswer(request, { status, body: undefined, retryAfter });
const thing = (name: string, resourceVersion: string, uid = `uid-${name}`): JsonObject => ({
  metadata: { namespace: 'shop', name, uid, resourceVersion },
});
const page = (resourceVersion: string, ...items: JsonObject[]): ListPage => ({ resourceVersion, items });
const event = (type: string, object: JsonObject) => ({ type, object });
const bookmark = (resourceVersion: string) => event('BOOKMARK', { metadata: { resourceVersion } });

const running: AbortController[] = [];
afterEach(() => {
  for (const controller of running.splice(0)) controller.abort();
});

/** Starts a reflector that keeps each object's resourceVersion. */
function given(
  lists: readonly ListStep[],
  watches: readonly WatchStep[],
  more: Partial<ReflectorOptions<string>> = {},
) {
  const clock = new FakeClock();
  const client = new ScriptedClient(clock, lists, watches);
  const store = new Store<string>();
  const facts: ReflectorFact[] = [];
  const changes: string[] = [];
  store.onChange((key, now, before) => changes.push(`${key}: ${before ?? '-'} → ${now ?? '-'}`));
  const reflector = new Reflector({
    client,
    clock,
    store,
    resource: resources.deployments,
    project: (object) => textAt(object, 'metadata', 'resourceVersion'),
    log: silentLog,
    metrics: { reflector: (_, fact) => facts.push(fact) },
    random: () => 0.999,
    ...more,
  });
  const controller = new AbortController();
  running.push(controller);
  const ended = reflector.run(controller.signal);
  const stop = () => {
    controller.abort();
    return ended;
  };
  const calls = (count: number) => until(`${count} calls`, () => client.calls.length >= count);
  return { clock, client, store, changes, facts, reflector, calls, stop };
}

describe('a reflector', () => {
  it('lists all pages, then watches from there', async () => {
    const { client, store, reflector, calls, facts } = given(
      [[page('5', thing('a', '1')), page('5', thing('b', '2'))]],
      [hang()],
    );

    await reflector.whenSynced(AbortSignal.timeout(20_000));
    await calls(2);

    assert.deepEqual(store.keys(), ['shop/a', 'shop/b']);
    assert.deepEqual(client.calls, ['list /apis/apps/v1/deployments', 'watch 5']);
    assert.ok(facts.some((fact) => fact.kind === 'synced' && fact.objects === 2));
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
    const { client, clock, calls, facts } = given([[page('5')]], [hang(bookmark('6')), hang()]);

    await calls(2);
    await clock.advance(149_000);
    assert.equal(client.calls.length, 2);
    await clock.advance(2_000);
    await calls(3);

    assert.equal(client.calls[2], 'watch 6');
    assert.ok(facts.some((fact) => fact.kind === 'restart' && fact.cause === 'Timeout'));
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

  it('resets its backoff after a minute of healthy watching, not after an event', async () => {
    const brief: WatchStep = { lines: [bookmark('6')], after: answer(500) };
    const healthy: WatchStep = { lines: [bookmark('7'), bookmark('8')], every: 31_000, after: answer(500) };
    const { clock, calls, client } = given([[page('5')]], [brief, brief, brief, healthy, hang()]);

    await calls(2);
    for (let step = 0; step < 80; step++) await clock.advance(1_000);

    const pauses = client.watchedAt.slice(1).map((at, index) => at - (client.watchedAt[index] ?? 0));
    // One second is the least between two watches; the healthy one lasted 62 seconds.
    assert.deepEqual(
      pauses.map((seconds) => seconds.toFixed(1)),
      ['1.0', '1.6', '3.2', '62.8'],
    );
  });

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

  it('is not synced while a resource that it needs is absent', async () => {
    const { calls, clock, reflector } = given([[answer(404)]], [hang()]);

    await calls(1);
    await clock.advance(30_000);
    await calls(2);

    assert.ok(!reflector.synced);
    assert.equal(reflector.problem?.code, 'NotFound');
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
