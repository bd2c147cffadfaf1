import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readPod } from '../../../src/kube/pods.ts';
import { podsOfUpdate } from '../../../src/rollout/new-revision.ts';
import { digestOf } from '../../support/fake-registry.ts';

const at = '2026-01-01T00:00:00.000Z';
const [old, now] = [digestOf('old'), digestOf('new')];

interface Update {
  readonly from: string;
  readonly to: string;
  readonly digest?: string | undefined;
}

/** Whether a pod that names an image is one of an update. */
function isNew(image: string, { from, to, digest = now }: Update): boolean {
  const pod = readPod({ metadata: { name: 'web-1' }, spec: { containers: [{ name: 'app', image }] } });
  assert.ok(pod);
  return podsOfUpdate([pod], { container: 'app', entry: { from, to, at, digest } }).length === 1;
}

const tags = { from: 'shop/app:1.0.0', to: 'shop/app:1.1.0' };
const pins = { from: 'shop/app:1', to: `shop/app:1@${now}` };

const cases: readonly (readonly [what: string, image: string, update: Update, isOfIt: boolean])[] = [
  ['the image of the template', 'shop/app:1.1.0', tags, true],
  ['the image before', 'shop/app:1.0.0', tags, false],
  ['a mirror of the image', 'mirror.local:5000/hub/shop/app:1.1.0', tags, true],
  ['a mirror of the image before', 'mirror.local:5000/hub/shop/app:1.0.0', tags, false],
  ['a digest beside the tag', `shop/app:1.1.0@${now}`, tags, true],
  ['a digest beside the tag before', `shop/app:1.0.0@${old}`, tags, false],
  ['a digest in place of the tag', `shop/app@${now}`, tags, true],
  ['another digest in place of the tag', `shop/app@${old}`, tags, false],
  ['another image of that tag', 'shop/other:1.1.0', tags, false],
  ['a mirror of what was pinned', `mirror.local/shop/app@${now}`, pins, true],
  ['a mirror of the tag that was not pinned', 'mirror.local/shop/app:1', pins, false],
  ['another digest than the pinned one', `shop/app:1@${old}`, pins, false],
  ['what is no image', 'shop/app:', tags, false],
];

for (const [what, image, update, isOfIt] of cases) {
  test(`a pod that names ${what} is ${isOfIt ? '' : 'not '}of the update`, () => {
    assert.equal(isNew(image, update), isOfIt);
  });
}
