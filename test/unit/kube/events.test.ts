import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { errorOfAnswer } from '../../../src/kube/errors.ts';
import { EventRecorder } from '../../../src/kube/events.ts';
import { type JsonObject, numberAt, textAt } from '../../../src/model/json.ts';
import type { EventNote } from '../../../src/model/ports.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { silentLog } from '../../support/silence.ts';

const stops: AbortController[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop.abort();
});

function given() {
  const clock = new FakeClock();
  const stop = new AbortController();
  stops.push(stop);
  const created: JsonObject[] = [];
  const patched: { readonly path: string; readonly body: JsonObject }[] = [];
  const outcomes: string[] = [];
  /** The status of the next answers; 201 when none is left. */
  const answers: number[] = [];
  let tries = 0;
  const answer = async () => {
    await Promise.resolve();
    tries++;
    const status = answers.shift() ?? 201;
    if (status >= 400) throw errorOfAnswer({ method: 'POST', path: '/events' }, { status, body: undefined });
    return {};
  };
  const recorder = new EventRecorder({
    clock,
    log: silentLog,
    metrics: { event: (outcome) => outcomes.push(outcome) },
    source: { controller: 'plimsoll', instance: 'plimsoll-7f9_1' },
    signal: stop.signal,
    client: {
      create: async (_, body) => {
        const result = await answer();
        created.push(body);
        return result;
      },
      patch: async (path, body) => {
        const result = await answer();
        if (!Array.isArray(body)) patched.push({ path, body: body as JsonObject });
        return result;
      },
    },
  });
  return { clock, stop, recorder, created, patched, outcomes, answers, tries: () => tries };
}

function event(more: Partial<EventNote> = {}, uid = 'u-1'): EventNote {
  const regarding = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web', uid };
  return { regarding, type: 'Normal', reason: 'UpdateApplied', action: 'Update', note: '1.0 → 1.1', ...more };
}

describe('an event', () => {
  it('has all that events.k8s.io/v1 demands', async () => {
    const { recorder, created, clock, outcomes } = given();

    recorder.emit(event());
    await clock.advance(0);

    const [body] = created;
    assert.equal(textAt(body, 'apiVersion'), 'events.k8s.io/v1');
    assert.equal(textAt(body, 'metadata', 'namespace'), 'shop');
    assert.match(textAt(body, 'metadata', 'name') ?? '', /^web\.[0-9a-f]+$/);
    assert.equal(textAt(body, 'eventTime'), '2026-01-01T00:00:00.000000Z');
    assert.equal(textAt(body, 'reportingController'), 'plimsoll');
    assert.equal(textAt(body, 'reportingInstance'), 'plimsoll-7f9_1');
    assert.equal(textAt(body, 'note'), '1.0 → 1.1');
    assert.deepEqual(outcomes, ['sent']);
  });

  it('has a note of at most 1024 bytes, cut at a character', async () => {
    const { recorder, created, clock } = given();

    recorder.emit(event({ note: '⚓'.repeat(400) }));
    await clock.advance(0);

    const note = textAt(created[0], 'note') ?? '';
    assert.equal(note, `${'⚓'.repeat(340)}…`);
    assert.ok(Buffer.byteLength(note) <= 1_024);
  });

  it('has a valid name, however long and odd that of its object is', async () => {
    const { recorder, created, clock } = given();
    const { regarding } = event();

    for (const name of [`${'a'.repeat(230)}.${'b'.repeat(22)}`, 'Odd:Name_', '...']) {
      recorder.emit(event({ regarding: { ...regarding, name } }, name));
      recorder.emit(event({ note: name, regarding: { ...regarding, name } }));
    }
    await clock.advance(0);

    const names = created.map((body) => textAt(body, 'metadata', 'name') ?? '');
    assert.ok(names.every((name) => name.length <= 253 && /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(name)));
    assert.equal(new Set(names).size, names.length);
  });

  it('that repeats counts up one series instead of making more', async () => {
    const { recorder, created, patched, clock } = given();

    recorder.emit(event());
    await clock.advance(1_000);
    for (let count = 0; count < 5; count++) recorder.emit(event());
    await clock.advance(1_000);
    assert.equal(created.length, 1);
    assert.deepEqual(
      patched.map(({ body }) => numberAt(body, 'series', 'count')),
      [2],
    );

    recorder.emit(event());
    await clock.advance(360_000);
    assert.deepEqual(
      patched.map(({ body }) => numberAt(body, 'series', 'count')),
      [2, 7],
    );
    assert.equal(textAt(patched[1]?.body, 'series', 'lastObservedTime'), '2026-01-01T00:00:02.000000Z');
  });

  it('that comes again long after is a new one', async () => {
    const { recorder, created, clock } = given();

    recorder.emit(event());
    await clock.advance(800_000);
    recorder.emit(event());
    await clock.advance(0);

    assert.equal(created.length, 2);
  });

  it('begins again when the server has forgotten the series', async () => {
    const { recorder, created, answers, clock } = given();
    recorder.emit(event());
    await clock.advance(1_000);

    answers.push(404);
    recorder.emit(event());
    await clock.advance(1_000);

    assert.equal(created.length, 2);
  });

  it('with another note is other news', async () => {
    const { recorder, created, clock } = given();

    recorder.emit(event());
    recorder.emit(event({ note: '1.1 → 1.2' }));
    await clock.advance(0);

    assert.equal(created.length, 2);
  });
});

