import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { LookTimes } from '../../../../src/controllers/repositories/look-times.ts';
import { RepositoryScanner } from '../../../../src/controllers/repositories/repository-scanner.ts';
import {
  type RepositoryKey,
  RepositoryStore,
  type Subscription,
} from '../../../../src/controllers/repositories/repository-store.ts';
import { RegistryError } from '../../../../src/registry/errors.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { digestOf, FakeRegistry } from '../../../support/fake-registry.ts';
import { RecordingLog, RecordingMetrics } from '../../../support/recorders.ts';

const app = 'docker.io/library/app';
const key: RepositoryKey = `${app}#anonymous`;
const minute = 60_000;
const { signal } = new AbortController();

const salt = 'a cluster';
const times = new LookTimes(salt);
let clock: FakeClock;
let registry: FakeRegistry;
let store: RepositoryStore;
let metrics: RecordingMetrics;
let logger: RecordingLog;
let scanner: RepositoryScanner;

beforeEach(() => {
  clock = new FakeClock();
  registry = new FakeRegistry();
  store = new RepositoryStore();
  metrics = new RecordingMetrics();
  logger = new RecordingLog();
  scanner = new RepositoryScanner({ store, registry, clock, logger, metrics, salt });
  registry.push(app, '1.5');
});

function subscribe(needs: Subscription['needs'], parts: Partial<Subscription> = {}): void {
  const access = { registry: 'docker.io', path: 'library/app', credentials: [] };
  const schedule = { kind: 'every', milliseconds: 5 * minute } as const;
  store.subscribe('Deployment/shop/web', [{ key, access, schedules: [schedule], needs, hint: '', ...parts }]);
}

/** Milliseconds from a look now until the next one of an interval. */
function untilNext(interval: number): number {
  return times.next(key, [{ kind: 'every', milliseconds: interval }], clock.now()) - clock.now();
}

const tags = { kind: 'tags' } as const;
const digest = { kind: 'digest', tag: '1.5' } as const;

test('everything needed is looked up at once, and again after the interval', async () => {
  subscribe([tags, digest]);
  const { after = 0 } = await scanner.scan(key, signal);
  assert.equal(after, untilNext(5 * minute));
  assert.deepEqual(registry.asked, [`tags ${app}`, `digest ${app}:1.5`]);
  await clock.advance(after - 1);
  assert.deepEqual(await scanner.scan(key, signal), { after: 1 });
  assert.equal(registry.asked.length, 2);
  await clock.advance(1);
  assert.deepEqual(await scanner.scan(key, signal), { after: 5 * minute });
  assert.equal(registry.asked.length, 4);
  assert.equal(metrics.count('scan success'), 2);
});

test('a list is read again at once for whoever needs to know when its tags were pushed', async () => {
  const dated = { kind: 'tags', times: true } as const;
  registry.times = new Map([['1.5', { pushed: '2026-01-02T00:00:00Z' }]]);
  subscribe([tags]);
  await scanner.scan(key, signal);
  assert.equal(store.observation(key).tags?.times, undefined);
  subscribe([tags, dated]);
  await scanner.scan(key, signal);
  assert.deepEqual(store.observation(key).tags?.times, registry.times);
  await scanner.scan(key, signal);
  assert.deepEqual(registry.asked, [`tags ${app}`, `tags ${app}`]);
});

test('what is newly needed is looked up alone, and the interval goes on', async () => {
  subscribe([tags]);
  await scanner.scan(key, signal);
  const rest = untilNext(5 * minute);
  await clock.advance(minute);
  subscribe([tags, digest]);
  assert.deepEqual(await scanner.scan(key, signal), { after: rest - minute });
  assert.deepEqual(registry.asked, [`tags ${app}`, `digest ${app}:1.5`]);
});

test('manifests are read once and kept while somebody needs them', async () => {
  const needs = [digest, { kind: 'manifests', digest: digestOf(`${app}:1.5`) }] as const;
  subscribe(needs);
  await scanner.scan(key, signal);
  await clock.advance(5 * minute);
  await scanner.scan(key, signal);
  assert.equal(registry.asked.filter((each) => each.startsWith('manifests')).length, 1);
  subscribe([digest]);
  await clock.advance(5 * minute);
  await scanner.scan(key, signal);
  assert.equal(store.observation(key).manifests.size, 0);
});

test('what nobody follows is not looked at', async () => {
  assert.deepEqual(await scanner.scan(key, signal), {});
  assert.deepEqual(registry.asked, []);
});

test('the most eager subscriber sets the interval', async () => {
  subscribe([tags]);
  const access = { registry: 'docker.io', path: 'library/app', credentials: [] };
  const schedule = { kind: 'every', milliseconds: minute } as const;
  store.subscribe('Deployment/shop/api', [{ key, access, schedules: [schedule], needs: [tags], hint: '' }]);
  assert.deepEqual(await scanner.scan(key, signal), { after: untilNext(minute) });
});

