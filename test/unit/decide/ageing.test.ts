import assert from 'node:assert/strict';
import { test } from 'node:test';
import { choose } from '../../../src/decide/choose.ts';
import type { ContainerDecision } from '../../../src/model/decision.ts';
import { type PendingCandidate, pendingLimit } from '../../../src/model/tracked-image.ts';
import { aWorkload, containerOf } from '../../support/deployments.ts';
import { digestOf } from '../../support/fake-registry.ts';
import { policyOf } from '../../support/policies.ts';

const hour = 3_600_000;
const now = Date.parse('2026-11-21T12:00:00.000Z');

interface Given {
  readonly image?: string;
  readonly policy?: Readonly<Record<string, string>>;
  readonly tags?: readonly string[];
  /** What tags mean: each something of its own, where it is not said. */
  readonly means?: Readonly<Record<string, string>>;
  /** Tags that nobody has asked for what they mean. */
  readonly unknown?: readonly string[];
  readonly pending?: readonly PendingCandidate[];
  readonly rejected?: readonly string[];
  readonly running?: readonly string[];
}

function decide(given: Given): ContainerDecision {
  const { image = 'app:1.0.0', tags = [], means = {}, unknown = [], pending = [], rejected = [] } = given;
  const known = tags.filter((tag) => !unknown.includes(tag));
  const digests = known.map((tag) => [tag, { digest: means[tag] ?? digestOf(tag), mediaType: '' }] as const);
  const all = [...Object.values(means), ...known.map(digestOf), ...(given.running ?? [])];
  return choose({
    container: containerOf(aWorkload({ containers: { app: image } })),
    policy: policyOf({ 'min-age': '3h', ...given.policy }),
    observation: {
      tags: { tags, partial: false },
      digests: new Map(digests),
      manifests: new Map(all.map((digest) => [digest, [{ digest, platform: undefined }]] as const)),
      problem: undefined,
    },
    known: undefined,
    running: given.running,
    refusals: {
      skip: [],
      rejected: rejected.map((tag) => ({
        digest: digestOf(tag),
        tag,
        reason: 'RolloutFailed',
        message: 'it crashed',
        at: '2026-11-21T00:00:00Z',
      })),
    },
    pending,
    now,
  });
}

function seen(tag: string, hoursAgo: number, digest = digestOf(tag)): PendingCandidate {
  return { tag, digest, firstSeen: new Date(now - hoursAgo * hour).toISOString() };
}

const tagsOf = ({ pending = [] }: ContainerDecision) => pending.map(({ tag }) => tag);

test('a candidate that nobody has seen before waits for its whole age, and it is said until when', () => {
  const decision = decide({ tags: ['1.0.0', '1.1.0'] });
  assert.equal(decision.reason, 'TooYoung');
  assert.equal(decision.change, undefined);
  assert.equal(decision.opensAt, now + 3 * hour);
  assert.equal(decision.maturesAt, now + 3 * hour);
  assert.match(decision.message, /until 2026-11-21T15:00:00\.000Z/);
  assert.deepEqual(decision.pending, [seen('1.1.0', 0)]);
});

test('at the very moment at which it is old enough it is chosen, and not a millisecond before', () => {
  const tags = ['1.0.0', '1.1.0'];
  const exact = seen('1.1.0', 3);
  assert.equal(decide({ tags, pending: [exact] }).candidate, '1.1.0');
  const later = { ...exact, firstSeen: new Date(now - 3 * hour + 1).toISOString() };
  assert.equal(decide({ tags, pending: [later] }).reason, 'TooYoung');
});

test('the newest that is old enough is chosen, while newer ones go on waiting', () => {
  const pending = [seen('1.1.0', 9), seen('1.2.0', 4), seen('1.3.0', 1)];
  const decision = decide({ tags: ['1.0.0', '1.1.0', '1.2.0', '1.3.0'], pending });
  assert.equal(decision.candidate, '1.2.0');
  assert.equal(decision.maturesAt, now + 2 * hour);
  assert.deepEqual(tagsOf(decision).toSorted(), ['1.1.0', '1.2.0', '1.3.0']);
});

