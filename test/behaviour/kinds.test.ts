import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { listPath, objectPath, resources } from '../../src/kube/resources.ts';
import { at, textAt } from '../../src/model/json.ts';
import { jobs } from '../../src/sandbox/cluster/cluster-resources.ts';
import { undoing } from '../support/undoing.ts';
import { Exhibit } from './exhibit.ts';
import { openShop } from './open-shop.ts';
import type { Shop } from './shop.ts';

const forever = new AbortController().signal;

/** Every kind of workload, by the rules of its own controller; runs unchanged on the sandbox and on a real cluster. */
describe('kinds of workload', { timeout: 600_000 }, () => {
  const defer = undoing();
  let shop: Shop;

  before(async () => {
    ({ shop } = await openShop(defer));
    for (const tag of ['1.0.0', '1.1.0']) await shop.push('app', tag);
    await shop.push('broken', '1.0.0');
    await shop.push('broken', '1.1.0', { crashes: true });
    shop.start();
  });

  const old = () => shop.image('app', '1.0.0');
  const now = () => shop.image('app', '1.1.0');

  it('a StatefulSet moves to a newer tag, pod by pod, and is verified', async () => {
    const set = await Exhibit.make(shop, 'StatefulSet', 'set', {
      image: old(),
      policy: 'minor',
      spec: { replicas: 2 },
    });
    await set.outcome('Verified');
    assert.equal(await set.image(), now());
    assert.deepEqual(await set.podImages(), { 'set-0': now(), 'set-1': now() });
    await set.saying('UpToDate');
    const object = await set.object();
    assert.equal(textAt(object, 'status', 'currentRevision'), textAt(object, 'status', 'updateRevision'));
  });

  it('a StatefulSet is restarted for a new digest of its tag where the pull policy is Always', async () => {
    const first = await shop.push('floating', 'stable', { content: 'old' });
    const set = await Exhibit.make(shop, 'StatefulSet', 'restarted', {
      image: shop.image('floating', 'stable'),
      policy: 'digest',
      pullPolicy: 'Always',
    });
    await set.ready();
    assert.equal((await set.saying('UpToDate'))['digest'], first);

    const second = await shop.push('floating', 'stable', { content: 'new' });

    await set.outcome('Verified');
    assert.equal(await set.image(), shop.image('floating', 'stable'));
    assert.deepEqual(
      (await set.pods()).flatMap(({ containers }) => containers.map(({ digest }) => digest)),
      [second],
    );
  });

  it('a StatefulSet with OnDelete waits for a person, and says so until the pods are new', async () => {
    const set = await Exhibit.make(shop, 'StatefulSet', 'on-delete', {
      image: old(),
      policy: 'minor',
      spec: { updateStrategy: { type: 'OnDelete' } },
    });
    await set.outcome('AppliedPendingRestart');
    const held = await set.saying('AppliedPendingRestart');
    assert.equal(held['state'], 'Held');
    assert.equal(await set.image(), now());
    assert.deepEqual(await set.podImages(), { 'on-delete-0': old() });

    await set.deletePods();

    await set.saying('UpToDate');
    await set.ready();
    assert.deepEqual(await set.podImages(), { 'on-delete-0': now() });
  });

  it('a StatefulSet is updated as far as its partition allows', async () => {
    const rollingUpdate = { partition: 1 };
    const set = await Exhibit.make(shop, 'StatefulSet', 'partition', {
      image: old(),
      policy: 'none',
      spec: { replicas: 2, updateStrategy: { type: 'RollingUpdate', rollingUpdate } },
    });
    await set.ready(2);
    await set.merge({ metadata: { annotations: { 'plimsoll.dev/policy': 'minor' } } });
    await set.outcome('Verified');
    assert.deepEqual(await set.podImages(), { 'partition-0': old(), 'partition-1': now() });
  });

  it('a StatefulSet whose partition keeps every pod is written and pending', async () => {
    const rollingUpdate = { partition: 5 };
    const set = await Exhibit.make(shop, 'StatefulSet', 'kept', {
      image: old(),
      policy: 'none',
      spec: { replicas: 1, updateStrategy: { type: 'RollingUpdate', rollingUpdate } },
    });
    await set.ready();
    await set.merge({ metadata: { annotations: { 'plimsoll.dev/policy': 'minor' } } });
    await set.saying('AppliedPendingRestart');
    assert.deepEqual(await set.podImages(), { 'kept-0': old() });

    await set.merge({ spec: { updateStrategy: { rollingUpdate: { partition: 0 } } } });

    await set.saying('UpToDate');
    await shop.until('the new pod', async () => (await set.podImages())['kept-0'] === now());
  });

  it('a StatefulSet that is scaled to zero is updated and unverified', async () => {
    const set = await Exhibit.make(shop, 'StatefulSet', 'asleep', {
      image: old(),
      policy: 'minor',
      spec: { replicas: 0 },
    });
    await set.outcome('Unverified');
    assert.equal(await set.image(), now());
  });

  it('a StatefulSet whose new image does not run is told as failed, by its crashes or by its deadline', async () => {
    const set = await Exhibit.make(shop, 'StatefulSet', 'broken', {
      image: shop.image('broken', '1.0.0'),
      policy: 'none',
      annotations: { 'plimsoll.dev/rollout-deadline': '10s', 'plimsoll.dev/rollback': 'never' },
      // Without it a container that ends counts as ready for a moment, and the next pod is replaced.
      spec: { replicas: 2, minReadySeconds: 3 },
    });
    await set.ready(2);
    await set.merge({ metadata: { annotations: { 'plimsoll.dev/policy': 'minor' } } });
    const status = await set.outcome('Failed');
    assert.match(textAt(status, 'message') ?? '', /deadline|ends again and again/);
    assert.equal((await set.podImages())['broken-0'], shop.image('broken', '1.0.0'));
  });

  it('a StatefulSet that becomes ready after its deadline has failed, and is verified after all', async () => {
    const set = await Exhibit.make(shop, 'StatefulSet', 'slow', {
      image: old(),
      policy: 'minor',
      annotations: {
        'plimsoll.dev/rollback': 'never',
        'plimsoll.dev/rollout-deadline': '1s',
        'plimsoll.dev/suspend': 'true',
      },
      spec: { minReadySeconds: 4 },
    });
    await shop.until('the old pod to be available', async () => {
      return at(await set.object(), 'status', 'availableReplicas') === 1;
    });
    await set.merge({ metadata: { annotations: { 'plimsoll.dev/suspend': null } } });
    const failed = await set.outcome('Failed');
    assert.equal(failed['reason'], 'RolloutFailed');
    await set.outcome('Verified');
    assert.deepEqual((await set.saying('UpToDate'))['rejected'], []);
    assert.equal(await set.image(), now());
  });

  it('init containers and sidecars follow policies of their own', async () => {
    const set = await Exhibit.make(shop, 'StatefulSet', 'parts', {
      image: old(),
      policy: 'none',
      annotations: { 'plimsoll.dev/policy.proxy': 'minor' },
      initContainers: [
        { name: 'prepare', image: shop.image('app', '1.0.0'), command: ['/bin/true'] },
        { name: 'proxy', image: shop.image('app', '1.0.0'), restartPolicy: 'Always' },
      ],
    });
    await set.outcome('Verified', 'proxy');
    assert.equal(await set.image('proxy'), now());
    assert.equal(await set.image('prepare'), old());
    assert.equal(await set.image(), old());
    assert.equal(await set.tracked('prepare'), undefined);
  });

  it('a DaemonSet moves to a newer tag on every node, and is verified', async () => {
    const set = await Exhibit.make(shop, 'DaemonSet', 'agent', { image: old(), policy: 'minor' });
    await set.outcome('Verified');
    assert.equal(await set.image(), now());
    const images = Object.values(await set.podImages());
    assert.ok(images.length > 0);
    assert.deepEqual([...new Set(images)], [now()]);
  });

  it('a DaemonSet with OnDelete waits for a person', async () => {
    const set = await Exhibit.make(shop, 'DaemonSet', 'by-hand', {
      image: old(),
      policy: 'minor',
      spec: { updateStrategy: { type: 'OnDelete' } },
    });
    await set.saying('AppliedPendingRestart');
    assert.deepEqual(Object.values(await set.podImages()), [old()]);
    await set.deletePods();
    await set.saying('UpToDate');
    assert.deepEqual(Object.values(await set.podImages()), [now()]);
  });

  it('a CronJob is done when it is written, and the next run uses the new image', async () => {
    const cronJob = await Exhibit.make(shop, 'CronJob', 'nightly', { image: old(), policy: 'minor' });
    await cronJob.outcome('Unverified');
    await cronJob.saying('UpToDate');
    assert.equal(await cronJob.image(), now());

    const spec = at(await cronJob.object(), 'spec', 'jobTemplate', 'spec');
    const body = { metadata: { name: 'nightly-by-hand', namespace: shop.namespace }, spec };
    await shop.admin.create(listPath(jobs, shop.namespace), body, { signal: forever });

    await shop.until('the pod of the run', async () => Object.keys(await cronJob.podImages()).length > 0);
    assert.deepEqual([...new Set(Object.values(await cronJob.podImages()))], [now()]);
    await shop.admin.delete(objectPath(jobs, shop.namespace, 'nightly-by-hand'), {
      query: { propagationPolicy: 'Background' },
      signal: forever,
    });
  });

  it('a CronJob is never restarted: a new digest is pinned', async () => {
    await shop.push('nightly', 'stable', { content: 'old' });
    const cronJob = await Exhibit.make(shop, 'CronJob', 'pinned', {
      image: shop.image('nightly', 'stable'),
      policy: 'digest',
      pullPolicy: 'Always',
    });
    await cronJob.saying('UpToDate');

    const digest = await shop.push('nightly', 'stable', { content: 'new' });

    await cronJob.outcome('Unverified');
    assert.equal(await cronJob.image(), `${shop.image('nightly', 'stable')}@${digest}`);
    assert.deepEqual(await cronJob.templateAnnotations(), {});
  });

  it('a TrackedImage goes with its workload, whatever its kind', async () => {
    const set = await Exhibit.make(shop, 'DaemonSet', 'leaving', { image: now(), policy: 'minor' });
    await set.saying('UpToDate');
    await shop.admin.delete(set.path, { query: { propagationPolicy: 'Background' }, signal: forever });
    await shop.until('its TrackedImage to go', async () => (await set.tracked()) === undefined);
  });

  it('events stand on the workload under its own kind', async () => {
    for (const reason of ['UpdateApplied', 'AppliedPendingRestart']) await shop.told('on-delete', reason);
    for await (const page of shop.admin.list(listPath(resources.events, shop.namespace), {
      signal: forever,
    })) {
      const ours = page.items.filter((event) => textAt(event, 'regarding', 'name') === 'on-delete');
      const own = ours.filter((event) => textAt(event, 'reportingController') === 'plimsoll.dev/controller');
      assert.deepEqual([...new Set(own.map((event) => textAt(event, 'regarding', 'kind')))], ['StatefulSet']);
    }
  });
});
