import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { PodCrowds } from '../../../../src/controllers/pods/pod-crowds.ts';
import { PodTurns } from '../../../../src/controllers/pods/pod-turns.ts';
import { type Workload, workloadKey } from '../../../../src/model/workload.ts';
import { aWorkload } from '../../../support/deployments.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { FakeKubeClient, kubeError } from '../../../support/fake-kube-client.ts';
import { digestOf } from '../../../support/fake-registry.ts';

const { signal } = new AbortController();

let clock: FakeClock;
let cluster: FakeKubeClient;
let turns: PodTurns;
let crowds: PodCrowds;

beforeEach(() => {
  clock = new FakeClock();
  cluster = new FakeKubeClient();
  turns = new PodTurns(clock);
  crowds = new PodCrowds({ client: cluster, nodes: undefined, turns, clock });
});

/** Takes the turns that are free now, so that the next question has to wait. */
function busy(): void {
  for (let index = 0; turns.isFree; index++) turns.take(`other ${index}`);
}

function workload(name: string, more: Partial<Workload> = {}): Workload {
  const base = aWorkload();
  return { ...base, ref: { ...base.ref, name }, podSelector: `app=${name}`, ...more };
}

/** A pod of a workload that reports a digest. */
function runs(name: string, digest: string): void {
  const { namespace } = aWorkload().ref;
  cluster.put(`/api/v1/namespaces/${namespace}/pods/${name}-1`, {
    metadata: { name: `${name}-1`, namespace, labels: { app: name } },
    status: {
      phase: 'Running',
      containerStatuses: [{ name: 'app', imageID: `docker.io/library/app@${digest}` }],
    },
  });
}

function lists(): number {
  return cluster.requests.filter(({ method }) => method === 'LIST').length;
}

async function digestsOf(one: Workload): Promise<readonly string[] | undefined> {
  const answer = await crowds.ask(one, signal);
  return answer?.images?.digests.get('app');
}

test('as long as there are turns a workload asks alone', async () => {
  assert.equal(await crowds.ask(workload('web'), signal), undefined);
});

test('what cannot be listed with others asks alone', async () => {
  busy();
  assert.equal(await crowds.ask(workload('web', { podSelector: 'app in (web)' }), signal), undefined);
});

test('workloads that have to wait are answered by one list, each with what its own pods run', async () => {
  busy();
  const [web, shop] = [workload('web'), workload('shop')];
  runs('web', digestOf('web'));
  runs('shop', digestOf('shop'));
  for (const one of [web, shop]) assert.equal((await crowds.ask(one, signal))?.after, 1_000);
  await clock.advance(1_000);
  assert.deepEqual(await digestsOf(web), [digestOf('web')]);
  assert.deepEqual(await digestsOf(shop), [digestOf('shop')]);
  assert.equal(lists(), 1);
});

test('who comes too late for a crowd waits for the next one', async () => {
  busy();
  const [web, shop] = [workload('web'), workload('shop')];
  await crowds.ask(web, signal);
  await clock.advance(1_000);
  await crowds.ask(web, signal);
  busy();
  assert.equal((await crowds.ask(shop, signal))?.after, 1_000);
});

test('an answer says nothing of a workload that has changed since', async () => {
  busy();
  const [web, shop] = [workload('web'), workload('shop')];
  for (const one of [web, shop]) await crowds.ask(one, signal);
  await clock.advance(1_000);
  await crowds.ask(web, signal);
  busy();
  assert.equal((await crowds.ask({ ...shop, resourceVersion: 'newer' }, signal))?.after, 1_000);
});

test('an answer that nobody came for in time is forgotten', async () => {
  busy();
  const [web, shop] = [workload('web'), workload('shop')];
  for (const one of [web, shop]) await crowds.ask(one, signal);
  await clock.advance(1_000);
  await crowds.ask(web, signal);
  await clock.advance(10_001);
  busy();
  assert.equal((await crowds.ask(shop, signal))?.after, 1_000);
});

test('a list that fails is told to everybody who waited for it, and does not stand in the way of the next', async () => {
  busy();
  const [web, shop] = [workload('web'), workload('shop')];
  for (const one of [web, shop]) await crowds.ask(one, signal);
  await clock.advance(1_000);
  cluster.before = () => {
    throw kubeError('Unavailable', 'away');
  };
  for (const one of [web, shop]) await assert.rejects(crowds.ask(one, signal), /away/);
  busy();
  assert.equal((await crowds.ask(web, signal))?.after, 1_000);
});

test('no list asks for more than fifty workloads', async () => {
  busy();
  const fleet = Array.from({ length: 60 }, (_, index) => workload(`app-${index}`));
  for (const one of fleet) await crowds.ask(one, signal);
  await clock.advance(1_000);
  for (const one of fleet) await crowds.ask(one, signal);
  assert.equal(lists(), 2);
});

test('a workload whose selector was changed leaves its crowd', async () => {
  busy();
  await crowds.ask(workload('web'), signal);
  await clock.advance(1_000);
  busy();
  const changed = workload('web', { podSelector: 'name=web', resourceVersion: 'newer' });
  assert.equal((await crowds.ask(changed, signal))?.after, 1_000);
});

test('those who are expected are listed with the first of them who asks, also while there are turns', async () => {
  const [web, shop] = [workload('web'), workload('shop')];
  runs('web', digestOf('web'));
  runs('shop', digestOf('shop'));
  for (const one of [web, shop]) crowds.expect(one);
  assert.deepEqual(await digestsOf(web), [digestOf('web')]);
  assert.deepEqual(await digestsOf(shop), [digestOf('shop')]);
  assert.equal(lists(), 1);
});

test('a crowd that is full waits for its turn alone', async () => {
  for (let index = 0; index < 50; index++) crowds.expect(workload(`app-${index}`));
  busy();
  const { after = 0 } = (await crowds.ask(workload('app-0'), signal)) ?? {};
  assert.ok(after > 0 && after < 1_000, `asked again after ${after} ms`);
});

test('who was expected and is forgotten is not listed, and asks anew', async () => {
  const [web, gone] = [workload('web'), workload('gone')];
  for (const one of [web, gone]) crowds.expect(one);
  crowds.forget(workloadKey(gone.ref));
  await crowds.ask(web, signal);
  assert.equal(await crowds.ask(gone, signal), undefined, 'it is to ask alone');
});

test('who has an answer waiting is not expected once more', async () => {
  const [web, shop, late] = [workload('web'), workload('shop'), workload('late')];
  for (const one of [web, shop]) crowds.expect(one);
  await crowds.ask(web, signal);
  crowds.expect(shop);
  assert.equal(await crowds.ask(late, signal), undefined, 'nobody waits with whom it could be asked');
});

test('each crowd has a turn of its own', async () => {
  busy();
  const fleet = Array.from({ length: 100 }, (_, index) => workload(`app-${index}`));
  for (const one of fleet) crowds.expect(one);
  const waits = [];
  for (const index of [0, 50]) waits.push((await crowds.ask(workload(`app-${index}`), signal))?.after);
  assert.deepEqual(waits, [50, 100]);
});
