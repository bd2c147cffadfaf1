import assert from 'node:assert/strict';
import { test } from 'node:test';
import { labelSelectorOf, parseLabelSelector } from '../../../../src/sandbox/api-server/label-selector.ts';

const labels = { app: 'web', tier: 'front' };

const cases: readonly (readonly [selector: string, matches: boolean])[] = [
  ['', true],
  ['app=web', true],
  ['app==web,tier=front', true],
  ['app!=web', false],
  ['absent!=x', true],
  ['tier in (front, back)', true],
  ['tier notin (front, back)', false],
  ['absent notin (x)', true],
  ['app', true],
  ['!app', false],
  ['!absent', true],
  ['app=web,tier in (a,b)', false],
];

for (const [selector, matches] of cases) {
  test(`the selector ${JSON.stringify(selector)} ${matches ? 'matches' : 'does not match'}`, () => {
    assert.equal(parseLabelSelector(selector)?.(labels), matches);
  });
}

test('what is no selector is refused', () => {
  for (const text of ['app=web=x', 'in (a)', 'app in a', ','])
    assert.equal(parseLabelSelector(text), undefined);
});

test('a LabelSelector object asks for labels and expressions together', () => {
  const selector = {
    matchLabels: { app: 'web' },
    matchExpressions: [{ key: 'tier', operator: 'In', values: ['front'] }],
  };
  assert.equal(labelSelectorOf(selector)(labels), true);
  assert.equal(labelSelectorOf(selector)({ app: 'web' }), false);
});
