import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { objectPath, resources } from '../../src/kube/resources.ts';
import { isJsonObject, type JsonObject, listAt, textAt } from '../../src/model/json.ts';
import { undoing } from '../support/undoing.ts';
import { openShop } from './open-shop.ts';
import type { Shop } from './shop.ts';

const forever = new AbortController().signal;

/** What people do with a TrackedImage, by the merge patch that `kubectl patch --type=merge` sends. */
describe('the handles of a TrackedImage', { timeout: 300_000 }, () => {
  const defer = undoing();
  let shop: Shop;

  before(async () => {
    ({ shop } = await openShop(defer));
    // Nothing is looked at by itself within this test.
    shop.start('--poll-interval=6h');
  });

  const pathOf = (name: string) =>
    objectPath(resources.trackedImages, shop.namespace, `deployment.${name}.web`);
  const patch = (name: string, body: JsonObject, subresource = '') =>
    shop.admin.patch(`${pathOf(name)}${subresource}`, body, { type: 'merge', signal: forever });

  async function upToDate(name: string): Promise<void> {
    await shop.push(name, '1.0.0');
    const annotations = { 'plimsoll.dev/policy': 'minor' };
    await shop.deploy({ name, image: shop.image(name, '1.0.0'), annotations });
    await shop.saying(name, 'UpToDate');
  }

  it('checkAt has the registry looked at now, and says that it was', async () => {
    await upToDate('look');
    await shop.push('look', '1.1.0');
    const checkAt = '2026-01-01T00:00:00Z';
    await patch('look', { spec: { checkAt } });
    const status = await shop.outcome('look', 'Verified');
    assert.equal(status['checkedAt'], checkAt);
    assert.equal(await shop.imageOf('look'), shop.image('look', '1.1.0'));
  });

  it('hold keeps an update back until it is taken away', async () => {
    await upToDate('held');
    await patch('held', { spec: { hold: true } });
    await shop.push('held', '1.1.0');
    await patch('held', { spec: { checkAt: '2026-01-01T00:00:00Z' } });
    await shop.saying('held', 'PersonalHold');
    assert.equal(await shop.imageOf('held'), shop.image('held', '1.0.0'));
    await patch('held', { spec: { hold: false } });
    await shop.outcome('held', 'Verified');
  });

  it('rollbackTo puts an image of the history back, and what was left does not come again', async () => {
    const old = await shop.push('back', '1.0.0');
    await shop.deploy({
      name: 'back',
      image: shop.image('back', '1.0.0'),
      annotations: { 'plimsoll.dev/policy': 'minor' },
    });
    await shop.saying('back', 'UpToDate');
    await shop.push('back', '1.1.0');
    await patch('back', { spec: { checkAt: '2026-01-01T00:00:00Z' } });
    await shop.outcome('back', 'Verified');

    await patch('back', { spec: { rollbackTo: '1.0.0' } });
    const status = await shop.until('the end of the way back', async () => {
      const found = await shop.tracked('back');
      const [entry, ...older] = listAt(found, 'history');
      return older.length === 1 && textAt(entry, 'outcome') === 'Verified' ? found : undefined;
    });
    assert.equal(status['rolledBackTo'], '1.0.0');
    assert.equal(textAt(listAt(status, 'rejected')[0], 'tag'), '1.1.0');
    assert.deepEqual(await shop.runningDigests('back'), [old]);

    await patch('back', { spec: { checkAt: '2026-01-02T00:00:00Z' } });
    const held = await shop.saying('back', 'ForeignChange');
    assert.match(String(held['message']), /a person went back from .*1\.1\.0 to 1\.0\.0/);
    await patch('back', { spec: { rollbackTo: '0.1.0' } });
    await shop.saying('back', 'NotInHistory');
    await patch('back', { spec: { rollbackTo: null, retry: '2026-01-03T00:00:00Z' } });
    await shop.until('the update to come again', async () =>
      (await shop.imageOf('back'))?.includes(':1.1.0'),
    );
  });

  it('a TrackedImage outlives its tracking by a day', async () => {
    await upToDate('left');
    await shop.annotate('left', { 'plimsoll.dev/policy': null });
    await shop.saying('left', 'NotTracked');
    const object = await shop.admin.get(pathOf('left'), { signal: forever });
    const conditions = listAt(object, 'status', 'conditions').filter(isJsonObject);
    assert.ok(
      conditions.some((one) => textAt(one, 'type') === 'Tracked' && textAt(one, 'status') === 'False'),
    );

    // A day passes.
    const lastTransitionTime = new Date(Date.now() - 25 * 3_600_000).toISOString();
    await patch(
      'left',
      { status: { conditions: conditions.map((one) => ({ ...one, lastTransitionTime })) } },
      '/status',
    );

    await shop.until('its removal', async () => (await shop.find(pathOf('left'))) === undefined);
    assert.ok(await shop.deployment('left'));
  });

  it('a TrackedImage that somebody deletes is made again', async () => {
    await upToDate('lost');
    await shop.admin.delete(pathOf('lost'), { signal: forever });
    await shop.saying('lost', 'UpToDate');
  });
});
