import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { listPath } from '../../src/kube/resources.ts';
import { type JsonObject, listAt, numberAt, textAt } from '../../src/model/json.ts';
import { nodes } from '../../src/sandbox/cluster/cluster-resources.ts';
import { undoing } from '../support/undoing.ts';
import type { Backend } from './backend.ts';
import { Exhibit, type ExhibitParts } from './exhibit.ts';
import { openShop } from './open-shop.ts';
import type { Shop } from './shop.ts';

const forever = new AbortController().signal;

/** Updates of workloads of which a part was unavailable before; runs unchanged on the sandbox and on a real cluster. */
describe('a workload of which a part was unavailable before an update', {
  timeout: 300_000,
  concurrency: true,
}, () => {
  const defer = undoing();
  let backend: Backend;
  let shop: Shop;

  before(async () => {
    ({ backend, shop } = await openShop(defer));
    await shop.push('app', '1.0.0');
    await shop.push('app', '1.1.0');
    await shop.push('broken', '1.0.0');
    await shop.push('broken', '1.1.0', { crashes: true });
    shop.start();
  });

  /** A workload of two replicas whose second finds no node: none may be where the other is, and there is one node. */
  const lackingOne = async (
    kind: 'Deployment' | 'StatefulSet',
    name: string,
    { repository = 'app', ...parts }: Partial<ExhibitParts> & { readonly repository?: string },
  ) => {
    const image = shop.image(repository, '1.0.0');
    const workload = await Exhibit.make(shop, kind, name, {
      image,
      policy: 'none',
      ...parts,
      pod: { affinity: apart(name) },
    });
    await shop.until(`the first replica of ${name}`, async () => {
      const status = (await workload.object())['status'];
      return numberAt(status, 'availableReplicas') === 1;
    });
    await workload.merge({ spec: { replicas: 2 } });
    await shop.until(`a second replica of ${name} that finds no node`, async () => {
      const pods = await workload.pods();
      const status = (await workload.object())['status'];
      return numberAt(status, 'replicas') === 2 && pods.some(({ trouble }) => trouble !== undefined);
    });
    await workload.merge({ metadata: { annotations: { 'plimsoll.dev/policy': 'minor' } } });
    return workload;
  };

  const lastUpdate = (status: JsonObject) => listAt(status, 'history')[0];

  const note = (name: string, reason: string) =>
    shop.until(`the event ${reason} of ${name}`, async () => {
      return (await shop.events(name)).find((event) => event.reason === reason)?.note;
    });

  it('a Deployment is verified when no more is missing than before', async () => {
    const web = await lackingOne('Deployment', 'lacking', { spec: { strategy: { type: 'Recreate' } } });
    const status = await web.outcome('Verified');
    assert.equal(await web.image(), shop.image('app', '1.1.0'));
    assert.equal(numberAt(lastUpdate(status), 'unavailableBefore'), 1);
    assert.match(
      await note('lacking', 'RolloutVerified'),
      /1 of 2 replicas available; 1 was unavailable before the update as well/,
    );
  });

  it('a Deployment that gets no further is left as it is, and its image is not rejected', async () => {
    const annotations = { 'plimsoll.dev/rollout-deadline': '4s' };
    const web = await lackingOne('Deployment', 'hanging', { annotations });
    const status = await web.outcome('Unverified');
    assert.equal(await web.image(), shop.image('app', '1.1.0'));
    assert.deepEqual(listAt(status, 'rejected'), []);
    assert.match(
      await note('hanging', 'RolloutUnverified'),
      /not complete within its deadline: 1 of 2 replicas updated; 1 was unavailable before the update as well/,
    );
  });

  it('a StatefulSet that waits for its missing pod is left as it is', async () => {
    const annotations = { 'plimsoll.dev/rollout-deadline': '4s' };
    const set = await lackingOne('StatefulSet', 'ordered', { annotations });
    await set.outcome('Unverified');
    const told = await set.saying('BaselineUnhealthy');
    assert.match(textAt(told, 'message') ?? '', /: 0 of 2 replicas updated; 1 was unavailable before/);
    assert.equal(await set.image(), shop.image('app', '1.1.0'));
    assert.equal((await set.podImages())['ordered-0'], shop.image('app', '1.0.0'));
  });

  it('an image that crashes is put back although a replica was missing before', async () => {
    const web = await lackingOne('Deployment', 'crashing', {
      repository: 'broken',
      spec: { strategy: { type: 'Recreate' } },
    });
    const status = await web.outcome('RolledBack');
    assert.equal(await web.image(), shop.image('broken', '1.0.0'));
    assert.match(textAt(listAt(status, 'rejected')[0], 'message') ?? '', /ends again and again/);
  });

  it('a Deployment that goes back to a template of before is not judged by the deadline that it missed since', async () => {
    const spec = { strategy: { type: 'Recreate' }, progressDeadlineSeconds: 6 };
    const web = await lackingOne('Deployment', 'back', { spec });
    await web.outcome('Verified');
    await shop.until('the missed deadline of the replica that finds no node', async () => {
      const conditions = listAt(await web.object(), 'status', 'conditions');
      return conditions.some((one) => textAt(one, 'reason') === 'ProgressDeadlineExceeded');
    });
    await shop.steer('deployment.back.web', { rollbackTo: '1.0.0' });
    await shop.until('the image before', async () => (await web.image()) === shop.image('app', '1.0.0'));
    const status = await shop.until('the end of the way back', async () => {
      const tracked = await web.tracked();
      return tracked && textAt(lastUpdate(tracked), 'outcome') !== 'InProgress' && tracked;
    });
    assert.equal(listAt(status, 'history').length, 2);
    assert.equal(textAt(lastUpdate(status), 'outcome'), 'Verified');
  });

  describe('a DaemonSet with a dead node', () => {
    const onTwoNodes = async (name: string, maxUnavailable: number) => {
      const set = await Exhibit.make(shop, 'DaemonSet', name, {
        image: shop.image('app', '1.0.0'),
        policy: 'none',
        annotations: { 'plimsoll.dev/rollout-deadline': '4s' },
        spec: { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable } } },
      });
      await shop.until(`the pods of ${name}`, async () => {
        const status = (await set.object())['status'];
        const counts = ['desiredNumberScheduled', 'updatedNumberScheduled', 'numberAvailable'];
        return counts.map((count) => numberAt(status, count)).join() === '2,2,1';
      });
      await set.merge({ metadata: { annotations: { 'plimsoll.dev/policy': 'minor' } } });
      return set;
    };

    before(async () => {
      // A node that is not there would give every other DaemonSet of a real cluster a pod that never runs.
      if (backend.kind !== 'sandbox') return;
      const body = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'dead' } };
      await shop.admin.create(listPath(nodes), body, { signal: forever });
    });

    it('is verified on the others', async (context) => {
      if (backend.kind !== 'sandbox') return context.skip('a real cluster has no dead node');
      const set = await onTwoNodes('roomy', 2);
      await set.outcome('Verified');
      assert.match(
        await note('roomy', 'RolloutVerified'),
        /available on 1 of 2 nodes; 1 was unavailable before the update as well/,
      );
    });

    it('is left as it is where the dead node takes all the room that its strategy gives', async (context) => {
      if (backend.kind !== 'sandbox') return context.skip('a real cluster has no dead node');
      const set = await onTwoNodes('narrow', 1);
      await set.outcome('Unverified');
      assert.equal(await set.image(), shop.image('app', '1.1.0'));
      assert.match(await note('narrow', 'RolloutUnverified'), /0 of 2 nodes updated; 1 was unavailable/);
    });
  });
});

/** No two pods of a workload on one node. */
function apart(name: string): JsonObject {
  const term = {
    labelSelector: { matchLabels: { app: name } },
    topologyKey: 'kubernetes.io/hostname',
  };
  return { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } };
}
