import assert from 'node:assert/strict';
import { test } from 'node:test';
import { choose } from '../../../src/decide/choose.ts';
import type { ContainerDecision } from '../../../src/model/decision.ts';
import type { RepositoryObservation } from '../../../src/model/observation.ts';
import { aWorkload, containerOf } from '../../support/deployments.ts';
import { digestOf } from '../../support/fake-registry.ts';
import { policyOf } from '../../support/policies.ts';

const one = digestOf('one');
const two = digestOf('two');

interface Given {
  readonly image: string;
  readonly pull?: 'Always' | 'IfNotPresent' | 'Never';
  readonly policy?: Readonly<Record<string, string>>;
  readonly tags?: readonly string[];
  readonly partial?: boolean;
  /** What tags mean. */
  readonly means?: Readonly<Record<string, string>>;
  readonly known?: string;
  readonly running?: readonly string[];
  readonly restartable?: boolean;
  readonly problem?: RepositoryObservation['problem'];
}

function decide(given: Given): ContainerDecision {
  const { image, pull = 'IfNotPresent', tags, means = {}, known, running, problem } = given;
  const digests = Object.entries(means).map(
    ([tag, digest]) => [tag, digest === 'missing' ? digest : { digest, mediaType: '' }] as const,
  );
  const single = [one, two].map((digest) => [digest, [{ digest, platform: undefined }]] as const);
  return choose({
    container: containerOf(aWorkload({ containers: { app: [image, pull] } })),
    policy: policyOf(given.policy),
    observation: {
      tags: tags && { tags, partial: given.partial ?? false },
      digests: new Map(digests),
      manifests: new Map(single),
      problem,
    },
    known,
    running,
    ...(given.restartable === undefined ? {} : { restartable: given.restartable }),
  });
}

test('before the list is known it is a need and nothing changes', () => {
  const decision = decide({ image: 'app:1.2.3' });
  assert.deepEqual([decision.reason, decision.needs], ['Observing', [{ kind: 'tags' }]]);
});

test('of a newer tag the digest is asked first, and then it is the change', () => {
  const tags = ['1.2.3', '1.3.0', '2.0.0'];
  const asking = decide({ image: 'app:1.2.3', tags });
  assert.equal(asking.reason, 'Observing');
  assert.equal(asking.change, undefined);
  assert.deepEqual(asking.needs, [{ kind: 'tags' }, { kind: 'digest', tag: '1.3.0' }]);
  const decision = decide({ image: 'app:1.2.3', tags, means: { '1.3.0': one } });
  assert.deepEqual(
    [decision.reason, decision.candidate, decision.latest],
    ['UpdateAvailable', '1.3.0', '2.0.0'],
  );
  assert.deepEqual([decision.change?.to, decision.change?.how], ['app:1.3.0', 'image']);
  assert.deepEqual(decision.needs, [...asking.needs, { kind: 'manifests', digest: one }]);
});

test('the name keeps its spelling, and the digest follows where one was or is asked for', () => {
  const tags = ['1.2.3', '1.3.0'];
  const means = { '1.3.0': two };
  const toOf = (given: Given) => decide(given).change?.to;
  assert.equal(
    toOf({ image: 'docker.io/Library/App:1.2.3'.toLowerCase(), tags, means }),
    'docker.io/library/app:1.3.0',
  );
  assert.equal(toOf({ image: `app:1.2.3@${one}`, tags, means }), `app:1.3.0@${two}`);
  assert.equal(toOf({ image: 'app:1.2.3', tags, means, policy: { pin: 'true' } }), `app:1.3.0@${two}`);
});

test('a listed tag without a manifest moves nothing, and goes on being looked at', () => {
  const decision = decide({ image: 'app:1.2.3', tags: ['1.2.3', '1.3.0'], means: { '1.3.0': 'missing' } });
  assert.deepEqual([decision.reason, decision.change], ['TagMissing', undefined]);
  assert.ok(decision.needs.some((need) => need.kind === 'digest' && need.tag === '1.3.0'));
});

test('of a listed tag without a manifest the next best is taken, and it is said which was passed over', () => {
  const means = { '1.4.0': 'missing', '1.3.0': one };
  const decision = decide({ image: 'app:1.2.3', tags: ['1.2.3', '1.3.0', '1.4.0'], means });
  assert.equal(decision.change?.to, 'app:1.3.0');
  assert.match(decision.message, /1\.4\.0 is listed but the registry has no manifest for it/);
});

