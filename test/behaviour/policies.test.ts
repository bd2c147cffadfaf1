import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { isKubeError } from '../../src/kube/errors.ts';
import { type JsonObject, listAt, textAt } from '../../src/model/json.ts';
import { undoing } from '../support/undoing.ts';
import { openShop } from './open-shop.ts';
import type { Shop } from './shop.ts';

/** Milliseconds are short where a policy waits, because nobody wants to wait for a test. */
const quick = { verifyFor: '1s' };

describe('an ImagePolicy speaks for many workloads', { timeout: 300_000 }, () => {
  const defer = undoing();
  let shop: Shop;

  before(async () => {
    ({ shop } = await openShop(defer));
    shop.start();
  });

  /** Two tags of a repository, and a workload that runs the older one. */
  async function stock(name: string, more: { annotations?: Record<string, string> } = {}): Promise<void> {
    await shop.push(name, '1.0.0');
    await shop.push(name, '1.1.0');
    const image = shop.image(name, '1.0.0');
    await shop.deploy({ name, image, labels: { group: name }, ...more });
  }

  it('moves a workload that carries no annotation, and counts it', async () => {
    await stock('web');
    await shop.setPolicy('web', { ...quick, selector: { matchLabels: { group: 'web' } }, policy: 'minor' });
    await shop.outcome('web', 'Verified');
    assert.equal(await shop.imageOf('web'), shop.image('web', '1.1.0'));
    const status = await shop.until('the policy to count it', async () => {
      const found = await shop.policyStatus('web');
      return found?.['upToDate'] === 1 && found;
    });
    assert.deepEqual(
      ['workloads', 'containers', 'held', 'failing'].map((field) => status[field]),
      [1, 1, 0, 0],
    );
    assert.equal(readyOf(status), 'True PolicyInForce');
  });

  it('gives way to an annotation of the workload, and to a policy of higher priority', async () => {
    const selector = { matchLabels: { group: 'api' } };
    // Policies are heard of in their order, so that the workload is never seen with the lower one alone.
    await shop.setPolicy('api-high', { selector, priority: 10, mode: 'notify' });
    await shop.setPolicy('api-low', { ...quick, selector, policy: 'minor' });
    await stock('api', { annotations: { 'plimsoll.dev/pin': 'true' } });
    await shop.saying('api', 'NotifyOnly');
    await shop.annotate('api', { 'plimsoll.dev/mode': 'auto' });
    await shop.outcome('api', 'Verified');
    assert.match((await shop.imageOf('api')) ?? '', /:1\.1\.0@sha256:/);
  });

  it('has its workloads decided anew when it changes, and leaves them when it goes', async () => {
    const selector = { matchLabels: { group: 'cart' } };
    await shop.setPolicy('cart', { ...quick, selector, policy: 'minor', suspend: true });
    await stock('cart');
    await shop.saying('cart', 'Suspended');
    await shop.setPolicy('cart', { suspend: null });
    await shop.outcome('cart', 'Verified');
    await shop.setPolicy('cart', { policy: 'none' });
    await shop.saying('cart', 'NotTracked');
  });

  it('fails closed where its value is broken, and says so itself', async () => {
    const selector = { matchLabels: { group: 'mail' } };
    await shop.setPolicy('mail', { selector, policy: 'regexp:(' });
    await stock('mail', { annotations: { 'plimsoll.dev/mode': 'auto' } });
    const status = await shop.saying('mail', 'InvalidPolicy');
    assert.match(textAt(status, 'message') ?? '', /regexp:\(/);
    assert.equal(await shop.imageOf('mail'), shop.image('mail', '1.0.0'));
    const told = await shop.until('the policy to say so', async () => shop.policyStatus('mail'));
    assert.equal(readyOf(told), 'False InvalidPolicy');
  });

  it('is refused by the API server where its schema can tell', async () => {
    for (const spec of [{ policy: 'minro' }, { kinds: ['Pod'] }, { interval: 'often' }, { pin: 'yes' }]) {
      await assert.rejects(
        shop.setPolicy('refused', spec),
        (error) => isKubeError(error, 'Invalid'),
        JSON.stringify(spec),
      );
    }
  });
});

describe('a namespace speaks for its workloads', { timeout: 300_000 }, () => {
  const defer = undoing();
  let shop: Shop;

  before(async () => {
    ({ shop } = await openShop(defer));
  });

  it('follows them from the moment it is annotated, until it no longer is', async () => {
    shop.startEverywhere();
    await shop.push('web', '1.0.0');
    await shop.push('web', '1.1.0');
    await shop.deploy({ name: 'web', image: shop.image('web', '1.0.0') });
    await shop.annotateNamespace({ 'plimsoll.dev/policy': 'minor', 'plimsoll.dev/verify-for': '1s' });
    await shop.outcome('web', 'Verified');
    assert.equal(await shop.imageOf('web'), shop.image('web', '1.1.0'));

    await shop.annotateNamespace({ 'plimsoll.dev/policy': null });
    await shop.saying('web', 'NotTracked');
  });

  it('fails closed where its value is broken, and names itself', async () => {
    await shop.annotateNamespace({ 'plimsoll.dev/policy': 'minro' });
    const status = await shop.saying('web', 'InvalidPolicy');
    const where = `annotation plimsoll.dev/policy of Namespace ${shop.namespace}`;
    assert.ok(textAt(status, 'message')?.startsWith(where), textAt(status, 'message'));
  });
});

function readyOf(status: JsonObject): string {
  const ready = listAt(status, 'conditions').find((condition) => textAt(condition, 'type') === 'Ready');
  return `${textAt(ready, 'status')} ${textAt(ready, 'reason')}`;
}
