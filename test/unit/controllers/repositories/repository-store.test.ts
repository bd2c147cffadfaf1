import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import {
  nothingSeen,
  type RepositoryKey,
  RepositoryStore,
  type Subscription,
} from '../../../../src/controllers/repositories/repository-store.ts';
import type { RegistryNeed, RepositoryObservation } from '../../../../src/model/observation.ts';
import type { LookSchedule } from '../../../../src/model/policy.ts';
import type { WorkloadKey } from '../../../../src/model/workload.ts';

const app: RepositoryKey = 'docker.io/library/app#anonymous';
const other: RepositoryKey = 'docker.io/library/other#anonymous';
const web: WorkloadKey = 'Deployment/shop/web';
const api: WorkloadKey = 'Deployment/shop/api';
const tags: RegistryNeed = { kind: 'tags' };
const digest: RegistryNeed = { kind: 'digest', tag: '1.5' };

let store: RepositoryStore;
let work: string[];
let observed: string[];

beforeEach(() => {
  store = new RepositoryStore();
  work = [];
  observed = [];
  store.onWork = (key) => work.push(key);
  store.onObserved = (key) => observed.push(key);
});

function subscription(parts: Partial<Subscription> = {}): Subscription {
  const access = { registry: 'docker.io', path: 'library/app', credentials: [] };
  return { key: app, access, schedules: [every(5)], needs: [tags], hint: '', ...parts };
}

function every(minutes: number): LookSchedule {
  return { kind: 'every', milliseconds: minutes * 60_000 };
}

function seen(parts: Partial<RepositoryObservation>): RepositoryObservation {
  return { ...nothingSeen, ...parts };
}

test('what subscribers need is joined, each need and schedule once', () => {
  store.subscribe(web, [subscription({ needs: [tags, digest] })]);
  store.subscribe(api, [subscription({ needs: [digest] })]);
  store.subscribe('Deployment/shop/slow', [subscription({ schedules: [every(60)] })]);
  const plan = store.plan(app);
  assert.deepEqual(plan?.needs, [tags, digest]);
  assert.deepEqual(plan.schedules, [every(5), every(60)]);
  assert.equal(store.size, 1);
});

test('a repository is work when a subscription is new or another than before', () => {
  store.subscribe(web, [subscription()]);
  store.subscribe(web, [subscription()]);
  assert.deepEqual(work, [app]);
  store.subscribe(web, [subscription({ needs: [tags, digest] })]);
  assert.deepEqual(work, [app, app]);
});

test('a changed hint asks for a look, and a regular look answers it', () => {
  store.subscribe(web, [subscription({ hint: 'a' })]);
  assert.equal(store.plan(app)?.hinted, false);
  store.subscribe(web, [subscription({ hint: 'b' })]);
  assert.equal(store.plan(app)?.hinted, true);
  store.record(app, nothingSeen, { at: 1, regular: false });
  assert.equal(store.plan(app)?.hinted, true);
  store.record(app, nothingSeen, { at: 2, regular: true });
  assert.deepEqual([store.plan(app)?.hinted, store.plan(app)?.lookedAt], [false, 2]);
});

test('a look answers what was asked before it began, and not what was asked meanwhile', () => {
  store.subscribe(web, [subscription({ hint: 'a' })]);
  store.subscribe(web, [subscription({ hint: 'b' })]);
  const begun = store.plan(app);
  store.subscribe(web, [subscription({ hint: 'c' })]);
  store.record(app, nothingSeen, { at: 1, regular: true, ...(begun && { hints: begun.hints }) });
  assert.equal(store.isAwaited(app), true);
  store.record(app, nothingSeen, { at: 2, regular: true });
  assert.equal(store.isAwaited(app), false);
});

test('who asked for a look is told of it although it saw nothing new', () => {
  store.subscribe(web, [subscription({ hint: 'a' })]);
  store.record(app, nothingSeen, { at: 1, regular: true });
  assert.deepEqual(observed, []);
  store.subscribe(web, [subscription({ hint: 'b' })]);
  store.record(app, nothingSeen, { at: 2, regular: true });
  assert.deepEqual(observed, [web]);
});

test('a repository goes with its last subscriber, and what was seen with it', () => {
  store.subscribe(web, [subscription()]);
  store.subscribe(api, [subscription()]);
  store.record(app, seen({ tags: { tags: ['1'], partial: false } }), { at: 1, regular: true });
  store.subscribe(web, []);
  assert.notEqual(store.plan(app), undefined);
  store.subscribe(api, [subscription({ key: other })]);
  assert.equal(store.plan(app), undefined);
  assert.equal(store.observation(app), nothingSeen);
  assert.equal(store.size, 1);
  store.record(app, nothingSeen, { at: 2, regular: true });
  assert.equal(store.size, 1, 'a look that ends late brings nothing back');
});

test('subscribers are told when something differs, and only then', () => {
  store.subscribe(web, [subscription()]);
  store.subscribe(api, [subscription()]);
  const first = seen({ tags: { tags: ['1', '2'], partial: false } });
  store.record(app, first, { at: 1, regular: true });
  assert.deepEqual(observed, [web, api]);
  for (const same of [first, seen({ tags: { tags: ['2', '1'], partial: false } })]) {
    observed = [];
    store.record(app, same, { at: 2, regular: true });
    assert.deepEqual(observed, []);
  }
});

for (const [what, next] of [
  ['a tag more', { tags: { tags: ['1', '2'], partial: false } }],
  ['another tag', { tags: { tags: ['2'], partial: false } }],
  ['a list that is cut short', { tags: { tags: ['1'], partial: true } }],
  ['a digest', { digests: new Map([['1', { digest: 'sha256:x', mediaType: '' }]]) }],
  ['a manifest', { manifests: new Map([['sha256:x', 'missing' as const]]) }],
  ['a problem', { problem: { reason: 'Unavailable', message: 'no', until: 1 } as const }],
] as const) {
  test(`${what} is a difference`, () => {
    store.subscribe(web, [subscription()]);
    const before = seen({ tags: { tags: ['1'], partial: false } });
    store.record(app, before, { at: 1, regular: true });
    observed = [];
    store.record(app, { ...before, ...next }, { at: 2, regular: true });
    assert.deepEqual(observed, [web]);
  });
}

test('the same problem with a later time is no difference', () => {
  store.subscribe(web, [subscription()]);
  for (const until of [1, 2]) {
    observed = [];
    const problem = { reason: 'Unavailable', message: 'no', until } as const;
    store.record(app, seen({ problem }), { at: until, regular: true });
  }
  assert.deepEqual(observed, []);
});

test('only what failed is looked at again when the settings of registries change', () => {
  store.subscribe(web, [subscription(), subscription({ key: other })]);
  const problem = { reason: 'TLSUntrusted', message: 'no CA', until: 600_000 } as const;
  store.record(app, seen({ problem }), { at: 1, regular: true });
  store.record(other, seen({}), { at: 1, regular: true });
  work = [];
  store.retryFailed();
  assert.deepEqual(work, [app]);
  assert.deepEqual([store.plan(app)?.hinted, store.plan(other)?.hinted], [true, false]);
});
