import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { queryObjects } from 'node:v8';
import type { QueueFact } from '../../../src/model/ports.ts';
import { WorkQueue, type WorkQueueOptions, type WorkResult } from '../../../src/runtime/work-queue.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { RecordingMetrics } from '../../support/recorders.ts';

let clock: FakeClock;
let metrics: RecordingMetrics;
let stop: AbortController;
let running: Promise<void>;
/** Handlers that were begun and not ended. */
let open: ((result: WorkResult) => void)[];

beforeEach(() => {
  clock = new FakeClock();
  metrics = new RecordingMetrics();
  stop = new AbortController();
  running = Promise.resolve();
  open = [];
});

afterEach(async () => {
  stop.abort();
  for (const end of open) end({});
  await running;
});

type Handle = WorkQueueOptions<string>['handle'];

function queueOf(handle: Handle, options: Partial<WorkQueueOptions<string>> = {}): WorkQueue<string> {
  const failed = () => undefined;
  const queue = new WorkQueue({ name: 'test', clock, metrics, workers: 2, failed, handle, ...options });
  running = queue.run(stop.signal);
  return queue;
}

/** A handler that notes its keys and ends each only when it is told to. */
function gated(): { handle: Handle; begun: string[]; end: (result?: WorkResult) => Promise<void> } {
  const begun: string[] = [];
  const handle: Handle = (key) => {
    begun.push(key);
    return new Promise((resolve) => open.push(resolve));
  };
  const end = async (result: WorkResult = {}) => {
    open.shift()?.(result);
    await clock.advance(0);
  };
  return { handle, begun, end };
}

test('what is under way can be asked for, with how long it has been so', async () => {
  let underWay: () => readonly number[] = () => [];
  const queue = (_name: string, fact: QueueFact) => {
    if (fact.kind === 'created') underWay = fact.underWay;
  };
  const { handle, end } = gated();
  const work = queueOf(handle, { metrics: { queue } });
  work.add('a');
  await clock.advance(3_000);
  work.add('b');
  await clock.advance(2_000);
  assert.deepEqual(underWay(), [5, 2]);
  await end();
  assert.deepEqual(underWay(), [2]);
});

test('a key that waits is not added twice', async () => {
  const begun: string[] = [];
  const queue = queueOf(async (key) => {
    begun.push(key);
    return {};
  });
  queue.add('a');
  queue.add('a');
  await clock.advance(0);
  assert.deepEqual(begun, ['a']);
  assert.equal(metrics.count('queue test added'), 1);
});

test('a key that is added while it is handled is handled once more afterwards, never at the same time', async () => {
  const { handle, begun, end } = gated();
  const queue = queueOf(handle);
  queue.add('a');
  await clock.advance(0);
  queue.add('a');
  queue.add('a');
  await clock.advance(0);
  assert.deepEqual(begun, ['a']);
  await end();
  assert.deepEqual(begun, ['a', 'a']);
  await end();
  assert.deepEqual(begun, ['a', 'a']);
  assert.ok(queue.idle);
});

test('no more keys are handled at once than there are workers, in the order they came', async () => {
  const { handle, begun, end } = gated();
  const queue = queueOf(handle);
  for (const key of ['a', 'b', 'c', 'd']) queue.add(key);
  await clock.advance(0);
  assert.deepEqual(begun, ['a', 'b']);
  assert.ok(!queue.idle);
  await end();
  assert.deepEqual(begun, ['a', 'b', 'c']);
});

test('a key comes back when its handler says', async () => {
  let times = 0;
  const queue = queueOf(async () => (times++ === 0 ? { after: 5_000 } : {}));
  queue.add('a');
  await clock.advance(4_999);
  assert.equal(times, 1);
  assert.ok(queue.idle, 'what is due later does not count');
  await clock.advance(1);
  assert.equal(times, 2);
});

test('a key that is never done leaves the rest of the process its turn', async () => {
  let times = 0;
  const queue = queueOf(async () => (times++ < 1_000 ? { after: 0 } : {}));
  queue.add('a');
  await clock.advance(10);
  assert.ok(times <= 11, `${times}`);
});

test('a queue is idle for as long as nothing is due', async () => {
  const queue = queueOf(async () => ({ after: 5_000 }));
  assert.ok(queue.idleFor(60_000), 'of nothing, nothing is due');
  queue.add('a');
  assert.ok(!queue.idleFor(0));
  await clock.advance(0);
  assert.deepEqual(
    [4_999, 5_000].map((time) => queue.idleFor(time)),
    [true, false],
  );
});

test('of several wishes for later the earliest counts, and an add beats them all', async () => {
  const at: number[] = [];
  const queue = queueOf(async () => {
    at.push(clock.monotonic());
    return {};
  });
  queue.addAfter('a', 9_000);
  queue.addAfter('a', 3_000);
  queue.addAfter('a', 6_000);
  await clock.advance(20_000);
  assert.deepEqual(at, [3_000]);
  queue.addAfter('a', 5_000);
  queue.add('a');
  await clock.advance(20_000);
  assert.deepEqual(at, [3_000, 20_000]);
});

