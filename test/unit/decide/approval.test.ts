import assert from 'node:assert/strict';
import { test } from 'node:test';
import { approvable, bindApproval, chooseApproved } from '../../../src/decide/approval.ts';
import type { ContainerDecision } from '../../../src/model/decision.ts';
import type { PendingCandidate } from '../../../src/model/tracked-image.ts';
import { aWorkload, containerOf } from '../../support/deployments.ts';
import { digestOf } from '../../support/fake-registry.ts';
import { policyOf } from '../../support/policies.ts';

const [one, other] = [digestOf('one'), digestOf('other')];

test('a tag with a digest approves that image, whatever the status shows', () => {
  const asked = `1.1.0@${one}`;
  assert.deepEqual(bindApproval(asked, undefined), { asked, image: asked });
  assert.deepEqual(bindApproval(asked, { candidate: `1.1.0@${other}` }), { asked, image: asked });
});

test('a tag alone approves what the status showed, and goes on meaning that', () => {
  const bound = bindApproval('1.1.0', { candidate: `1.1.0@${one}` });
  assert.deepEqual(bound, { asked: '1.1.0', image: `1.1.0@${one}` });
  assert.equal(bindApproval('1.1.0', { approval: bound, candidate: `1.1.0@${other}` }), bound);
});

for (const [shown, candidate] of [
  ['nothing', undefined],
  ['another tag', `1.2.0@${one}`],
  ['a longer tag', `1.1.0-rc1@${one}`],
  ['a tag without its digest', '1.1.0'],
] as const) {
  test(`a tag alone approves nothing where the status showed ${shown}, also later`, () => {
    const bound = bindApproval('1.1.0', { candidate });
    assert.deepEqual(bound, { asked: '1.1.0', image: undefined });
    assert.equal(bindApproval('1.1.0', { approval: bound, candidate: `1.1.0@${one}` }), bound);
  });
}

test('another text is another approval, and none is none', () => {
  const approval = { asked: '1.1.0', image: `1.1.0@${one}` };
  const asked = `1.2.0@${other}`;
  assert.deepEqual(bindApproval(asked, { approval, candidate: undefined }), { asked, image: asked });
  assert.equal(bindApproval(undefined, { approval, candidate: undefined }), undefined);
});

test('an image without a tag is approved as latest', () => {
  assert.equal(approvable({ to: 'app', digest: one }), `latest@${one}`);
  assert.equal(approvable({ to: `app:1.5@${one}`, digest: one }), `1.5@${one}`);
});

interface Given {
  readonly image?: string;
  readonly policy?: Readonly<Record<string, string>>;
  readonly tags: readonly string[];
  readonly means?: Readonly<Record<string, string>>;
  readonly approved?: string;
  readonly running?: readonly string[];
  readonly pending?: readonly PendingCandidate[];
}

const now = Date.parse('2026-11-21T12:00:00Z');

function decide({
  image = 'app:1.0.0',
  policy,
  tags,
  means = {},
  approved,
  ...more
}: Given): ContainerDecision {
  const digests = Object.entries(means).map(([tag, digest]) => [tag, { digest, mediaType: '' }] as const);
  const all = [...Object.values(means), ...(more.running ?? [])];
  const input = {
    container: containerOf(aWorkload({ containers: { app: image } })),
    policy: policyOf({ mode: 'approve', ...policy }),
    observation: {
      tags: { tags, partial: false },
      digests: new Map(digests),
      manifests: new Map(all.map((digest) => [digest, [{ digest, platform: undefined }]] as const)),
      problem: undefined,
    },
    known: undefined,
    running: more.running,
    pending: more.pending ?? [],
    now,
  };
  return chooseApproved(input, approved === undefined ? undefined : { asked: approved, image: approved });
}

const tags = ['1.0.0', '1.1.0', '1.2.0'];
const means = { '1.1.0': one, '1.2.0': other };

test('what waits for approval is shown and written with its digest', () => {
  const decision = decide({ tags, means });
  assert.equal(decision.candidate, `1.2.0@${other}`);
  assert.equal(decision.change?.to, `app:1.2.0@${other}`);
});

test('what was approved comes before what is newer', () => {
  const decision = decide({ tags, means, approved: `1.1.0@${one}` });
  assert.equal(decision.change?.to, `app:1.1.0@${one}`);
  assert.equal(decision.latest, '1.2.0');
  assert.match(decision.message, /1\.2\.0@sha256:\w+ needs an approval of its own/);
});

test('until it is known what an approved tag means, nothing is told', () => {
  const decision = decide({ tags, means: { '1.2.0': other }, approved: `1.1.0@${one}` });
  assert.equal(decision.reason, 'Observing');
  assert.ok(decision.needs.some((need) => need.kind === 'digest' && need.tag === '1.1.0'));
});

for (const [why, given] of [
  ['its tag means something else now', { means: { '1.1.0': digestOf('moved'), '1.2.0': other } }],
  ['its tag is gone', { tags: ['1.0.0', '1.2.0'] }],
  ['it is older than what runs', { image: 'app:1.1.5', tags: ['1.1.0', '1.1.5', '1.2.0'] }],
  ['the policy does not admit it any more', { policy: { 'ignore-tags': 'glob:1.1.*' } }],
] as const) {
  test(`an approved image is not moved to where ${why}`, () => {
    const decision = decide({ tags, means, approved: `1.1.0@${one}`, ...given });
    assert.equal(decision.candidate, `1.2.0@${other}`);
  });
}

test('an approved image under the present tag comes before a newer tag', () => {
  const running = [digestOf('old')];
  const given = { image: 'app:1.5', tags: ['1.5', '1.6'], means: { '1.5': one, '1.6': other }, running };
  const decision = decide({ ...given, approved: `1.5@${one}` });
  assert.equal(decision.change?.to, `app:1.5@${one}`);
});

test('an approved image has to be old enough all the same', () => {
  const seen = (tag: string, digest: string, time: number) => ({
    tag,
    digest,
    firstSeen: new Date(time).toISOString(),
  });
  const given = { tags, means, policy: { 'min-age': '1h' }, approved: `1.1.0@${one}` };
  const old = [seen('1.2.0', other, 0), seen('1.1.0', one, 0)];
  assert.equal(decide({ ...given, pending: old }).candidate, `1.1.0@${one}`);
  const young = [seen('1.2.0', other, 0), seen('1.1.0', one, now)];
  assert.equal(decide({ ...given, pending: young }).candidate, `1.2.0@${other}`);
});

test('without mode approve an approval changes nothing', () => {
  const decision = decide({ tags, means, policy: { mode: 'auto' }, approved: `1.1.0@${one}` });
  assert.equal(decision.change?.to, 'app:1.2.0');
});
