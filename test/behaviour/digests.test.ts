import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { objectPath, resources } from '../../src/kube/resources.ts';
import { listAt } from '../../src/model/json.ts';
import { undoing } from '../support/undoing.ts';
import type { Backend, PushedIndex } from './backend.ts';
import { openShop } from './open-shop.ts';
import type { Shop } from './shop.ts';

const foreign = 'linux/s390x';
const { signal } = new AbortController();

/**
 * What a node reports of an image is one of the names under which it knows the content, not what its tag meant when it was
 * pulled. Row by row, with the rollouts that each may cause; on the sandbox, and on a real node that names images by itself.
 */
describe('the digest story', { timeout: 300_000 }, () => {
  const defer = undoing();
  let backend: Backend;
  let shop: Shop;

  before(async () => {
    ({ backend, shop } = await openShop(defer));
    // Nodes are read by a controller that works in all namespaces.
    shop.startEverywhere();
  });

  /** Each new template of a Deployment is a revision; the first one is no rollout of ours. */
  const rollouts = async (name: string) => {
    const { 'deployment.kubernetes.io/revision': revision } = await shop.annotationsOf(name);
    return Number(revision) - 1;
  };
  const push = (repository: string, content: string, name: 'early' | 'late') =>
    shop.pushIndex(repository, '1.5', {
      images: { [foreign]: 'other', [backend.platform]: content },
      name,
    });
  const child = ({ children }: PushedIndex) => children[backend.platform] ?? '';
  const known = (name: string, digest: string) =>
    shop.until(`${name} to be known as ${digest}`, async () => {
      const status = await shop.tracked(name);
      return status?.['digest'] === digest && status['reason'] === 'UpToDate' ? status : undefined;
    });
  /** Has a look made, and waits until it was. */
  const looked = async (name: string) => {
    const path = objectPath(resources.trackedImages, shop.namespace, `deployment.${name}.web`);
    const checkAt = new Date().toISOString();
    await shop.admin.patch(path, { spec: { checkAt } }, { type: 'merge', signal });
    await shop.until(
      `the look at ${name}`,
      async () => (await shop.tracked(name))?.['checkedAt'] === checkAt,
    );
  };
  /** Replaces the pod of a Deployment by another one of the same template, and waits for what it reports. */
  const replacePod = async (name: string, reports: string) => {
    for (const pod of await shop.pods(name)) {
      await shop.admin.delete(objectPath(resources.pods, shop.namespace, pod.name), { signal });
    }
    await shop.until(`a new pod of ${name}`, async () => {
      const pods = await shop.pods(name);
      return pods.length === 1 && pods.every(({ ready }) => ready);
    });
    await shop.until(`${name} to report ${reports}`, async () => {
      return (await shop.runningDigests(name)).every((digest) => digest === reports);
    });
  };

  for (const [name, pullPolicy] of [
    ['restarted', 'Always'],
    ['pinned', 'IfNotPresent'],
  ] as const) {
    describe(`of an image that is ${name}, because its pull policy is ${pullPolicy}`, () => {
      let index1: PushedIndex;
      let index2: PushedIndex;
      let index3: PushedIndex;

      it('runs the index that its tag means: no rollout', async () => {
        index1 = await push(name, 'one', 'late');
        await shop.deploy({
          name,
          image: shop.image(name, '1.5'),
          annotations: { 'plimsoll.dev/policy': 'digest' },
          pullPolicy,
        });
        await known(name, index1.digest);
        assert.deepEqual(await shop.runningDigests(name), [index1.digest]);
        assert.equal(await rollouts(name), 0);
      });

      it('is pushed again with the same images: no rollout, whatever a new pod then reports', async () => {
        index2 = await push(name, 'one', 'early');
        assert.notEqual(index2.digest, index1.digest);
        await known(name, index2.digest);
        if (pullPolicy === 'Always') await replacePod(name, index2.digest);
        await looked(name);
        assert.equal(await rollouts(name), 0);
      });

      it('is pushed again with another image for a platform that no node has: no rollout', async () => {
        const images = { [foreign]: 'another', [backend.platform]: 'one' };
        const { digest } = await shop.pushIndex(name, '1.5', { images });
        const status = await known(name, digest);
        assert.deepEqual(status['platforms'], [backend.platform]);
        assert.equal(await rollouts(name), 0);
      });

      it('is pushed again with another image for its node: one rollout', async () => {
        index3 = await push(name, 'two', 'late');
        await known(name, index3.digest);
        await shop.outcome(name, 'Verified');
        assert.equal(await rollouts(name), 1);
        assert.deepEqual(await shop.runningDigests(name), [index3.digest]);
      });

      it('has its tag moved back to the first index: one rollout, although its node reports another one', async () => {
        const before = await shop.tracked(name);
        assert.equal((await push(name, 'one', 'late')).digest, index1.digest);
        await known(name, index1.digest);
        await shop.until('the end of the rollout', async () => {
          const [last] = listAt(await shop.tracked(name), 'history');
          return JSON.stringify(last).includes('Verified') && listAt(before, 'history').length === 1;
        });
        assert.equal(await rollouts(name), 2);
        if (pullPolicy === 'Always') assert.deepEqual(await shop.runningDigests(name), [index2.digest]);
        await looked(name);
        assert.equal(await rollouts(name), 2);
      });

      it('is pulled by the digest of its platform elsewhere on the node: no rollout, although that is what is reported now', async () => {
        const image = shop.image(name, '1.5').replace(/:1\.5$/, `@${child(index1)}`);
        await shop.deploy({ name: `${name}-elsewhere`, image });
        await replacePod(name, child(index1));
        await looked(name);
        assert.equal((await shop.tracked(name))?.['digest'], index1.digest);
        assert.equal(await rollouts(name), 2);
      });

      it('stays where it is when nothing is remembered any more', async () => {
        const path = objectPath(resources.trackedImages, shop.namespace, `deployment.${name}.web`);
        await shop.stop();
        await shop.admin.delete(path, { signal });
        shop.startEverywhere();
        await known(name, index1.digest);
        assert.equal(await rollouts(name), 2);
      });
    });
  }

  it('passes a tag over that its node cannot run, and takes the next best', async () => {
    const here = { images: { [backend.platform]: 'here' } };
    await shop.pushIndex('wanted', '1.0.0', here);
    await shop.pushIndex('wanted', '1.1.0', { images: { [backend.platform]: 'newer', [foreign]: 'newer' } });
    await shop.pushIndex('wanted', '1.2.0', { images: { [foreign]: 'newest' } });
    await shop.deploy({
      name: 'wanted',
      image: shop.image('wanted', '1.0.0'),
      annotations: { 'plimsoll.dev/policy': 'minor' },
    });
    await shop.outcome('wanted', 'Verified');
    assert.equal(await shop.imageOf('wanted'), shop.image('wanted', '1.1.0'));
    const status = await shop.saying('wanted', 'PlatformMissing');
    assert.match(String(status['message']), new RegExp(`1\\.2\\.0 does not offer ${backend.platform}`));
  });

  it('takes it after all when it is pushed again for that platform', async () => {
    const images = { [backend.platform]: 'newest', [foreign]: 'newest' };
    await shop.pushIndex('wanted', '1.2.0', { images });
    await shop.arrived('wanted', '1.2.0');
  });

  it('asks for the platforms that an annotation names, whatever the nodes are', async () => {
    for (const tag of ['1.0.0', '1.1.0']) {
      await shop.pushIndex('named', tag, { images: { [backend.platform]: tag } });
    }
    await shop.deploy({
      name: 'named',
      image: shop.image('named', '1.0.0'),
      annotations: {
        'plimsoll.dev/policy': 'minor',
        'plimsoll.dev/platforms': `${backend.platform},${foreign}`,
      },
    });
    const status = await shop.saying('named', 'PlatformMissing');
    assert.match(String(status['message']), /1\.1\.0 does not offer linux\/s390x/);
    assert.equal(await shop.imageOf('named'), shop.image('named', '1.0.0'));
  });

  it('holds a full version that was pushed again, tells it once, and follows it when told to', async () => {
    await shop.push('full', '1.2.3', { content: 'old' });
    await shop.deploy({
      name: 'full',
      image: shop.image('full', '1.2.3'),
      annotations: { 'plimsoll.dev/policy': 'minor' },
    });
    await shop.saying('full', 'UpToDate');
    await looked('full');
    const now = await shop.push('full', '1.2.3', { content: 'new' });
    await looked('full');
    const status = await shop.saying('full', 'Retagged');
    assert.equal(status['candidate'], `1.2.3@${now}`);
    await looked('full');
    assert.equal(await rollouts('full'), 0);
    assert.equal((await shop.told('full', 'UpdateHeld')).length, 1);

    await shop.annotate('full', { 'plimsoll.dev/digest': 'follow' });
    await shop.outcome('full', 'Verified');
    assert.equal(await shop.imageOf('full'), `${shop.image('full', '1.2.3')}@${now}`);
  });

  it('brings a workload up to date that already ran an older image when it was first seen', async () => {
    await shop.push('late', '1.0', { content: 'old' });
    await shop.deploy({ name: 'late', image: shop.image('late', '1.0') });
    const now = await shop.push('late', '1.0', { content: 'new' });
    await shop.annotate('late', { 'plimsoll.dev/policy': 'patch', 'plimsoll.dev/verify-for': '1s' });
    await shop.outcome('late', 'Verified');
    assert.deepEqual(await shop.runningDigests('late'), [now]);
  });

  it('keeps a digest with its tag, and renews both when a newer tag is taken', async () => {
    const old = await shop.push('both', '1.0.0');
    await shop.deploy({
      name: 'both',
      image: `${shop.image('both', '1.0.0')}@${old}`,
      annotations: { 'plimsoll.dev/policy': 'minor' },
    });
    const now = await shop.push('both', '1.1.0');
    await shop.outcome('both', 'Verified');
    assert.equal(await shop.imageOf('both'), `${shop.image('both', '1.1.0')}@${now}`);
  });

  it('writes the digest of every update under pin: true', async () => {
    await shop.push('pin', '1.0.0');
    const now = await shop.push('pin', '1.1.0');
    await shop.deploy({
      name: 'pin',
      image: shop.image('pin', '1.0.0'),
      annotations: { 'plimsoll.dev/policy': 'minor', 'plimsoll.dev/pin': 'true' },
    });
    await shop.outcome('pin', 'Verified');
    assert.equal(await shop.imageOf('pin'), `${shop.image('pin', '1.1.0')}@${now}`);
  });

  it('moves nothing when a followed floating tag vanishes', async () => {
    await shop.push('floating', '1.5');
    await shop.deploy({
      name: 'floating',
      image: shop.image('floating', '1.5'),
      annotations: { 'plimsoll.dev/policy': 'digest' },
    });
    await shop.saying('floating', 'UpToDate');
    await backend.deleteTag(shop.repository('floating'), '1.5');
    await shop.saying('floating', 'TagMissing');
    assert.equal(await rollouts('floating'), 0);
  });
});