test('a hint is answered at once, also while a failure is waited out', async () => {
  registry.failure = new RegistryError('Unavailable', 'no answer');
  subscribe([tags]);
  await scanner.scan(key, signal);
  registry.failure = undefined;
  await scanner.scan(key, signal);
  assert.equal(registry.asked.length, 1);
  subscribe([tags], { hint: 'now' });
  await scanner.scan(key, signal);
  assert.equal(store.observation(key).problem, undefined);
});

test('a hint does not override the pause that the registry asked for, and is answered when that is over', async () => {
  registry.failure = new RegistryError('RateLimited', 'slow down', { retryAfter: 10 * minute });
  subscribe([tags]);
  await scanner.scan(key, signal);
  registry.failure = undefined;
  subscribe([tags], { hint: 'now' });
  assert.deepEqual(await scanner.scan(key, signal), { after: 10 * minute });
  assert.equal(registry.asked.length, 1);
  await clock.advance(10 * minute);
  await scanner.scan(key, signal);
  assert.equal(store.observation(key).problem, undefined);
});

test('a failure says when something was last seen, for as long as it lasts', async () => {
  subscribe([tags]);
  await scanner.scan(key, signal);
  const seen = clock.now();
  registry.failure = new RegistryError('Unavailable', 'no answer');
  for (let round = 0; round < 3; round++) {
    await clock.advance(10 * minute);
    await scanner.scan(key, signal);
    assert.equal(store.observation(key).problem?.since, seen);
  }
  registry.failure = undefined;
  await clock.advance(10 * minute);
  await scanner.scan(key, signal);
  assert.equal(store.observation(key).problem, undefined);
});

test('what was never seen is not called old', async () => {
  registry.failure = new RegistryError('Unavailable', 'no answer');
  subscribe([tags]);
  for (let round = 0; round < 2; round++) {
    await scanner.scan(key, signal);
    await clock.advance(10 * minute);
  }
  assert.equal(store.observation(key).problem?.since, undefined);
});

test('credentials that are refused although the look succeeds are part of what was seen', async () => {
  subscribe([tags]);
  registry.refusal = { sources: ['secret shop/old'], instead: undefined };
  await scanner.scan(key, signal);
  assert.deepEqual(store.observation(key).refused, registry.refusal);
  registry.refusal = undefined;
  await clock.advance(10 * minute);
  await scanner.scan(key, signal);
  assert.equal(store.observation(key).refused, undefined);
});

test('a failure keeps what was seen before, is told and is retried sooner than the interval', async () => {
  subscribe([tags]);
  await scanner.scan(key, signal);
  await clock.advance(6 * minute);
  registry.failure = new RegistryError('Unavailable', 'docker.io/library/app: no answer');
  const { after = 0 } = await scanner.scan(key, signal);
  assert.ok(after >= 2_500 && after <= 5_000, String(after));
  const { tags: list, problem } = store.observation(key);
  assert.deepEqual(list?.tags, ['1.5']);
  assert.equal(problem?.reason, 'Unavailable');
  assert.equal(problem.until, clock.now() + after);
  assert.equal(metrics.count('scan Unavailable'), 1);
  assert.equal(logger.lines[0]?.message, 'docker.io/library/app: no answer');
});

test('a failing repository waits longer each time, and never less than the registry asks', async () => {
  subscribe([tags]);
  registry.failure = new RegistryError('RateLimited', 'slow down', { retryAfter: 20_000 });
  const waits: number[] = [];
  for (let round = 0; round < 7; round++) {
    const { after = 0 } = await scanner.scan(key, signal);
    waits.push(after);
    await clock.advance(after);
  }
  assert.ok(waits.every((wait) => wait >= 20_000));
  assert.ok((waits.at(-1) ?? 0) >= 75_000, waits.join());
});

test('failures are forgotten with the last one who follows the repository, also where that is during a look', async () => {
  subscribe([tags]);
  registry.failure = new RegistryError('Unavailable', 'no answer');
  registry.before = () => store.subscribe('Deployment/shop/web', []);
  assert.deepEqual(await scanner.scan(key, signal), {});
  registry.before = () => undefined;
  subscribe([tags]);
  const { after = 0 } = await scanner.scan(key, signal);
  assert.ok(after <= 5_000, `${after}`);
});

test('without a plea of the registry a failure is retried no later than the interval', async () => {
  subscribe([tags], { schedules: [{ kind: 'every', milliseconds: 10_000 }] });
  registry.failure = new RegistryError('Unavailable', 'no answer');
  for (let round = 0; round < 9; round++) {
    const { after = 0 } = await scanner.scan(key, signal);
    assert.ok(after <= 10_000);
    await clock.advance(after);
  }
});

test('one tag that cannot be understood does not hide the others', async () => {
  registry.push(app, 'chart');
  registry.before = (asked) => {
    if (asked.endsWith(':chart')) throw new RegistryError('UnsupportedManifest', 'chart is no image');
  };
  subscribe([tags, { kind: 'digest', tag: 'chart' }, digest]);
  await scanner.scan(key, signal);
  assert.ok(store.observation(key).digests.has('1.5'));
});

