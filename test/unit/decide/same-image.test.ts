import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareDigest, type DigestAnswer, type DigestQuestion } from '../../../src/decide/same-image.ts';
import type { PlatformsInUse } from '../../../src/decide/platforms-in-use.ts';
import type { PlatformManifest } from '../../../src/model/observation.ts';
import { digestOf } from '../../support/fake-registry.ts';

const index1 = digestOf('index1');
const index2 = digestOf('index2');
const index3 = digestOf('index3');
const child1 = digestOf('child1');
const child2 = digestOf('child2');
const gone = digestOf('gone');

const known = new Map<string, readonly PlatformManifest[] | 'missing'>([
  [index1, manifests(child1)],
  [index2, manifests(child1)],
  [index3, manifests(child2)],
  [child1, manifests(child1)],
  [child2, manifests(child2)],
  [gone, 'missing'],
]);

function manifests(...digests: readonly string[]): readonly PlatformManifest[] {
  return digests.map((digest) => ({ digest, platform: undefined }));
}

interface Given {
  readonly means: string;
  readonly reports: readonly string[] | undefined;
  readonly remembered?: string;
  readonly pinned?: string;
  readonly manifests?: DigestQuestion['manifests'];
  readonly inUse?: PlatformsInUse;
}

const nowhere: PlatformsInUse = { kind: 'known', platforms: [] };

function ask({
  means,
  reports,
  remembered,
  pinned,
  manifests: some = known,
  inUse = nowhere,
}: Given): DigestAnswer {
  const now = { digest: means, mediaType: 'application/vnd.oci.image.index.v1+json' };
  return compareDigest({
    tag: 'latest',
    now,
    pinned,
    known: remembered,
    running: reports,
    manifests: some,
    inUse,
  });
}

// What a node reports, measured: the rows of the table that every digest follower trips over.
for (const [row, given, answer] of [
  ['the tag as it was pulled', { means: index1, reports: [index1] }, 'same'],
  [
    'an index pushed anew with the same child, before a restart',
    { means: index2, reports: [index1] },
    'same',
  ],
  ['an index pushed anew with the same child, after a restart', { means: index2, reports: [index2] }, 'same'],
  ['a new child, before the restart', { means: index3, reports: [index2] }, 'changed'],
  ['a new child, after the restart', { means: index3, reports: [index3] }, 'same'],
  ['a tag moved back, before the restart', { means: index1, reports: [index3] }, 'changed'],
  [
    'a tag moved back, reported under the other name of its content',
    { means: index1, reports: [index2] },
    'same',
  ],
  ['content pulled by its child digest on that node', { means: index1, reports: [child1] }, 'same'],
  ['another child than the tag means', { means: index1, reports: [child2] }, 'changed'],
] as const) {
  test(`${row}: ${answer}`, () => {
    const found = ask(given);
    assert.equal(found.kind, answer);
    assert.equal('digest' in found && found.digest, given.means);
  });
}

test('a digest that was rolled out once is not rolled out again, whatever the node reports', () => {
  assert.equal(ask({ means: index3, reports: [index1], remembered: index3 }).kind, 'same');
  assert.equal(ask({ means: index3, reports: undefined, remembered: index3 }).kind, 'same');
});

test('while a rollout is half done, the old replicas count', () => {
  assert.equal(ask({ means: index3, reports: [index3, index1] }).kind, 'changed');
});

test('the pods are asked first, and then what is behind the digests', () => {
  assert.deepEqual(ask({ means: index3, reports: undefined }), { kind: 'unknown', needs: [], running: true });
  const unknown = ask({ means: index3, reports: [index1], manifests: new Map() });
  assert.deepEqual(unknown, {
    kind: 'unknown',
    running: false,
    needs: [
      { kind: 'manifests', digest: index3 },
      { kind: 'manifests', digest: index1 },
    ],
  });
});

test('nothing is asked where the digests are equal', () => {
  assert.equal(ask({ means: index1, reports: [index1, index1], manifests: new Map() }).kind, 'same');
});

test('a tag that was not looked up is a need, and one that is gone is missing', () => {
  const question = {
    tag: 'x',
    pinned: undefined,
    known: undefined,
    running: undefined,
    manifests: known,
    inUse: nowhere,
  };
  assert.deepEqual(compareDigest({ ...question, now: undefined }), {
    kind: 'unknown',
    needs: [{ kind: 'digest', tag: 'x' }],
    running: false,
  });
  assert.deepEqual(compareDigest({ ...question, now: 'missing' }), { kind: 'missing' });
});

test('what cannot be resolved is never outdated: the present meaning becomes the baseline', () => {
  assert.equal(ask({ means: index1, reports: [gone] }).kind, 'same');
  assert.equal(ask({ means: index1, reports: [] }).kind, 'same');
});

test('where the reported digest is gone, what is remembered decides', () => {
  assert.equal(ask({ means: index3, reports: [gone], remembered: index1 }).kind, 'changed');
  assert.equal(ask({ means: index2, reports: [gone], remembered: index1 }).kind, 'same');
  assert.equal(ask({ means: index3, reports: [], remembered: index1 }).kind, 'changed');
});

test('an image that the tag names and that is not there is not rolled out', () => {
  assert.deepEqual(ask({ means: gone, reports: [index1] }), { kind: 'missing' });
});

test('a pinned reference is compared itself, and no pod is asked', () => {
  assert.equal(ask({ means: index1, reports: undefined, pinned: index1 }).kind, 'same');
  assert.equal(ask({ means: index2, reports: undefined, pinned: index1 }).kind, 'same');
  assert.equal(ask({ means: index3, reports: undefined, pinned: index1 }).kind, 'changed');
  assert.equal(ask({ means: index3, reports: undefined, pinned: gone }).kind, 'changed');
});

test('of several platforms each must find its own image behind the new digest', () => {
  const both = digestOf('both');
  const arm = digestOf('arm');
  const wider = new Map([...known, [both, manifests(child1, arm)], [arm, manifests(arm)]]);
  assert.equal(ask({ means: both, reports: [index1], manifests: wider }).kind, 'same');
  assert.equal(ask({ means: both, reports: [index1, arm], manifests: wider }).kind, 'same');
  assert.equal(ask({ means: index1, reports: [child1, arm], manifests: wider }).kind, 'changed');
});
