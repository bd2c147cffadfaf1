import assert from 'node:assert/strict';
import { test } from 'node:test';
import { choose } from '../../../src/decide/choose.ts';
import type { ContainerDecision } from '../../../src/model/decision.ts';
import type { PlatformManifest, TagTimes } from '../../../src/model/observation.ts';
import { aWorkload, containerOf } from '../../support/deployments.ts';
import { digestOf } from '../../support/fake-registry.ts';
import { policyOf } from '../../support/policies.ts';

const now = Date.parse('2026-11-21T12:00:00Z');

interface Given {
  readonly image?: string;
  readonly policy?: Readonly<Record<string, string>>;
  readonly tags: readonly string[];
  /** When images say that they were made; undefined where they do not. */
  readonly made?: Readonly<Record<string, string | undefined>>;
  /** Tags that mean an index. */
  readonly indices?: readonly string[];
  /** What the list says. */
  readonly listed?: Readonly<Record<string, TagTimes>>;
  /** What the pods of the workload run. */
  readonly running?: readonly string[];
}

const child = (tag: string) => digestOf(`child ${tag}`);

function decide({ image = 'ghcr.io/app:red', policy, tags, made = {}, ...given }: Given): ContainerDecision {
  const { indices = [], listed, running = [digestOf('red')] } = given;
  const manifests = new Map<string, readonly PlatformManifest[]>();
  for (const [tag, created] of Object.entries(made)) {
    const single = (digest: string): PlatformManifest => ({
      digest,
      platform: undefined,
      ...(created !== undefined && { created }),
    });
    if (!indices.includes(tag)) manifests.set(digestOf(tag), [single(digestOf(tag))]);
    else {
      manifests.set(digestOf(tag), [{ digest: child(tag), platform: undefined }]);
      manifests.set(child(tag), [single(child(tag))]);
    }
  }
  return choose({
    container: containerOf(aWorkload({ containers: { app: image } })),
    policy: policyOf({ policy: 'glob:*', order: 'created', ...policy }),
    observation: {
      tags: { tags, partial: false, times: new Map(Object.entries(listed ?? {})) },
      digests: new Map(Object.keys(made).map((tag) => [tag, { digest: digestOf(tag), mediaType: '' }])),
      manifests,
      problem: undefined,
    },
    known: undefined,
    running,
    now,
  });
}

const tags = ['red', 'green', 'blue'];
const made = { red: '2026-01-01T00:00:00Z', green: '2026-03-01T00:00:00Z', blue: '2026-02-01T00:00:00Z' };

test('where the list tells no times, each image is asked when it was made', () => {
  const asking = decide({ tags });
  assert.equal(asking.reason, 'Observing');
  const asked = asking.needs.flatMap((need) => (need.kind === 'digest' ? [need.tag] : []));
  assert.deepEqual(asked.toSorted(), tags.toSorted());
  assert.equal(decide({ tags, made }).candidate, 'green');
});

test('of an index the first image is asked', () => {
  assert.equal(decide({ tags, made, indices: tags }).candidate, 'green');
});

test('a list that was asked for times and has none is as one without', () => {
  assert.equal(decide({ tags, listed: {} }).reason, 'Observing');
  assert.equal(decide({ tags, listed: {}, made }).candidate, 'green');
  const hub = decide({ tags, listed: {}, image: 'app:red' });
  assert.equal(hub.reason, 'NoTimes');
});

test('nothing moves where only other tags have times, which is told', () => {
  const decision = decide({ tags, listed: { green: { pushed: made.green } } });
  assert.equal(decision.reason, 'NoTimes');
  assert.match(decision.message, /does not say when red was pushed; it says so of the 1 tags/);
  assert.equal(decision.change, undefined);
});

test('the times of the list are believed, and nothing more is asked', () => {
  const listed = { red: { pushed: made.red }, green: { pushed: made.red }, blue: { pushed: made.green } };
  const decision = decide({ tags, listed });
  assert.deepEqual(
    decision.needs.flatMap((need) => (need.kind === 'digest' ? [need.tag] : [])),
    ['blue'],
  );
});

test('a time in the future is not believed', () => {
  assert.equal(decide({ tags, made: { ...made, blue: '2027-01-01T00:00:00Z' } }).candidate, 'green');
});

for (const [why, given, said] of [
  [
    'there are too many',
    { tags: Array.from({ length: 21 }, (_, index) => `t${index}`), image: 'ghcr.io/app:t0' },
    /21 images would have to be asked .* allow-tags/,
  ],
  ['each would count as a pull', { tags, image: 'app:red' }, /counts as a pull/],
  [
    'none of them says anything',
    { tags, made: { red: undefined, green: '1970-01-01T00:00:00Z', blue: undefined }, indices: ['green'] },
    /none of its images says when it was made/,
  ],
] as const) {
  test(`images are not gone by where ${why}, and it is said`, () => {
    const decision = decide(given);
    assert.equal(decision.reason, 'NoTimes');
    assert.match(decision.message, said);
    assert.equal(decision.change, undefined);
  });
}

test('allow-tags narrows what is asked', () => {
  const many = Array.from({ length: 100 }, (_, index) => `t${index}`);
  const policy = { 'allow-tags': 'glob:t1?' };
  const decision = decide({ image: 'ghcr.io/app:t10', tags: many, policy });
  assert.equal(decision.reason, 'Observing');
  assert.equal(decision.needs.filter(({ kind }) => kind === 'digest').length, 10);
});

test('a policy that goes by tags asks no image for its time', () => {
  const decision = decide({
    tags: ['1.0', '1.1'],
    image: 'ghcr.io/app:1.0',
    policy: { policy: 'glob:1.*', order: 'version' },
  });
  const asked = decision.needs.flatMap((need) => (need.kind === 'digest' ? [need.tag] : []));
  assert.deepEqual([...new Set(asked)], ['1.1']);
});
