import assert from 'node:assert/strict';
import { before, suite, test } from 'node:test';
import { isKubeError } from '../../src/kube/errors.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { openShop } from '../behaviour/open-shop.ts';
import type { Shop } from '../behaviour/shop.ts';
import { undoing } from '../support/undoing.ts';

/** What only a real API server checks: the rules of the schema that are written in CEL. */
suite('the schema of ImagePolicy', { timeout: 120_000 }, () => {
  const defer = undoing();
  let shop: Shop;

  before(async () => {
    ({ shop } = await openShop(defer));
  });

  const refused: readonly (readonly [string, JsonObject, RegExp])[] = [
    ['an interval beside a schedule', { interval: '5m', schedule: '@hourly' }, /exclude each other/],
    ['an order beside a level', { policy: 'minor', order: 'numeric' }, /order belongs to/],
    ['an extract beside a range', { policy: 'semver:*', extract: '(.*)' }, /extract belongs to/],
    [
      'a selector without values',
      { selector: { matchExpressions: [{ key: 'a', operator: 'In' }] } },
      /In and NotIn need values/,
    ],
  ];
  for (const [what, spec, told] of refused) {
    test(`refuses ${what}`, async () => {
      await assert.rejects(shop.setPolicy('refused', spec), (error) => {
        assert.ok(isKubeError(error, 'Invalid'));
        assert.match(error.message, told);
        return true;
      });
    });
  }

  test('admits what belongs together', async () => {
    await shop.setPolicy('admitted', {
      priority: -1,
      selector: { matchExpressions: [{ key: 'a', operator: 'Exists' }] },
      policy: 'glob:main-*',
      order: 'created',
      schedule: '0 4 * * * Europe/Madrid',
    });
  });
});