test('after five tags without a manifest no further one is asked for', () => {
  const tags = Array.from({ length: 20 }, (_, index) => `1.${index}.0`);
  const means = Object.fromEntries(tags.slice(1).map((tag) => [tag, 'missing']));
  const decision = decide({ image: 'app:1.0.0', tags, means });
  const probed = decision.needs.filter((need) => need.kind === 'digest' && need.tag !== '1.0.0');
  assert.deepEqual([decision.reason, decision.change, probed.length], ['TagMissing', undefined, 5]);
});

test('an empty list, and a list without the current tag, move nothing', () => {
  for (const tags of [[], ['1.2.2', 'other']]) {
    const decision = decide({ image: 'app:1.2.3', tags });
    assert.deepEqual([decision.reason, decision.change], ['TagMissing', undefined]);
  }
});

test('a list that was cut short moves nothing, and is not called up to date', () => {
  const decision = decide({
    image: 'app:1.2.3',
    tags: ['1.2.3', '1.3.0'],
    means: { '1.3.0': one },
    partial: true,
  });
  assert.deepEqual([decision.reason, decision.change], ['LimitExceeded', undefined]);
  assert.deepEqual(decision.needs, [{ kind: 'tags' }]);
});

test('a failed look keeps what was seen, says so, and moves nothing', () => {
  const problem = { reason: 'Unavailable', message: 'no answer', until: 5 } as const;
  const decision = decide({ image: 'app:1.2.3', tags: ['1.2.3', '1.3.0'], means: { '1.3.0': one }, problem });
  assert.deepEqual(
    [decision.reason, decision.message, decision.change],
    ['Unavailable', 'no answer', undefined],
  );
  assert.equal(decision.candidate, '1.3.0');
});

test('what needs no registry is not hidden by its failure', () => {
  const problem = { reason: 'Unavailable', message: 'no answer', until: 5 } as const;
  assert.equal(decide({ image: `app@${one}`, problem }).reason, 'NoTag');
  assert.equal(decide({ image: 'BAD::x', problem }).reason, 'InvalidImage');
});

test('the newest tag is up to date, and what lies beyond the policy is told', () => {
  assert.equal(decide({ image: 'app:1.2.3', tags: ['1.2.3', '1.2.2'] }).reason, 'UpToDate');
  const beyond = decide({ image: 'app:1.2.3', tags: ['1.2.3', '2.0.0'] });
  assert.deepEqual([beyond.reason, beyond.latest], ['NoCompatibleTag', '2.0.0']);
  assert.match(beyond.message, /2\.0\.0 is newer and beyond it/);
});

for (const [image, policy, reason, message] of [
  ['app:3.0.0', { policy: 'semver:<2' }, 'OutsidePolicy', /^3\.0\.0 lies outside the range or pattern/],
  ['app:3.0.0', { 'ignore-tags': 'glob:3.*' }, 'OutsidePolicy', /^3\.0\.0 is taken out by ignore-tags/],
  [
    'app:3.0.0-rc.1',
    { prerelease: 'false' },
    'OutsidePolicy',
    /^3\.0\.0-rc\.1 is a pre-release, and minor has/,
  ],
  ['app:a1b2c3d', {}, 'NoCompatibleTag', /^a1b2c3d names a commit, .* \(passed over: 3 commit\)$/],
] as const) {
  test(`${image} stays under ${JSON.stringify(policy)}, and it is not called the newest that is allowed`, () => {
    const tags = [image.slice('app:'.length), '1.9.0', '1.8.0', '1.7.0'];
    const decision = decide({ image, tags, policy });
    assert.equal(decision.change, undefined);
    assert.equal(decision.reason, reason);
    assert.match(decision.message, message);
  });
}

test('a policy that cannot be compiled is an error that quotes it', () => {
  const decision = decide({ image: 'app:1.2.3', tags: ['1.2.3'], policy: { policy: 'semver:nonsense' } });
  assert.equal(decision.reason, 'InvalidPolicy');
  assert.match(decision.message, /^semver:nonsense: /);
});

const digestPolicy = { policy: 'digest' };

test('an image without a tag follows latest', () => {
  const decision = decide({ image: 'app', policy: digestPolicy });
  assert.deepEqual(decision.needs[0], { kind: 'digest', tag: 'latest' });
});

