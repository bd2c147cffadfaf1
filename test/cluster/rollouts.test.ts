import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { PodView } from '../../src/kube/pods.ts';
import { listPath } from '../../src/kube/resources.ts';
import { at, type JsonObject, listAt, textAt } from '../../src/model/json.ts';
import { jobs } from '../../src/sandbox/cluster/cluster-resources.ts';
import { type Backend, startBackend } from '../behaviour/backend.ts';
import { Exhibit } from '../behaviour/exhibit.ts';
import { Shop } from '../behaviour/shop.ts';
import { undoing } from '../support/undoing.ts';
import { until } from '../support/until.ts';
import { outcomes, Subject } from './subject.ts';

const { signal } = new AbortController();

/**
 * What a kubelet makes of good and bad images, and what follows. The tests run side by side; each group has a namespace of its
 * own, because three failures would close the gate of one.
 */
describe('a rollout on a real node', { timeout: 600_000, concurrency: true }, () => {
  const defer = undoing();
  let backend: Backend;
  let shops: readonly Shop[] = [];

  before(async () => {
    backend = await startBackend();
    defer(() => backend.close());
    shops = await Promise.all(Array.from({ length: 4 }, () => Shop.open(backend)));
    defer(() => Promise.all(shops.map((shop) => shop.close())));
    for (const shop of shops) shop.start('--max-rollouts=50');
  });

  const shopAt = (index: number): Shop => {
    const shop = shops[index];
    assert.ok(shop);
    return shop;
  };

  it('that never becomes ready is put back at its deadline, and the old pods serve all the time', async () => {
    const web = await Subject.make(shopAt(0), 'never-ready', {
      annotations: { 'plimsoll.dev/rollout-deadline': '8s' },
    });
    await web.push('1.1.0', 'neverReady');
    const status = await web.outcome('RolledBack');
    assert.equal(await web.image(), web.reference('1.0.0'));
    assert.match(
      textAt(status, 'message') ?? '',
      /not complete within its deadline: 1 of the old replicas still run/,
    );
    assert.deepEqual(rejectedTags(status), ['1.1.0']);
    await web.saying('RolledBack');
    await web.eventsAre(['UpdateApplied', 'RolloutFailed', 'RolledBack']);
    assert.ok((await web.pods()).some(({ ready }) => ready));
  });

  it('that becomes ready late, and within its deadline, is not undone', async () => {
    const web = await Subject.make(shopAt(0), 'late-ready', {
      annotations: { 'plimsoll.dev/rollout-deadline': '60s' },
    });
    await web.push('1.1.0', 'lateReady');
    const status = await web.outcome('Verified');
    assert.equal(await web.image(), web.reference('1.1.0'));
    assert.deepEqual(rejectedTags(status), []);
    await web.eventsAre(['UpdateApplied', 'RolloutVerified']);
  });

  it('of two containers is put back in both, and only the failing image is rejected', async () => {
    const web = await Subject.make(shopAt(0), 'two', {
      sidecar: true,
      annotations: { 'plimsoll.dev/mode': 'notify' },
    });
    await web.push('1.1.0', 'ready');
    await web.push('1.1.0', 'crashes', 'side');
    await web.saying('NotifyOnly');
    await web.saying('NotifyOnly', 'side');
    await web.annotate({ 'plimsoll.dev/mode': null });

    const side = await web.outcome('RolledBack', 'side');
    assert.deepEqual(rejectedTags(side), ['1.1.0']);
    assert.match(textAt(side, 'message') ?? '', /pod two-\S+: side ends again and again with exit code 3/);
    assert.deepEqual(rejectedTags(await web.tracked()), []);
    // What did not fail is tried again by itself, and stays.
    const status = await web.outcome('Verified');
    assert.deepEqual(outcomes(status), ['Verified', 'RolledBack']);
    assert.deepEqual(
      [await web.image(), await web.image('side')],
      [web.reference('1.1.0'), web.reference('1.0.0', 'side')],
    );
  });

  it('of a DaemonSet that crashes is put back on every node', async () => {
    const agent = await Subject.make(shopAt(1), 'agent', { kind: 'DaemonSet' });
    await agent.push('1.1.0', 'crashes');
    const status = await agent.outcome('RolledBack');
    assert.deepEqual(rejectedTags(status), ['1.1.0']);
    await agent.settled('1.0.0');
    await agent.eventsAre(['UpdateApplied', 'RolloutFailed', 'RolledBack']);
  });

  it('of a StatefulSet that is stuck before anything started is put back, pod and all', async () => {
    await shopAt(1).permit('stuck-pods');
    const db = await Subject.make(shopAt(1), 'db', {
      kind: 'StatefulSet',
      spec: { replicas: 2 },
      // A further look would find out that the image is gone.
      annotations: { 'plimsoll.dev/interval': '1h' },
    });
    await db.saying('UpToDate');
    await db.push('1.1.0', 'ready');
    await shopAt(1).steer('statefulset.db.web', { hold: true, checkAt: new Date().toISOString() });
    await db.saying('PersonalHold');
    await backend.deleteTag(db.repository(), '1.1.0');
    await shopAt(1).steer('statefulset.db.web', { hold: false });

    const status = await db.outcome('RolledBack');
    assert.match(textAt(status, 'message') ?? '', /pod db-1: web cannot be pulled/);
    await db.settled('1.0.0');
    await db.eventsAre(['UpdateHeld', 'UpdateApplied', 'RolloutFailed', 'RolledBack', 'StuckPodDeleted']);
  });

  it('of a StatefulSet whose new container has started is left as it is, because of its data', async () => {
    const db = await Subject.make(shopAt(2), 'started', { kind: 'StatefulSet', spec: { replicas: 1 } });
    await db.push('1.1.0', 'crashes');
    const status = await db.outcome('Failed');
    assert.deepEqual(rejectedTags(status), ['1.1.0']);
    const told = await db.saying('RolloutFailed');
    assert.match(textAt(told, 'message') ?? '', /not put back: a container of the new image has started/);
    assert.equal(await db.image(), db.reference('1.1.0'));
    await db.eventsAre(['UpdateApplied', 'RolloutFailed']);
  });

  it('is judged the same while an autoscaler writes all the time', async (context) => {
    const web = await Subject.make(shopAt(2), 'scaled', { spec: { replicas: 2 } });
    const scaling = web.scaleUntilAborted();
    context.after(() => scaling.stop());
    await web.push('1.1.0', 'ready');
    await web.outcome('Verified');
    await web.push('1.2.0', 'crashes');
    const status = await web.outcome('RolledBack');
    await scaling.stop();
    assert.equal(await web.image(), web.reference('1.1.0'));
    assert.deepEqual(outcomes(status), ['RolledBack', 'Verified']);
    assert.deepEqual(rejectedTags(status), ['1.2.0']);
    assert.ok(scaling.writes > 10, `${scaling.writes} writes of the autoscaler`);
  });

  it('to a CronJob is what its next Job runs, while the Job that runs is left alone', async () => {
    const shop = shopAt(2);
    await shop.push('nightly', '1.0.0');
    const image = shop.image('nightly', '1.0.0');
    const spec = { schedule: '* * * * *' };
    const nightly = await Exhibit.make(shop, 'CronJob', 'nightly', { image, policy: 'minor', spec });
    const job = at(await nightly.object(), 'spec', 'jobTemplate', 'spec');
    const body = { metadata: { name: 'nightly-by-hand', namespace: shop.namespace }, spec: job };
    await shop.admin.create(listPath(jobs, shop.namespace), body, { signal });
    const running = async (tag: string) =>
      (await nightly.pods()).find(
        ({ ready, images }) => ready && images.get('web') === shop.image('nightly', tag),
      );
    const before = await shop.until('the Job that runs', () => running('1.0.0'));
    await shop.push('nightly', '1.1.0');

    const status = await nightly.outcome('Unverified');
    assert.match(textAt(status, 'message') ?? '', /1\.1\.0/);
    let next: PodView | undefined;
    const isMade = async () => (next = await running('1.1.0')) !== undefined;
    await until('the next Job', isMade, 100_000);
    assert.ok(next?.owner?.name.startsWith('nightly-'));
    const present = (await nightly.pods()).find(({ uid }) => uid === before.uid);
    assert.deepEqual([present?.ready, present?.containers], [true, before.containers]);
  });

  for (const manager of ['kustomize-controller', 'argocd-controller', 'helm', 'kubectl-client-side-apply']) {
    it(`is given up where ${manager} applies the old manifest every second, and the fight is named`, async (context) => {
      const name = `fought-by-${manager.split('-')[0]}`;
      const annotations = { 'plimsoll.dev/managed-elsewhere': 'allow' };
      const web = await Subject.make(shopAt(3), name, { annotations, fieldManager: manager });
      const applying = web.applyUntilAborted('1.0.0', manager);
      context.after(() => applying.stop());
      await web.push('1.1.0', 'ready');
      const status = await web.saying('Reverted');
      assert.match(
        textAt(status, 'message') ?? '',
        new RegExp(`held because ${manager} put \\S+:1\\.0\\.0 back at \\S+ and again at`),
      );
      assert.equal(listAt(status, 'reverts').length, 2);
      // Another look after which nothing was written shows that the fight is over.
      const generation = await web.generation();
      await web.push('2.0.0', 'ready');
      await web.until('a further look', async () => (await web.tracked())?.['latest'] === '2.0.0');
      assert.equal(await web.generation(), generation);
      assert.equal(listAt(await web.tracked(), 'history').length, 2);
      await applying.stop();
      assert.equal(await web.image(), web.reference('1.0.0'));
    });
  }
});

function rejectedTags(status: JsonObject | undefined): readonly (string | undefined)[] {
  return listAt(status, 'rejected').map((rejection) => textAt(rejection, 'tag'));
}
