import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { lookPhase } from '../../../src/controllers/look-phase.ts';
import { RepositoryScanner } from '../../../src/controllers/repository-scanner.ts';
import {
  type RepositoryKey,
  RepositoryStore,
  type Subscription,
} from '../../../src/controllers/repository-store.ts';
import { RegistryError } from '../../../src/registry/errors.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { digestOf, FakeRegistry } from '../../support/fake-registry.ts';
import { RecordingLog, RecordingMetrics } from '../../support/recorders.ts';

const app = 'docker.io/library/app';
const key: RepositoryKey = `${app}#anonymous`;
const minute = 60_000;
const { signal } = new AbortController();

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
  scanner = new RepositoryScanner({ store, registry, clock, logger, metrics });
  registry.push(app, '1.5');
});

function subscribe(needs: Subscription['needs'], parts: Partial<Subscription> = {}): void {
  const access = { registry: 'docker.io', path: 'library/app', credentials: [] };
  const schedule = { kind: 'every', milliseconds: 5 * minute } as const;
  store.subscribe('Deployment/shop/web', [{ key, access, schedules: [schedule], needs, hint: '', ...parts }]);
}

/** What the first interval of the repository is stretched by. */
function phase(gap: number): number {
  return lookPhase(key, { schedules: [], isFirst: true }, gap);
}

const tags = { kind: 'tags' } as const;
const digest = { kind: 'digest', tag: '1.5' } as const;

test('everything needed is looked up at once, and again after the interval', async () => {
  subscribe([tags, digest]);
  const { after = 0 } = await scanner.scan(key, signal);
  assert.equal(after, 5 * minute + phase(5 * minute));
  assert.deepEqual(registry.asked, [`tags ${app}`, `digest ${app}:1.5`]);
  await clock.advance(after - 1);
  assert.deepEqual(await scanner.scan(key, signal), { after: 1 });
  assert.equal(registry.asked.length, 2);
  await clock.advance(1);
  assert.deepEqual(await scanner.scan(key, signal), { after: 5 * minute });
  assert.equal(registry.asked.length, 4);
  assert.equal(metrics.count('scan success'), 2);
});

test('what is newly needed is looked up alone, and the interval goes on', async () => {
  subscribe([tags]);
  await scanner.scan(key, signal);
  await clock.advance(minute);
  subscribe([tags, digest]);
  assert.deepEqual(await scanner.scan(key, signal), { after: 4 * minute + phase(5 * minute) });
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
  assert.deepEqual(await scanner.scan(key, signal), { after: minute + phase(minute) });
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
