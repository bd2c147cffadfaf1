import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { UpdateTeller } from '../../../../src/controllers/workloads/update-teller.ts';
import type { HistoryEntry } from '../../../../src/model/tracked-image.ts';
import { aWorkload, containerOf } from '../../../support/deployments.ts';
import { digestOf } from '../../../support/fake-registry.ts';
import { RecordingEvents, RecordingLog, RecordingMetrics } from '../../../support/recorders.ts';
import { aStatus } from '../../../support/tracked-images.ts';

const workload = aWorkload();
const status = aStatus('UpToDate', { image: 'app:1.2.3', latest: '1.2.3', message: 'newest' });
const failure: HistoryEntry = {
  from: 'app:1.2.3',
  to: 'app:1.3.0',
  digest: undefined,
  at: '2026-01-01T00:00:00.000Z',
  outcome: 'Failed',
  generation: 2,
  seconds: 60,
};
let events: RecordingEvents;
let logger: RecordingLog;
let metrics: RecordingMetrics;
let teller: UpdateTeller;

beforeEach(() => {
  events = new RecordingEvents();
  logger = new RecordingLog();
  metrics = new RecordingMetrics();
  teller = new UpdateTeller({ events, logger, metrics });
});

test('the same state, reason, candidate and image are not told again, whatever the message', () => {
  teller.decided(workload, 'app', status, { ...status, message: 'still newest', latest: '2' });
  assert.deepEqual([events.events.length, logger.lines.length, metrics.lines.length], [0, 0, 0]);
});

test('a change is counted and logged, without an event where nobody must know', () => {
  teller.decided(workload, 'app', undefined, status);
  assert.deepEqual(metrics.lines, ['decision UpToDate UpToDate']);
  assert.deepEqual(
    logger.lines.map(({ level, message }) => [level, message]),
    [['info', 'newest']],
  );
  assert.equal(events.events.length, 0);
});

for (const [state, reason, type, told] of [
  ['Error', 'Unavailable', 'Warning', 'Unavailable'],
  ['Error', 'WriteDenied', 'Warning', 'WriteDenied'],
  ['Deferred', 'RateLimited', 'Warning', 'RateLimited'],
  ['Held', 'NotifyOnly', 'Normal', 'UpdateHeld'],
] as const) {
  test(`${reason} is one event on the workload`, () => {
    teller.decided(workload, 'app', status, { ...status, state, reason, candidate: '1.3.0' });
    const [event, ...more] = events.events;
    assert.deepEqual(more, []);
    assert.deepEqual([event?.type, event?.reason, event?.regarding.name], [type, told, 'web']);
    assert.match(event?.note ?? '', /^app: /);
  });
}

test('a hold without a candidate is no event', () => {
  teller.decided(workload, 'app', status, { ...status, state: 'Held', reason: 'NoTag' });
  assert.equal(events.events.length, 0);
});

test('an update is counted once, and logged for each container', () => {
  const change = { container: containerOf(workload), digest: digestOf('new'), policy: 'minor' };
  teller.applied(workload, [
    { ...change, to: 'app:1.3.0', how: 'image' },
    { ...change, to: 'app:1.2.3', how: 'restart' },
  ]);
  assert.deepEqual(metrics.lines, ['update shop applied']);
  assert.deepEqual(
    logger.lines.map(({ message }) => message),
    ['update applied', 'update applied'],
  );
});

test('an update that is remembered is an event, which says from what to what and why', () => {
  const record = { ...failure, container: 'app', digest: digestOf('new'), policy: 'minor' };
  const annotations = { 'plimsoll.dev/last-update': JSON.stringify(record) };
  teller.remembered(aWorkload({ annotations }), 'app', failure);
  teller.remembered(workload, 'app', { ...failure, to: failure.from, digest: digestOf('new') });
  assert.deepEqual(
    events.events.map(({ note }) => note),
    ['app: app:1.2.3 -> app:1.3.0 (policy minor)', `app: restarted for ${digestOf('new')}`],
  );
});

test('the end of a rollout is told once, as a warning where it failed', () => {
  teller.decided(workload, 'app', status, { ...status, state: 'Error', reason: 'RolloutFailed' });
  teller.ended(workload, 'app', failure, 'timed out');
  teller.ended(workload, 'app', { ...failure, outcome: 'Verified' }, 'fine');
  assert.deepEqual(
    events.events.map(({ type, reason }) => `${type} ${reason}`),
    ['Warning RolloutFailed', 'Normal RolloutVerified'],
  );
  assert.equal(metrics.count('rollout shop Failed'), 1);
});

test('what became of a patch is counted', () => {
  teller.denied(workload);
  teller.lost(workload);
  teller.failed(workload);
  assert.deepEqual(metrics.lines, ['update shop denied', 'update shop conflict', 'update shop failed']);
});