describe('too many events', () => {
  it('of one object are dropped beyond 25 at once and one in five minutes', async () => {
    const { recorder, created, outcomes, clock } = given();

    for (let count = 0; count < 40; count++) recorder.emit(event({ note: String(count) }));
    recorder.emit(event({}, 'u-2'));
    await clock.advance(0);
    assert.equal(created.length, 25 + 1);
    assert.equal(outcomes.filter((outcome) => outcome === 'dropped').length, 15);

    await clock.advance(300_000);
    for (let count = 40; count < 42; count++) recorder.emit(event({ note: String(count) }));
    await clock.advance(0);
    assert.equal(created.length, 25 + 1 + 1);
  });

  it('wait in a queue that has an end', async () => {
    const { recorder, outcomes, answers, clock } = given();
    answers.push(...Array.from({ length: 3 }, () => 503));

    for (let count = 0; count < 1_500; count++) recorder.emit(event({}, `u-${count}`));

    assert.ok(outcomes.filter((outcome) => outcome === 'dropped').length >= 498);
    await clock.advance(60_000);
    assert.ok(outcomes.filter((outcome) => outcome === 'sent').length <= 1_002);
  });
});

describe('a failing API server', () => {
  it('is tried twelve times, then the event is dropped', async () => {
    const { recorder, answers, outcomes, clock, tries } = given();
    answers.push(...Array.from({ length: 12 }, () => 500));

    recorder.emit(event());
    await clock.advance(600_000);

    assert.equal(tries(), 12);
    assert.deepEqual(outcomes, ['dropped']);
  });

  it('that refuses an event is not asked again', async () => {
    const { recorder, answers, outcomes, clock, tries } = given();
    answers.push(403);

    recorder.emit(event());
    await clock.advance(60_000);

    assert.equal(tries(), 1);
    assert.deepEqual(outcomes, ['dropped']);
  });

  it('whose answer got lost is not told twice', async () => {
    const { recorder, answers, outcomes, clock, tries } = given();
    answers.push(503, 409);

    recorder.emit(event());
    await clock.advance(60_000);

    assert.equal(tries(), 3);
    assert.deepEqual(outcomes, ['sent']);
  });
});

describe('flushing', () => {
  it('writes all that waits, then leaves no timer', async () => {
    const { recorder, created, patched, clock } = given();
    recorder.emit(event());
    await clock.advance(0);
    for (let count = 0; count < 3; count++) recorder.emit(event());
    recorder.emit(event({ note: 'last' }));

    await recorder.flush(5_000);

    assert.equal(created.length, 2);
    assert.deepEqual(
      patched.map(({ body }) => numberAt(body, 'series', 'count')),
      [2, 4],
    );
    assert.equal(clock.waiting, 0);
  });

  it('gives up at its deadline', async () => {
    const { recorder, answers, clock } = given();
    answers.push(...Array.from({ length: 12 }, () => 503));
    recorder.emit(event());

    const flushed = recorder.flush(2_000);
    await clock.advance(2_000);

    await flushed;
  });
});
