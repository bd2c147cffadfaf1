import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { errorOfAnswer, errorOfFault } from '../../../src/kube/errors.ts';
import { type ElectionEnd, runElected } from '../../../src/kube/lease.ts';
import { readLease } from '../../../src/kube/lease-record.ts';
import { at, isJsonObject, type JsonObject, textAt } from '../../../src/model/json.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { silentLog } from '../../support/silence.ts';

type Fault = 'unreachable' | 'hanging' | undefined;
const request = { method: 'PUT', path: '/lease' };

/** An API server with one Lease, compared and swapped by resourceVersion. */
class LeaseServer {
  lease: JsonObject | undefined;
  writes = 0;
  #version = 0;

  /** A client of it, whose connection a test may break. */
  client() {
    const connection: { fault: Fault } = { fault: undefined };
    const reach = async (signal: AbortSignal) => {
      await Promise.resolve();
      if (connection.fault === 'unreachable') throw errorOfFault(request, new Error('ECONNREFUSED'));
      if (connection.fault !== 'hanging') return;
      await new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(errorOfFault(request, signal.reason)));
      });
    };
    return {
      connection,
      get: async (_: string, { signal }: { signal: AbortSignal }) => {
        await reach(signal);
        if (this.lease === undefined) throw errorOfAnswer(request, { status: 404, body: undefined });
        return this.lease;
      },
      create: async (_: string, body: JsonObject, { signal }: { signal: AbortSignal }) => {
        await reach(signal);
        if (this.lease !== undefined) {
          throw errorOfAnswer(request, { status: 409, body: { reason: 'AlreadyExists' } });
        }
        return this.write(body);
      },
      update: async (_: string, body: JsonObject, { signal }: { signal: AbortSignal }) => {
        await reach(signal);
        const same = textAt(body, 'metadata', 'resourceVersion') === String(this.#version);
        if (!same) throw errorOfAnswer(request, { status: 409, body: undefined });
        return this.write(body);
      },
    };
  }

  write(body: JsonObject): JsonObject {
    const metadata = at(body, 'metadata');
    this.writes++;
    this.#version++;
    this.lease = {
      ...body,
      metadata: { ...(isJsonObject(metadata) ? metadata : {}), resourceVersion: `${this.#version}` },
    };
    return this.lease;
  }

  get record() {
    return readLease(this.lease ?? {});
  }
}

const stops: AbortController[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop.abort();
});

/** Starts a candidate that leads until it is told to stop. */
function candidate(server: LeaseServer, clock: FakeClock, identity: string) {
  const stop = new AbortController();
  stops.push(stop);
  const client = server.client();
  const seen = { leading: false, told: [] as boolean[], end: undefined as ElectionEnd | undefined };
  const lead = async (signal: AbortSignal) => {
    seen.leading = true;
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener('abort', () => resolve());
    });
    seen.leading = false;
  };
  const metrics = { leading: (now: boolean) => seen.told.push(now) };
  const options = { client, clock, metrics, log: silentLog, namespace: 'plimsoll-system', name: 'plimsoll' };
  const run = runElected({ ...options, identity, random: () => 0.5 }, lead, stop.signal).then((end) => {
    seen.end = end;
  });
  return { seen, stop, run, connection: client.connection };
}

