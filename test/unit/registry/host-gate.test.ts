import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { HostGate } from '../../../src/registry/host-gate.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { patiently } from './harness.ts';

/** Work that ends when told to. */
function work() {
  const { promise, resolve } = Promise.withResolvers<string>();
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  let isRunning = false;
  const run = async () => {
    isRunning = true;
    begin();
    return promise;
  };
  return { run, end: () => resolve('done'), begun, started: () => isRunning };
}

suite('the gate of a host', () => {
  test('lets as many through as agreed, and the others in order of arrival', async () => {
    const gate = new HostGate(systemClock, 2);
    const works = [work(), work(), work(), work()] as const;
    const done = works.map(({ run }) => gate.pass(run, patiently));
    assert.deepEqual(
      works.map(({ started }) => started()),
      [true, true, false, false],
    );

    works[1].end();
    await works[2].begun;
    assert.deepEqual(
      works.map(({ started }) => started()),
      [true, true, true, false],
    );

    for (const { end } of works) end();
    assert.deepEqual(await Promise.all(done), ['done', 'done', 'done', 'done']);
  });

  test('lets more through at once when there are more places', async () => {
    const gate = new HostGate(systemClock, 1);
    const works = [work(), work(), work(), work()] as const;
    const done = works.map(({ run }) => gate.pass(run, patiently));
    gate.resize(3);
    await works[2].begun;
    assert.deepEqual(
      works.map(({ started }) => started()),
      [true, true, true, false],
    );
    for (const { end } of works) end();
    await Promise.all(done);
  });

  test('breaks nothing off when there are fewer places, and lets the next through when it fits', async () => {
    const gate = new HostGate(systemClock, 2);
    const works = [work(), work(), work()] as const;
    const done = works.map(({ run }) => gate.pass(run, patiently));
    gate.resize(1);
    works[0].end();
    await done[0];
    assert.equal(works[2].started(), false);
    works[1].end();
    await works[2].begun;
    works[2].end();
    await Promise.all(done);
  });

  test('frees the place of work that fails', async () => {
    const gate = new HostGate(systemClock, 1);
    await assert.rejects(
      gate.pass(() => Promise.reject(new Error('no')), patiently),
      /no/,
    );
    assert.equal(await gate.pass(() => Promise.resolve('yes'), patiently), 'yes');
  });

  test('forgets a waiter that leaves, and no other', async () => {
    const gate = new HostGate(systemClock, 1);
    const [first, second, third] = [work(), work(), work()];
    const leaving = new AbortController();
    const done = gate.pass(first.run, patiently);
    const left = gate.pass(second.run, leaving.signal);
    const last = gate.pass(third.run, patiently);

    leaving.abort(new Error('gone'));
    await assert.rejects(left, /gone/);
    first.end();
    third.end();

    assert.deepEqual(await Promise.all([done, last]), ['done', 'done']);
    assert.equal(second.started(), false);
    assert.equal(await gate.pass(() => Promise.resolve('free again'), patiently), 'free again');
  });

  test('holds for the longest pause that was asked for', () => {
    let time = 0;
    const gate = new HostGate({ ...systemClock, monotonic: () => time }, 1);
    assert.equal(gate.pause, 0);
    gate.hold(5_000);
    gate.hold(1_000);
    assert.equal(gate.pause, 5_000);
    time = 6_000;
    assert.equal(gate.pause, 0);
  });
});
