import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ListPage, RequestOptions } from '../../../src/kube/client.ts';
import { listPodsBySelector, sharedLabelOf } from '../../../src/kube/pods-by-selector.ts';

const { signal } = new AbortController();

function pod(name: string, labels: Readonly<Record<string, string>>) {
  return { metadata: { name, labels } };
}

describe('the label that a selector can share a list by', () => {
  const cases: readonly (readonly [string, string | undefined])[] = [
    ['app=web', 'app'],
    ['app.kubernetes.io/name=web,tier=front', 'app.kubernetes.io/name'],
    ['', undefined],
    ['app', undefined],
    ['app=', undefined],
    ['app=web,!legacy', undefined],
    ['tier in (a,b)', undefined],
    ['app=web,tier notin (a)', undefined],
  ];
  for (const [selector, label] of cases) {
    it(`is ${label ?? 'none'} for ${JSON.stringify(selector)}`, () =>
      assert.equal(sharedLabelOf(selector), label));
  }
});

describe('the pods of several selectors', () => {
  it('come from one list, and each selector is given those that all of it chooses', async () => {
    const asked: unknown[] = [];
    const items = [
      pod('web-1', { app: 'web', tier: 'front' }),
      pod('web-2', { app: 'web', tier: 'back' }),
      pod('shop-1', { app: 'shop' }),
    ];
    async function* list(path: string, { query }: RequestOptions): AsyncGenerator<ListPage> {
      asked.push([path, query]);
      yield { items, resourceVersion: '1' };
    }
    const selectors = ['app=web', 'app=web,tier=front', 'app=shop', 'app=none'];
    const found = await listPodsBySelector({ list }, 'prod', selectors, signal);
    assert.deepEqual(asked, [['/api/v1/namespaces/prod/pods', { labelSelector: 'app in (web,shop,none)' }]]);
    assert.deepEqual(
      [...found].map(([selector, pods]) => [selector, pods.map(({ name }) => name)]),
      [
        ['app=web', ['web-1', 'web-2']],
        ['app=web,tier=front', ['web-1']],
        ['app=shop', ['shop-1']],
        ['app=none', []],
      ],
    );
  });
});