describe('an election', () => {
  it('makes the Lease with times of six fraction digits, and renews it every five seconds', async () => {
    const [server, clock] = [new LeaseServer(), new FakeClock()];
    const a = candidate(server, clock, 'a');
    await clock.advance(0);

    assert.ok(a.seen.leading);
    assert.match(server.record.acquireTime, /^2026-01-01T00:00:00\.\d{6}Z$/);
    assert.equal(server.record.transitions, 0);
    await clock.advance(60_000);
    assert.equal(server.writes, 1 + 12);
    assert.equal(server.record.renewTime, '2026-01-01T00:01:00.000000Z');
    assert.deepEqual(a.seen.told, [false, true]);
  });

  it('has one leader; a follower takes over within twenty seconds of its death', async () => {
    const [server, clock] = [new LeaseServer(), new FakeClock()];
    const a = candidate(server, clock, 'a');
    await clock.advance(7_300);
    const b = candidate(server, clock, 'b');
    await clock.advance(60_000);
    assert.ok(a.seen.leading && !b.seen.leading);

    a.connection.fault = 'hanging';
    await clock.advance(20_000);

    assert.ok(b.seen.leading);
    assert.equal(server.record.holder, 'b');
    assert.equal(server.record.transitions, 1);
  });

  it('stops the leader before anybody else can become one', async () => {
    for (const fault of ['hanging', 'unreachable'] as const) {
      const [server, clock] = [new LeaseServer(), new FakeClock()];
      const a = candidate(server, clock, 'a');
      await clock.advance(20_000);
      const b = candidate(server, clock, 'b');
      await clock.advance(1_000);
      a.connection.fault = fault;

      for (let second = 0; second < 30 && !b.seen.leading; second++) {
        await clock.advance(500);
        assert.ok(!(a.seen.leading && b.seen.leading), 'two leaders');
      }

      assert.ok(b.seen.leading);
      assert.equal(a.seen.end, 'lost');
      assert.equal(a.seen.told.at(-1), false);
    }
  });

  it('outlives a failure that is shorter than the deadline', async () => {
    const [server, clock] = [new LeaseServer(), new FakeClock()];
    const a = candidate(server, clock, 'a');
    await clock.advance(4_000);
    a.connection.fault = 'unreachable';
    await clock.advance(4_500);
    a.connection.fault = undefined;
    await clock.advance(30_000);

    assert.ok(a.seen.leading);
    assert.equal(server.record.transitions, 0);
  });

  it('lets the lease go on shutdown, so that a follower takes it at its next look', async () => {
    const [server, clock] = [new LeaseServer(), new FakeClock()];
    const a = candidate(server, clock, 'a');
    await clock.advance(0);
    const b = candidate(server, clock, 'b');
    await clock.advance(10_000);

    a.stop.abort();
    await a.run;
    assert.equal(a.seen.end, 'ended');
    assert.equal(server.record.holder, '');
    await clock.advance(3_000);

    assert.ok(b.seen.leading);
    assert.equal(server.record.durationSeconds, 15);
  });

  it('lets go also of a lease that somebody has labelled since it was renewed', async () => {
    const [server, clock] = [new LeaseServer(), new FakeClock()];
    const a = candidate(server, clock, 'a');
    await clock.advance(1_000);
    server.write({ ...server.lease, metadata: { labels: { team: 'x' } } });
    a.stop.abort();
    await a.run;
    assert.equal(server.record.holder, '');
    assert.equal(textAt(server.lease, 'metadata', 'labels', 'team'), 'x');
  });

  it('lets go of a lease that it got in the moment in which it was told to end', async () => {
    const [server, clock] = [new LeaseServer(), new FakeClock()];
    const a = candidate(server, clock, 'a');
    const write = server.write.bind(server);
    server.write = (body) => {
      server.write = write;
      queueMicrotask(() => queueMicrotask(() => a.stop.abort()));
      return write(body);
    };
    await a.run;
    assert.deepEqual([a.seen.leading, a.seen.end, server.record.holder], [false, 'ended', '']);
  });

  it('is judged by how long the record stands still here, not by the times in it', async () => {
    const [server, clock] = [new LeaseServer(), new FakeClock()];
    const skewed = {
      holderIdentity: 'other',
      leaseDurationSeconds: 15,
      renewTime: '2020-01-01T00:00:00.000000Z',
    };
    server.write({ spec: skewed });
    const a = candidate(server, clock, 'a');

    await clock.advance(14_000);
    assert.ok(!a.seen.leading);
    await clock.advance(2_000);
    assert.ok(a.seen.leading);
  });

  it('keeps the lease when somebody else only labelled it', async () => {
    const [server, clock] = [new LeaseServer(), new FakeClock()];
    const a = candidate(server, clock, 'a');
    await clock.advance(1_000);
    server.write({ ...server.lease, metadata: { labels: { team: 'x' } } });
    await clock.advance(30_000);

    assert.ok(a.seen.leading);
    assert.equal(textAt(server.lease, 'metadata', 'labels', 'team'), 'x');
  });

  it('is lost at once when somebody else holds the lease', async () => {
    const [server, clock] = [new LeaseServer(), new FakeClock()];
    const a = candidate(server, clock, 'a');
    await clock.advance(1_000);
    server.write({ ...server.lease, spec: { holderIdentity: 'usurper' } });
    await clock.advance(4_000);
    await a.run;

    assert.equal(a.seen.end, 'lost');
    assert.equal(server.record.holder, 'usurper');
  });

  it('does not ask without pause while the API server is away', async () => {
    const [server, clock] = [new LeaseServer(), new FakeClock()];
    const a = candidate(server, clock, 'a');
    a.connection.fault = 'unreachable';
    await clock.advance(60_000);
    assert.ok(clock.waiting <= 1);
    a.connection.fault = undefined;
    await clock.advance(3_000);

    assert.ok(a.seen.leading);
  });

  it('ends without having led when it is stopped first, and leaves no timer', async () => {
    const [server, clock] = [new LeaseServer(), new FakeClock()];
    server.write({ spec: { holderIdentity: 'other', leaseDurationSeconds: 15 } });
    const a = candidate(server, clock, 'a');
    await clock.advance(1_000);
    a.stop.abort();
    await a.run;

    assert.equal(a.seen.end, 'ended');
    assert.equal(clock.waiting, 0);
  });

  it('rejects with what the leader rejects with, after the lease is let go', async () => {
    const [server, clock] = [new LeaseServer(), new FakeClock()];
    const options = {
      client: server.client(),
      clock,
      log: silentLog,
      namespace: 'n',
      name: 'p',
      identity: 'a',
    };
    const run = runElected(
      { ...options, metrics: { leading: () => undefined } },
      () => Promise.reject(new Error('a bug')),
      new AbortController().signal,
    );

    await assert.rejects(run, /a bug/);
    assert.equal(server.record.holder, '');
    assert.equal(clock.waiting, 0);
  });
});