test('no list is asked for under the policy digest, and the pods only when they count', () => {
  const asking = decide({ image: 'app:1', policy: digestPolicy, means: { '1': two } });
  assert.deepEqual([asking.reason, asking.needsRunning], ['Observing', true]);
  assert.deepEqual(asking.needs, [{ kind: 'digest', tag: '1' }]);
  const same = decide({ image: 'app:1', policy: digestPolicy, means: { '1': two }, running: [two] });
  assert.deepEqual([same.reason, same.digest], ['UpToDate', two]);
});

test('a new digest restarts under Always and is pinned elsewhere', () => {
  const changed = (more: Partial<Given>) =>
    decide({ image: 'app:1', policy: digestPolicy, means: { '1': two }, running: [one], ...more }).change;
  assert.deepEqual([changed({ pull: 'Always' })?.how, changed({ pull: 'Always' })?.to], ['restart', 'app:1']);
  assert.deepEqual([changed({})?.how, changed({})?.to], ['image', `app:1@${two}`]);
  const pin = { ...digestPolicy, apply: 'pin' };
  assert.equal(changed({ pull: 'Always', policy: pin })?.to, `app:1@${two}`);
  const restart = { ...digestPolicy, apply: 'restart' };
  assert.equal(changed({ policy: restart })?.how, 'restart');
  const pinned = changed({ image: `app:1@${one}`, pull: 'Always', policy: restart });
  assert.deepEqual([pinned?.how, pinned?.to], ['image', `app:1@${two}`]);
});

test('a floating tag is followed by digest under a policy that moves tags, a full version is not', () => {
  const floating = decide({ image: 'app:1.5', tags: ['1.5'], means: { '1.5': two }, running: [one] });
  assert.equal(floating.candidate, `1.5@${two}`);
  const full = decide({ image: 'app:1.5.0', tags: ['1.5.0'], means: { '1.5.0': two }, running: [one] });
  assert.match(full.change?.retagged ?? '', /^held because nobody should push such a tag again/);
  const followed = decide({
    image: 'app:1.5.0',
    tags: ['1.5.0'],
    means: { '1.5.0': two },
    running: [one],
    policy: { digest: 'follow' },
  });
  assert.equal(followed.candidate, `1.5.0@${two}`);
});

test('a newer tag comes before a new digest of the present one', () => {
  const means = { '1.5': two, '1.6': one };
  const decision = decide({ image: 'app:1.5', tags: ['1.5', '1.6'], means, running: [one] });
  assert.equal(decision.candidate, '1.6');
});

test('applying the choice and choosing again chooses nothing', () => {
  const given = { tags: ['1.5', '1.6'], means: { '1.5': one, '1.6': two } } as const;
  const first = decide({ image: 'app:1.5', ...given });
  const again = decide({ image: first.change?.to ?? '', known: first.change?.digest ?? '', ...given });
  assert.deepEqual([again.reason, again.change], ['UpToDate', undefined]);
});

test('a tag that is gone moves nothing under the policy digest', () => {
  const decision = decide({
    image: 'app:1',
    policy: digestPolicy,
    means: { '1': 'missing' },
    running: [one],
  });
  assert.deepEqual([decision.reason, decision.change], ['TagMissing', undefined]);
});

test('what digest: hold holds is told, what digest: ignore ignores is not looked at', () => {
  const given = { image: 'app:1', means: { '1': two }, running: [one] };
  const held = decide({ ...given, policy: { policy: 'digest', digest: 'hold' } });
  assert.match(held.change?.retagged ?? '', /plimsoll\.dev\/digest is hold/);
  assert.deepEqual(held.needs[0], { kind: 'digest', tag: '1' });
  const ignored = decide({ ...given, policy: { policy: 'digest', digest: 'ignore' } });
  assert.deepEqual([ignored.reason, ignored.change, ignored.needs], ['UpToDate', undefined, []]);
});

test('what cannot be restarted is pinned, whatever the pull policy or the annotation says', () => {
  const given = { image: 'app:1', pull: 'Always', means: { '1': two }, running: [one] } as const;
  const policy = { policy: 'digest', apply: 'restart' };
  assert.equal(decide({ ...given, policy }).change?.how, 'restart');
  const { change } = decide({ ...given, policy, restartable: false });
  assert.deepEqual([change?.how, change?.to], ['image', `app:1@${two}`]);
});