test('a fault that is no failure of the registry is thrown', async () => {
  subscribe([tags]);
  registry.before = () => {
    throw new TypeError('a bug');
  };
  await assert.rejects(scanner.scan(key, signal), /a bug/);
});

const seldom = (tag: string) => ({ kind: 'digest', tag, seldom: true }) as const;

test('what is needed seldom is looked at once an hour, and not at first', async () => {
  registry.push(app, '1.2.3');
  subscribe([tags, seldom('1.2.3')]);
  const end = clock.now() + 24 * 60 * minute;
  let heads = 0;
  while (clock.now() < end) {
    const { after = 0 } = await scanner.scan(key, signal);
    heads = registry.asked.filter((each) => each === `digest ${app}:1.2.3`).length;
    if (clock.now() < end - 23 * 60 * minute) assert.ok(heads <= 1);
    await clock.advance(after);
  }
  assert.equal(heads, 24);
});

test('what is needed seldom is spread over the hour, tag by tag', async () => {
  const many = Array.from({ length: 120 }, (_, index) => `1.0.${index}`);
  subscribe(many.map(seldom));
  const begin = clock.now();
  const perQuarter = [0, 0, 0, 0];
  let before = 0;
  while (clock.now() < begin + 60 * minute) {
    const quarter = Math.floor((clock.now() - begin) / (15 * minute));
    const { after = 0 } = await scanner.scan(key, signal);
    perQuarter[quarter] = (perQuarter[quarter] ?? 0) + registry.asked.length - before;
    before = registry.asked.length;
    await clock.advance(after);
  }
  assert.equal(before, 120);
  assert.ok(
    perQuarter.every((count) => count >= 15 && count <= 45),
    perQuarter.join(),
  );
});

test('what is read once and what is needed seldom leave nothing to do in between', async () => {
  const read = { kind: 'manifests', digest: digestOf(`${app}:1.5`) } as const;
  subscribe([seldom('1.2.3'), read]);
  await scanner.scan(key, signal);
  for (let elapsed = 0; elapsed < 50 * minute; ) {
    const { after = 0 } = await scanner.scan(key, signal);
    assert.ok(after > 0, 'something is due that is never done');
    await clock.advance(after);
    elapsed += after;
  }
  subscribe([read]);
  assert.deepEqual(await scanner.scan(key, signal), {});
});

test('a restart does not ask again what was asked this hour', async () => {
  registry.push(app, '1.2.3');
  const heads = () => registry.asked.filter((each) => each.startsWith('digest')).length;
  for (let starts = 0; starts < 60; starts++) {
    store = new RepositoryStore();
    scanner = new RepositoryScanner({ store, registry, clock, logger, metrics, salt });
    subscribe([tags, seldom('1.2.3')]);
    const end = clock.now() + 2 * minute;
    while (clock.now() < end) {
      const { after = 0 } = await scanner.scan(key, signal);
      await clock.advance(Math.min(after, end - clock.now()));
    }
  }
  assert.ok(heads() <= 2, String(heads()));
});

test('a person who asks for a look, and a single pass, look at everything', async () => {
  registry.push(app, '1.2.3');
  subscribe([tags, seldom('1.2.3')]);
  await scanner.scan(key, signal);
  assert.equal(registry.asked.length, 1);
  subscribe([tags, seldom('1.2.3')], { hint: 'now' });
  await scanner.scan(key, signal);
  assert.equal(registry.asked.filter((each) => each.startsWith('digest')).length, 1);
  const once = new RepositoryScanner({ store, registry, clock, logger, metrics, salt, once: true });
  await once.scan(key, signal);
  assert.equal(registry.asked.filter((each) => each.startsWith('digest')).length, 2);
});

test('what one workload needs each time and another seldom is looked at each time', async () => {
  subscribe([seldom('1.5')]);
  const access = { registry: 'docker.io', path: 'library/app', credentials: [] };
  const schedule = { kind: 'every', milliseconds: minute } as const;
  store.subscribe('Deployment/shop/api', [{ key, access, schedules: [schedule], needs: [digest], hint: '' }]);
  assert.deepEqual(store.plan(key)?.needs, [digest]);
});

test('a look that succeeds is remembered with its time and the time to the next one; one that fails is not', async () => {
  subscribe([tags]);
  await scanner.scan(key, signal);
  const [fresh] = store.freshness();
  assert.deepEqual(fresh, { name: app, succeededAt: clock.now(), interval: 5 * minute });
  assert.equal(metrics.count('tagsListed 1'), 1);
  registry.failure = new RegistryError('Unavailable', 'down');
  await clock.advance(10 * minute);
  await scanner.scan(key, signal);
  assert.deepEqual([...store.freshness()], [fresh]);
});
