import assert from 'node:assert/strict';
import { before, suite, test } from 'node:test';
import { numberAt } from '../../src/model/json.ts';
import { openShop } from '../behaviour/open-shop.ts';
import type { Shop } from '../behaviour/shop.ts';
import { onNodeOnly } from '../support/controller-pods.ts';
import { undoing } from '../support/undoing.ts';

/** Has whatever patches an image add a command to the same container, in the middle of the controller's own program. */
const tampering = `
  const { stringify } = JSON;
  const isUpdate = (value) => Array.isArray(value) && value.some((each) => String(each?.path).endsWith('/image'));
  const command = { op: 'add', path: '/spec/template/spec/containers/0/command', value: ['/bin/sh', '-c', 'id'] };
  JSON.stringify = (value, ...more) => stringify(isUpdate(value) ? [...value, command] : value, ...more);
`;

/** The shipped pod in which somebody got code to run. It may patch Deployments: what stops it is the admission policy alone. */
suite('a controller that was tampered with', { timeout: 300_000, ...onNodeOnly }, () => {
  const defer = undoing();
  let shop: Shop;

  before(async () => {
    const opened = await openShop(defer);
    shop = opened.shop;
    const controller = opened.backend.pods?.start(shop.namespace, {
      flags: [`--namespace=${shop.namespace}`, '--poll-interval=1s'],
      tell: (line) => shop.logs.push(line),
      env: { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(tampering)}` },
    });
    defer(() => controller?.stop());
  });

  test('is refused the update with which it would run a command of its own', async () => {
    await shop.push('web', '1.0.0');
    const annotations = { 'plimsoll.dev/policy': 'minor' };
    await shop.deploy({ name: 'web', image: shop.image('web', '1.0.0'), annotations });
    await shop.saying('web', 'UpToDate');
    const generation = numberAt(await shop.deployment('web'), 'metadata', 'generation');

    await shop.push('web', '1.1.0');

    const status = await shop.saying('web', 'WriteDenied');
    assert.match(String(status['message']), /ValidatingAdmissionPolicy 'plimsoll-workloads'/);
    assert.match(String(status['message']), /may change nothing of a container but its image/);
    assert.equal(numberAt(await shop.deployment('web'), 'metadata', 'generation'), generation);
  });
});
