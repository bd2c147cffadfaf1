import assert from 'node:assert/strict';
import { before, it, suite } from 'node:test';
import { textAt } from '../../src/model/json.ts';
import type { Backend } from '../behaviour/backend.ts';
import { Exhibit } from '../behaviour/exhibit.ts';
import { openShop } from '../behaviour/open-shop.ts';
import type { Shop } from '../behaviour/shop.ts';
import { ownClusterOnly } from '../support/installation.ts';
import { undoing } from '../support/undoing.ts';

/** The controller as the service account of the manifests: what it may do is what somebody has permitted. */
suite('the stuck pod of a StatefulSet that was put back', { timeout: 300_000, ...ownClusterOnly }, () => {
  const defer = undoing();
  let backend: Backend;
  let shop: Shop;

  before(async () => {
    ({ backend, shop } = await openShop(defer));
    shop.start();
  });

  it('is left to people, who are told, until the permission is given', async () => {
    const db = await stuckSet();
    const told = await shop.until('the pod to be told', async () => {
      const message = textAt(await db.tracked(), 'message') ?? '';
      return message.includes('pod db-0 must be deleted by somebody') && message;
    });
    assert.match(told, /:1\.1\.0 was put back to \S+:1\.0\.0/);
    assert.equal(await db.image(), shop.image('db', '1.0.0'));
    assert.deepEqual(await db.podImages(), { 'db-0': shop.image('db', '1.1.0') });

    await shop.permit('stuck-pods');
    // Anything that happens to the workload makes it look again; by itself it would after a minute.
    await db.merge({ metadata: { annotations: { 'plimsoll.dev/verify-for': '2s' } } });

    await shop.until('the old image to run', async () => {
      const pods = await db.pods();
      return pods.some(({ ready, images }) => ready && images.get('web') === shop.image('db', '1.0.0'));
    });
  });

  /** A StatefulSet whose update named an image that is gone. */
  async function stuckSet(): Promise<Exhibit> {
    await shop.push('db', '1.0.0');
    const db = await Exhibit.make(shop, 'StatefulSet', 'db', {
      image: shop.image('db', '1.0.0'),
      policy: 'minor',
      // A further look would find out that the image is gone.
      annotations: { 'plimsoll.dev/interval': '1h' },
    });
    await db.ready();
    await db.saying('UpToDate');
    await shop.push('db', '1.1.0');
    await shop.steer('statefulset.db.web', { hold: true, checkAt: new Date().toISOString() });
    await db.saying('PersonalHold');
    await backend.deleteTag(shop.repository('db'), '1.1.0');
    await shop.steer('statefulset.db.web', { hold: false });
    await db.outcome('RolledBack');
    return db;
  }
});
