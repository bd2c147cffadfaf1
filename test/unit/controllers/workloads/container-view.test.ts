import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyMemory } from '../../../../src/controllers/memory/memory.ts';
import {
  chooseFor,
  type ContainerView,
  findLookup,
  joinSubscriptions,
  subscriptionOf,
} from '../../../../src/controllers/workloads/container-view.ts';
import { PullCredentials } from '../../../../src/controllers/repositories/pull-credentials.ts';
import {
  RepositoryStore,
  type Subscription,
} from '../../../../src/controllers/repositories/repository-store.ts';
import { newWorld } from '../../../support/controller-harness.ts';
import { aWorkload, containerOf } from '../../../support/deployments.ts';
import { policyOf } from '../../../support/policies.ts';

const { signal } = new AbortController();
const workload = aWorkload({ containers: { app: 'ghcr.io/shop/app:1.2.3' } });
const access = { registry: 'ghcr.io', path: 'shop/app', credentials: [] };
const lookup = { key: 'ghcr.io/shop/app#anonymous', access, secretProblems: [] } as const;

function viewOf(parts: Partial<ContainerView> = {}): ContainerView {
  const memory = emptyMemory;
  const base = { container: containerOf(workload), policy: policyOf(), tracked: undefined, step: undefined };
  return { ...base, memory, lookup, ...parts };
}

test('a container is looked for in its repository, with the credentials for it', async () => {
  const { cluster: client, clock } = newWorld();
  const credentials = new PullCredentials({ client, clock, fingerprintKey: Buffer.alloc(32) });
  assert.deepEqual(await findLookup(workload, viewOf(), credentials, signal), lookup);
  const odd = containerOf(aWorkload({ containers: { app: 'BAD::x' } }));
  assert.equal(await findLookup(workload, viewOf({ container: odd }), credentials, signal), undefined);
});

test('where a registry refuses and a secret could not be read, the secret is named', () => {
  const store = new RepositoryStore();
  const subscription = {
    ...lookup,
    schedules: [policyOf().schedule],
    needs: [{ kind: 'tags' }],
    hint: '',
  } as const;
  store.subscribe('Deployment/shop/web', [subscription]);
  const problem = { reason: 'Unauthorized', message: 'not accepted', until: 1 } as const;
  const seen = { ...store.observation(lookup.key), problem };
  store.record(lookup.key, seen, { at: 1, regular: true });
  assert.equal(chooseFor(viewOf(), store, undefined, 0).reason, 'Unauthorized');
  const unread = viewOf({ lookup: { ...lookup, secretProblems: ['Secret shop/reg does not exist'] } });
  const decision = chooseFor(unread, store, undefined, 0);
  assert.equal(decision.reason, 'SecretUnreadable');
  assert.match(decision.message, /not accepted \(Secret shop\/reg does not exist\)/);
});

test('who needs nothing subscribes to nothing', () => {
  const decision = chooseFor(viewOf(), new RepositoryStore(), undefined, 0);
  assert.equal(subscriptionOf(viewOf({ lookup: undefined }), decision, workload), undefined);
  assert.equal(subscriptionOf(viewOf(), { ...decision, needs: [] }, workload), undefined);
  assert.deepEqual(subscriptionOf(viewOf(), decision, workload)?.needs, [{ kind: 'tags' }]);
});

test('an edited policy is a hint, our own record and annotations of others are none', () => {
  const decision = chooseFor(viewOf(), new RepositoryStore(), undefined, 0);
  const hintWith = (annotations: Readonly<Record<string, string>>) =>
    subscriptionOf(viewOf(), decision, { ...workload, annotations })?.hint;
  const plain = hintWith({});
  assert.equal(hintWith({ 'plimsoll.dev/last-update': '{}', 'example.com/x': '1' }), plain);
  assert.notEqual(hintWith({ 'plimsoll.dev/policy': 'minor' }), plain);
  assert.notEqual(hintWith({ 'keel.sh/policy': 'minor' }), plain);
});

test('containers of one repository have one interest in it, at the pace of the most eager', () => {
  const one: Subscription = {
    ...lookup,
    schedules: [{ kind: 'every', milliseconds: 3_600_000 }],
    needs: [{ kind: 'tags' }],
    hint: 'one',
  };
  const two: Subscription = {
    ...one,
    hint: 'two',
    schedules: [{ kind: 'every', milliseconds: 60_000 }],
    needs: [{ kind: 'digest', tag: '1' }],
  };
  const store = new RepositoryStore();
  const joined = joinSubscriptions([one, two]);
  store.subscribe('Deployment/shop/web', joined);
  assert.equal(joined.length, 1);
  for (const other of [
    { ...one, hint: 'new' },
    { ...two, hint: 'new' },
  ]) {
    const pair = other.needs === one.needs ? [other, two] : [one, other];
    assert.notEqual(joinSubscriptions(pair)[0]?.hint, joined[0]?.hint, 'each may ask for a look');
  }
  const plan = store.plan(lookup.key);
  assert.deepEqual(plan?.needs, [{ kind: 'tags' }, { kind: 'digest', tag: '1' }]);
  assert.ok(plan.schedules.some((schedule) => schedule.kind === 'every' && schedule.milliseconds === 60_000));
});
