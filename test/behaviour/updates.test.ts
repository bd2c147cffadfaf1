import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { at, listAt, textAt } from '../../src/model/json.ts';
import { undoing } from '../support/undoing.ts';
import type { Backend } from './backend.ts';
import { openShop } from './open-shop.ts';
import type { Shop } from './shop.ts';

/** What every user expects first; runs unchanged on the sandbox and on a real cluster with a real registry. */
describe('a Deployment follows its registry', { timeout: 300_000 }, () => {
  const defer = undoing();
  let backend: Backend;
  let shop: Shop;

  before(async () => {
    ({ backend, shop } = await openShop(defer));
    shop.start();
  });

  it('moves to a newer minor tag of the same variant, and its pods run the new image', async () => {
    await shop.push('web', '1.0.0-alpine');
    await shop.deploy({
      name: 'minor',
      image: shop.image('web', '1.0.0-alpine'),
      annotations: { 'plimsoll.dev/policy': 'minor' },
      replicas: 2,
    });
    await shop.saying('minor', 'UpToDate');

    await shop.push('web', '2.0.0-alpine');
    await shop.push('web', '1.2.0');
    const digest = await shop.push('web', '1.1.0-alpine');

    const status = await shop.outcome('minor', 'Verified');
    assert.equal(await shop.imageOf('minor'), shop.image('web', '1.1.0-alpine'));
    assert.deepEqual(await shop.runningDigests('minor'), [digest, digest]);
    assert.equal(status['latest'], '2.0.0-alpine');
    assert.equal(status['digest'], digest);
  });

  it('passes over a chart that has the newest tag, and is up to date without it', async () => {
    await shop.push('beside', '1.0.0');
    for (const tag of ['1.2.0', '1.3.0']) await backend.pushChart(shop.repository('beside'), tag);
    await shop.push('beside', '1.1.0');
    const image = shop.image('beside', '1.0.0');
    await shop.deploy({ name: 'beside', image, annotations: { 'plimsoll.dev/policy': 'minor' } });
    await shop.outcome('beside', 'Verified');
    const status = await shop.saying('beside', 'UpToDate');
    assert.equal(await shop.imageOf('beside'), shop.image('beside', '1.1.0'));
    assert.deepEqual([status['state'], status['latest']], ['UpToDate', '1.1.0']);
    assert.match(String(status['message']), /1\.3\.0 is passed over, because it is no container image/);
  });

  it('tells the story of an update on the workload, on its ReplicaSet and in events', async () => {
    const annotations = await shop.annotationsOf('minor');
    const record: unknown = JSON.parse(annotations['plimsoll.dev/last-update'] ?? '');
    assert.equal(textAt(record, 'from'), shop.image('web', '1.0.0-alpine'));
    assert.equal(textAt(record, 'to'), shop.image('web', '1.1.0-alpine'));
    assert.equal(textAt(record, 'policy'), 'minor');
    assert.match(
      annotations['kubernetes.io/change-cause'] ?? '',
      /^plimsoll: web .*1\.0\.0-alpine -> .*1\.1\.0-alpine/,
    );

    for (const reason of ['UpdateApplied', 'RolloutVerified']) await shop.told('minor', reason);
  });

  it('writes as the field manager plimsoll, and touches nothing but image and own annotations', async () => {
    const fields = listAt(await shop.deployment('minor'), 'metadata', 'managedFields');
    const ours = fields.filter((entry) => textAt(entry, 'manager') === 'plimsoll');
    assert.equal(ours.length, 1);
    const spec = at(ours[0], 'fieldsV1', 'f:spec', 'f:template', 'f:spec');
    assert.deepEqual(spec, { 'f:containers': { 'k:{"name":"web"}': { 'f:image': {} } } });
  });

  it('moves only patches under policy patch', async () => {
    await shop.push('patch', '1.4.1');
    await shop.push('patch', '1.4.2');
    await shop.push('patch', '1.5.0');
    await shop.deploy({
      name: 'patch',
      image: shop.image('patch', '1.4.1'),
      annotations: { 'plimsoll.dev/policy': 'patch' },
    });
    const status = await shop.outcome('patch', 'Verified');
    assert.equal(await shop.imageOf('patch'), shop.image('patch', '1.4.2'));
    assert.equal(status['latest'], '1.5.0');
  });

  it('reads the annotations of Keel unchanged, and keeps precision and variant where Keel would not', async () => {
    await shop.push('fastapi-web', '1.5-alpine');
    await shop.push('fastapi-web', '1.6-alpine');
    await shop.push('fastapi-web', '1.7.2-alpine');
    await shop.push('fastapi-web', '1.8');
    await shop.deploy({
      name: 'keel',
      image: shop.image('fastapi-web', '1.5-alpine'),
      annotations: {
        'keel.sh/policy': 'minor',
        'keel.sh/trigger': 'poll',
        'keel.sh/pollSchedule': '@every 5m',
      },
    });
    await shop.until('1.6-alpine', async () => (await shop.imageOf('keel'))?.endsWith(':1.6-alpine'));
    await shop.saying('keel', 'RollingOut');
  });

  it('restarts for a new digest of a floating tag where the pull policy is Always', async () => {
    const old = await shop.push('floating', '1.5-alpine', { content: 'old' });
    await shop.deploy({
      name: 'restart',
      image: shop.image('floating', '1.5-alpine'),
      annotations: { 'plimsoll.dev/policy': 'patch' },
      pullPolicy: 'Always',
    });
    assert.equal((await shop.saying('restart', 'UpToDate'))['digest'], old);

    const now = await shop.push('floating', '1.5-alpine', { content: 'new' });

    await shop.outcome('restart', 'Verified');
    assert.equal(await shop.imageOf('restart'), shop.image('floating', '1.5-alpine'));
    assert.deepEqual(await shop.runningDigests('restart'), [now]);
  });

  it('pins the new digest where a restart would not pull it, and keeps the tag', async () => {
    await shop.push('pinned', '2.1', { content: 'old' });
    await shop.deploy({
      name: 'pin',
      image: shop.image('pinned', '2.1'),
      annotations: { 'plimsoll.dev/policy': 'digest' },
      pullPolicy: 'IfNotPresent',
    });
    await shop.saying('pin', 'UpToDate');

    const now = await shop.push('pinned', '2.1', { content: 'new' });

    await shop.outcome('pin', 'Verified');
    assert.equal(await shop.imageOf('pin'), `${shop.image('pinned', '2.1')}@${now}`);
    assert.deepEqual(await shop.runningDigests('pin'), [now]);
  });

  it('follows a pinned reference by its tag', async () => {
    const now = await shop.push('pinned', '2.1', { content: 'newer' });
    await shop.until('the newer digest to have arrived', async () => {
      const [last] = listAt(await shop.tracked('pin'), 'history');
      return textAt(last, 'digest') === now && textAt(last, 'outcome') === 'Verified';
    });
    assert.equal(await shop.imageOf('pin'), `${shop.image('pinned', '2.1')}@${now}`);
  });

  it('updates all containers of a workload in one rollout, each by its own policy', async () => {
    for (const [repository, tag] of [
      ['app', '1.0.0'],
      ['side', '3.0.0'],
    ] as const)
      await shop.push(repository, tag);
    await shop.push('app', '1.1.0');
    await shop.push('app', '1.0.1');
    await shop.push('side', '3.1.0');
    await shop.deploy({
      name: 'several',
      image: shop.image('app', '1.0.0'),
      more: { side: shop.image('side', '3.0.0'), left: shop.image('side', '3.0.0') },
      annotations: {
        'plimsoll.dev/policy.web': 'patch',
        'plimsoll.dev/policy.side': 'minor',
        'plimsoll.dev/suspend': 'true',
      },
    });
    // Each repository is seen in its own time: both updates must be known to be due at once.
    for (const [container, candidate] of [
      ['web', '1.0.1'],
      ['side', '3.1.0'],
    ] as const) {
      await shop.until(`the candidate of ${container}`, async () => {
        return (await shop.tracked('several', container))?.['candidate'] === candidate;
      });
    }
    await shop.annotate('several', { 'plimsoll.dev/suspend': null });
    await shop.outcome('several', 'Verified', 'web');
    await shop.outcome('several', 'Verified', 'side');
    assert.equal(await shop.imageOf('several', 'web'), shop.image('app', '1.0.1'));
    assert.equal(await shop.imageOf('several', 'side'), shop.image('side', '3.1.0'));
    assert.equal(await shop.imageOf('several', 'left'), shop.image('side', '3.0.0'));
    assert.equal(await shop.tracked('several', 'left'), undefined);
    // The first revision is that of its maker.
    const { 'deployment.kubernetes.io/revision': revision } = await shop.annotationsOf('several');
    assert.equal(revision, '2');
  });
});