test('a tag that means something else than before starts anew', () => {
  const pending = [seen('1.1.0', 100, digestOf('what it meant before'))];
  const decision = decide({ tags: ['1.0.0', '1.1.0'], pending });
  assert.equal(decision.reason, 'TooYoung');
  assert.deepEqual(decision.pending, [seen('1.1.0', 0)]);
});

test('a tag that vanished is forgotten, and so is one that is no candidate any more', () => {
  const pending = [seen('1.1.0', 1), seen('1.2.0', 1)];
  assert.deepEqual(tagsOf(decide({ tags: ['1.0.0', '1.1.0'], pending })), ['1.1.0']);
  assert.deepEqual(tagsOf(decide({ image: 'app:1.2.0', tags: ['1.1.0', '1.2.0'], pending })), []);
});

test('what candidates mean is looked up for all of them at once, before anything is chosen', () => {
  const tags = ['1.0.0', '1.1.0', '1.2.0', '1.3.0'];
  const decision = decide({ tags, unknown: ['1.2.0', '1.3.0'], pending: [seen('1.1.0', 9)] });
  assert.equal(decision.reason, 'Observing');
  assert.equal(decision.pending, undefined);
  const asked = decision.needs.flatMap((need) => (need.kind === 'digest' ? [need.tag] : []));
  assert.deepEqual(asked.toSorted(), ['1.1.0', '1.2.0', '1.3.0']);
});

test('no more candidates are followed than fit, and a stream of new ones drives no old one out', () => {
  const old = Array.from({ length: pendingLimit }, (_, index) => `1.${index + 1}.0`);
  const tags = ['1.0.0', ...old, '1.90.0', '1.91.0'];
  const full = decide({ tags, pending: old.map((tag) => seen(tag, 1)) });
  assert.equal(full.reason, 'TooYoung');
  assert.deepEqual(tagsOf(full).toSorted(), old.toSorted());
  const asked = full.needs.flatMap((need) => (need.kind === 'digest' ? [need.tag] : []));
  assert.ok(!asked.includes('1.90.0') && !asked.includes('1.91.0'));
  const first = decide({ tags });
  assert.equal(tagsOf(first).length, pendingLimit);
  assert.equal(tagsOf(first)[0], '1.91.0');
});

test('a rejected tag does not wait, it is passed over', () => {
  const tags = ['1.0.0', '1.1.0', '1.2.0'];
  const decision = decide({ tags, rejected: ['1.2.0'], pending: [seen('1.1.0', 4)] });
  assert.equal(decision.candidate, '1.1.0');
});

test('a new image under the same tag waits as well, and is pinned when its time has come', () => {
  const [old, fresh] = [digestOf('old'), digestOf('fresh')];
  const given = { image: 'app:stable', policy: { policy: 'digest' }, tags: ['stable'], running: [old] };
  const means = { stable: fresh };
  assert.equal(decide({ ...given, means }).reason, 'TooYoung');
  const decision = decide({ ...given, means, pending: [seen('stable', 3, fresh)] });
  assert.equal(decision.change?.to, `app:stable@${fresh}`);
});

test('without a min-age nothing is remembered', () => {
  const policy = { 'min-age': '0s' };
  const decision = decide({ policy, tags: ['1.0.0', '1.1.0'], pending: [seen('1.1.0', 1)] });
  assert.deepEqual([decision.candidate, decision.pending], ['1.1.0', []]);
});

test('a first sighting that lies in the future, because the clock was set back, counts from now on', () => {
  const decision = decide({ tags: ['1.0.0', '1.1.0'], pending: [seen('1.1.0', -2)] });
  assert.equal(decision.opensAt, now + 3 * hour);
});

test('a full version that was pushed again is told at once, because it is held anyway', () => {
  const running = [digestOf('old')];
  const decision = decide({ tags: ['1.0.0'], means: { '1.0.0': digestOf('pushed again') }, running });
  assert.ok(decision.change?.retagged);
  assert.equal(decision.maturesAt, undefined);
});
