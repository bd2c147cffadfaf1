import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findRollback, type Standing } from '../../../src/decide/rollback-target.ts';
import type { HistoryEntry, Rejection } from '../../../src/model/tracked-image.ts';
import { digestOf } from '../../support/fake-registry.ts';

const at = '2026-01-01T00:00:00Z';

/** An update from one image to another, each with a digest of its own where its word is given: `app:1.0=one`. */
function update(from: string, to: string): HistoryEntry {
  const [before, fromDigest] = standing(from);
  const [after, digest] = standing(to);
  const rest = { at, outcome: 'Verified', generation: 1, seconds: 1 } as const;
  return { from: before, to: after, digest, fromDigest, ...rest };
}

function standing(text: string): readonly [image: string, digest: string | undefined] {
  const [image = '', word] = text.split('=');
  return [image, word === undefined ? undefined : digestOf(word)];
}

function present(text: string): Standing {
  const [image, digest] = standing(text);
  return { image, digest };
}

function rejection(word: string): Rejection {
  return { digest: digestOf(word), tag: '', reason: 'ForeignChange', message: '', at };
}

const history = [update('app:1.1=b', 'app:1.2=c'), update('app:1.0=a', 'app:1.1=b')];
const now = present('app:1.2=c');

function find(asked: string, given: Partial<{ present: Standing; rejected: readonly Rejection[] }> = {}) {
  return findRollback(asked, given.present ?? now, { history, rejected: given.rejected ?? [] });
}

function words(found: ReturnType<typeof findRollback>): readonly string[] {
  if (found.kind !== 'found') return [found.kind];
  return [found.target, ...found.left].map(({ image }) => image);
}

test('an image is found by its tag and digest, and all that came after it is left', () => {
  assert.deepEqual(words(find(`1.1@${digestOf('b')}`)), ['app:1.1', 'app:1.2', 'app:1.2']);
  assert.deepEqual(words(find(`1.0@${digestOf('a')}`)), ['app:1.0', 'app:1.2', 'app:1.2', 'app:1.1']);
});

test('a tag is enough where the history holds it', () => {
  assert.deepEqual(words(find('1.0')), words(find(`1.0@${digestOf('a')}`)));
});

test('what the history does not hold is not found', () => {
  assert.deepEqual(words(find('1.3')), ['unknown']);
  assert.deepEqual(words(find(`1.1@${digestOf('another')}`)), ['unknown']);
  assert.deepEqual(words(find('1.1', { present: present('other:1.2=c') })), ['unknown']);
});

test('what stands there already needs no way back', () => {
  assert.deepEqual(words(find('1.2')), ['there']);
  assert.deepEqual(words(find(`1.2@${digestOf('c')}`)), ['there']);
});

test('of a tag that meant several images the last one is meant that was not left', () => {
  const moved = [update('app:1=b', 'app:1=c'), update('app:1=a', 'app:1=b')];
  const ask = (rejected: readonly Rejection[], standingNow: string) =>
    findRollback('1', present(standingNow), { history: moved, rejected });
  const back = ask([], 'app:1=c');
  assert.ok(back.kind === 'found');
  assert.equal(back.target.digest, digestOf('b'));
  assert.equal(ask([rejection('c')], 'app:1=b').kind, 'found');
  const again = findRollback('1', present('app:1=b'), {
    history: [update('app:1=c', 'app:1=b'), update('app:1=b', 'app:1=c')],
    rejected: [rejection('c')],
  });
  assert.equal(again.kind, 'there');
});

test('an image that failed may be asked for by its digest', () => {
  assert.equal(find(`1.1@${digestOf('b')}`, { rejected: [rejection('b')] }).kind, 'found');
});