test('a failing key is tried again, later each time, and begins anew after a success', async () => {
  const at: number[] = [];
  const waits: number[] = [];
  const queue = queueOf(
    async () => {
      at.push(clock.monotonic());
      if (at.length < 4) throw new Error('no');
      return {};
    },
    { failed: (_key, _error, retryIn) => waits.push(retryIn) },
  );
  queue.add('a');
  await clock.advance(60_000);
  assert.equal(at.length, 4);
  for (const [index, step] of [1_000, 2_000, 4_000].entries()) {
    const wait = waits[index] ?? 0;
    assert.ok(wait >= step / 2 && wait <= step, `${wait} of ${step}`);
  }
  assert.equal(metrics.count('queue test retried'), 3);
});

test('a key is failing until it succeeds, or nobody needs it', async () => {
  let works = false;
  const queue = queueOf(async () => {
    if (!works) throw new Error('no');
    return {};
  });
  for (const key of ['a', 'b']) queue.add(key);
  await clock.advance(0);
  assert.equal(queue.failing, 2);
  queue.forget('b');
  works = true;
  await clock.advance(1_000);
  assert.equal(queue.failing, 0);
});

test('a failing key is not tried again before the server wants to be asked', async () => {
  const at: number[] = [];
  const queue = queueOf(async () => {
    at.push(clock.monotonic());
    if (at.length === 1) throw Object.assign(new Error('busy'), { retryAfter: 30_000 });
    return {};
  });
  queue.add('a');
  await clock.advance(60_000);
  assert.deepEqual(at, [0, 30_000]);
});

test('failing keys are tried at once when that may help, but none that was put off by its error', async () => {
  const begun: string[] = [];
  let isAway = true;
  const queue = queueOf(async (key) => {
    begun.push(key);
    if (!isAway) return {};
    throw key === 'later' ? Object.assign(new Error('busy'), { retryAfter: 3_600_000 }) : new Error('away');
  });
  queue.add('soon');
  queue.add('later');
  await clock.advance(600_000);
  isAway = false;
  begun.length = 0;
  queue.retryFailing();
  await clock.advance(0);
  assert.deepEqual(begun, ['soon']);
  queue.retryFailing();
  await clock.advance(0);
  assert.deepEqual(begun, ['soon']);
  await clock.advance(3_600_000);
  assert.deepEqual(begun, ['soon', 'later']);
});

test('a failing key keeps no other from being handled', async () => {
  const done: string[] = [];
  const queue = queueOf(
    async (key) => {
      if (key === 'bad') throw new Error('no');
      done.push(key);
      return {};
    },
    { workers: 1 },
  );
  for (const key of ['bad', 'good']) queue.add(key);
  await clock.advance(0);
  assert.deepEqual(done, ['good']);
});

test('a key that is forgotten does not come', async () => {
  const begun: string[] = [];
  const queue = queueOf(async (key) => {
    begun.push(key);
    return {};
  });
  queue.addAfter('a', 1_000);
  queue.forget('a');
  await clock.advance(10_000);
  assert.deepEqual(begun, []);
});

test('an order to stop starts nothing more and waits for what is under way', async () => {
  const { handle, begun, end } = gated();
  const queue = queueOf(handle, { workers: 1 });
  queue.add('a');
  queue.add('b');
  await clock.advance(0);
  stop.abort();
  let ended = false;
  void running.then(() => (ended = true));
  await clock.advance(0);
  assert.equal(ended, false);
  await end({ after: 1_000 });
  await running;
  assert.deepEqual(begun, ['a']);
  assert.equal(clock.waiting, 0, 'no timer outlives the queue');
});

test('a handler is given the signal that outlives the order to stop', async () => {
  const work = new AbortController();
  const signals: AbortSignal[] = [];
  const queue = new WorkQueue<string>({
    name: 'test',
    clock,
    metrics,
    workers: 1,
    failed: () => assert.fail('what is abandoned has not failed'),
    handle: async (_key, signal) => {
      signals.push(signal);
      await clock.sleep(1_000, signal);
      return {};
    },
  });
  running = queue.run(stop.signal, work.signal);
  queue.add('a');
  await clock.advance(0);
  stop.abort();
  await clock.advance(0);
  assert.equal(signals[0]?.aborted, false);
  work.abort(new Error('too long'));
  await running;
});

test('a queue that has worked for long holds no more than one that has just begun', async () => {
  const queue = queueOf(async () => ({}));
  const work = async (times: number) => {
    for (let time = 0; time < times; time++) {
      queue.add('a');
      await clock.advance(0);
    }
  };
  await work(10);
  const before = queryObjects(Promise, { format: 'count' });
  await work(500);
  const left = queryObjects(Promise, { format: 'count' }) - before;
  assert.ok(left < 100, `${left} promises are left of 500 rounds`);
});
