import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { numberAt, textAt } from '../../src/model/json.ts';
import { undoing } from '../support/undoing.ts';
import type { Backend } from './backend.ts';
import { openShop } from './open-shop.ts';
import type { Shop } from './shop.ts';

describe('the controller itself', { timeout: 300_000 }, () => {
  const defer = undoing();
  let backend: Backend;
  let shop: Shop;

  before(async () => {
    ({ backend, shop } = await openShop(defer));
  });

  /** What changes with every write: the generation of a workload, and the version of its TrackedImage. */
  const versions = async (name: string) => {
    const images = `/apis/plimsoll.dev/v1alpha1/namespaces/${shop.namespace}/trackedimages`;
    const tracked = await shop.find(`${images}/deployment.${name}.web`);
    return {
      generation: numberAt(await shop.deployment(name), 'metadata', 'generation'),
      tracked: textAt(tracked, 'metadata', 'resourceVersion'),
    };
  };

  it('does one complete pass under --once, and follows its rollout to the end', async () => {
    await shop.push('web', '1.0.0');
    await shop.push('web', '1.1.0');
    await shop.deploy({
      name: 'web',
      image: shop.image('web', '1.0.0'),
      annotations: { 'plimsoll.dev/policy': 'minor' },
    });
    shop.start('--once');
    assert.equal(await shop.ended(), 'ended');
    await shop.outcome('web', 'Verified');
    assert.equal(await shop.imageOf('web'), shop.image('web', '1.1.0'));
  });

  it('writes nothing at all when it starts again and nothing has changed', async () => {
    const before = await versions('web');
    shop.start('--once');
    assert.equal(await shop.ended(), 'ended');
    assert.deepEqual(await versions('web'), before);
  });

  it('does not roll out again what it rolled out before it was restarted', async () => {
    await shop.push('digest', '1', { content: 'old' });
    await shop.deploy({
      name: 'digest',
      image: shop.image('digest', '1'),
      annotations: { 'plimsoll.dev/policy': 'digest' },
      pullPolicy: 'Always',
    });
    shop.start();
    await shop.saying('digest', 'UpToDate');
    const now = await shop.push('digest', '1', { content: 'new' });
    await shop.outcome('digest', 'Verified');
    await shop.until('everything to be told of it', async () => {
      const status = await shop.tracked('digest');
      return status?.['reason'] === 'UpToDate' && isDeepStrictEqual(status['running'], [now]);
    });
    await shop.stop();
    const before = await versions('digest');
    shop.start('--once');
    assert.equal(await shop.ended(), 'ended');
    assert.deepEqual(await versions('digest'), before);
  });

  it('notices on its first look that a tag moved while it was away', async () => {
    const now = await shop.push('digest', '1', { content: 'newest' });
    shop.start('--once');
    assert.equal(await shop.ended(), 'ended');
    assert.deepEqual(await shop.runningDigests('digest'), [now]);
  });

  it('changes nothing with --read-only, and says so', async () => {
    await shop.push('web', '1.2.0');
    shop.start('--once', '--read-only');
    assert.equal(await shop.ended(), 'ended');
    const status = await shop.saying('web', 'ReadOnly');
    assert.equal(status['candidate'], '1.2.0');
    assert.equal(await shop.imageOf('web'), shop.image('web', '1.1.0'));
  });

  it('ends --once with a word for trouble', async (context) => {
    undoing(context)(() => shop.annotate('web', { 'plimsoll.dev/polcy': null }));
    await shop.annotate('web', { 'plimsoll.dev/polcy': 'minor' });
    shop.start('--once');
    assert.equal(await shop.ended(), 'troubled');
    await shop.saying('web', 'InvalidPolicy');
  });

  it('makes the pass of --once a complete one, also where more workloads ask their pods than may at once', async () => {
    await shop.push('many', '1');
    const names = Array.from({ length: 60 }, (_none, index) => `many-${index}`);
    const annotations = { 'plimsoll.dev/policy': 'digest' };
    for (const name of names)
      await shop.deploy({ name, image: shop.image('many', '1'), annotations, replicas: 0 });
    shop.start('--once');
    assert.equal(await shop.ended(), 'ended');
    for (const name of names) {
      const status = await shop.find(
        `/apis/plimsoll.dev/v1alpha1/namespaces/${shop.namespace}/trackedimages/deployment.${name}.web`,
      );
      assert.equal(textAt(status, 'status', 'reason'), 'UpToDate', name);
    }
  });

  it('looks once at a repository, however many workloads use it', async (context) => {
    if (backend.kind === 'cluster') return context.skip('the real registry does not tell who asked what');
    await shop.push('shared', '1.0.0');
    const annotations = { 'plimsoll.dev/policy': 'minor', 'plimsoll.dev/interval': '1h' };
    for (let index = 0; index < 8; index++) {
      await shop.deploy({ name: `shared-${index}`, image: shop.image('shared', '1.0.0'), annotations });
    }
    const count = () =>
      (backend.looks(shop.repository('shared')) ?? []).filter((line) => line.includes('tags/list')).length;
    const before = count();
    shop.start('--once');
    assert.equal(await shop.ended(), 'ended');
    assert.equal(count() - before, 1);
  });
});
