import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { choose } from '../../../src/decide/choose.ts';
import { platformsInUse } from '../../../src/decide/platforms-in-use.ts';
import type { ContainerDecision } from '../../../src/model/decision.ts';
import type { Platform, PlatformManifest, RepositoryObservation } from '../../../src/model/observation.ts';
import { parsePlatform } from '../../../src/model/platform.ts';
import { aWorkload, containerOf } from '../../support/deployments.ts';
import { digestOf } from '../../support/fake-registry.ts';
import { policyOf } from '../../support/policies.ts';

const amd64 = platform('linux/amd64');
const arm64 = platform('linux/arm64');
const both = digestOf('both');
const amdOnly = digestOf('amd only');
const newArm = digestOf('new arm');
const gone = digestOf('gone');

const manifests: RepositoryObservation['manifests'] = new Map<
  string,
  readonly PlatformManifest[] | 'missing'
>([
  [
    both,
    [
      { digest: digestOf('a'), platform: amd64 },
      { digest: digestOf('b'), platform: arm64 },
    ],
  ],
  [amdOnly, [{ digest: digestOf('a2'), platform: amd64 }]],
  [
    newArm,
    [
      { digest: digestOf('a'), platform: amd64 },
      { digest: digestOf('b2'), platform: arm64 },
    ],
  ],
  [gone, 'missing'],
]);

function platform(text: string): Platform {
  const parsed = parsePlatform(text);
  assert.ok(parsed);
  return parsed;
}

interface Given {
  readonly image?: string;
  readonly policy?: Readonly<Record<string, string>>;
  /** What the tags mean; all of them are listed. */
  readonly means: Readonly<Record<string, string>>;
  readonly platforms?: readonly Platform[];
  readonly running?: readonly string[];
  readonly known?: string;
  readonly manifests?: RepositoryObservation['manifests'];
}

function decide(given: Given): ContainerDecision {
  const { image = 'app:1.0.0', policy = {}, means, platforms, running, known } = given;
  const digests = new Map(Object.entries(means).map(([tag, digest]) => [tag, { digest, mediaType: '' }]));
  const tags = { tags: ['1.0.0', ...Object.keys(means)], partial: false };
  return choose({
    container: containerOf(aWorkload({ containers: { app: image } })),
    policy: policyOf({ policy: 'minor', ...policy }),
    observation: { tags, digests, manifests: given.manifests ?? manifests, problem: undefined },
    known,
    running,
    ...(platforms && { platforms }),
  });
}

suite('what a candidate must offer', () => {
  test('a tag that lacks a platform of the nodes is passed over, and the next best is taken', () => {
    const decision = decide({ means: { '1.2.0': amdOnly, '1.1.0': both }, platforms: [amd64, arm64] });
    assert.equal(decision.change?.to, 'app:1.1.0');
    assert.match(decision.message, /1\.2\.0 does not offer linux\/arm64/);
  });

  test('where every tag lacks one, that is the reason, and they go on being looked at', () => {
    const decision = decide({ means: { '1.2.0': amdOnly }, platforms: [arm64] });
    assert.deepEqual([decision.reason, decision.change], ['PlatformMissing', undefined]);
    assert.deepEqual(
      decision.needs.filter(
        (need) => need.kind === 'manifests' || (need.kind === 'digest' && need.tag !== '1.0.0'),
      ),
      [
        { kind: 'manifests', digest: amdOnly },
        { kind: 'digest', tag: '1.2.0' },
      ],
    );
  });

  test('the annotation goes before the nodes, and spares them', () => {
    const policy = { platforms: 'linux/amd64,linux/arm64' };
    assert.equal(decide({ means: { '1.2.0': amdOnly }, policy }).reason, 'PlatformMissing');
    assert.equal(
      decide({ means: { '1.2.0': amdOnly }, policy, platforms: [amd64] }).reason,
      'PlatformMissing',
    );
    assert.equal(decide({ means: { '1.2.0': both }, policy }).change?.to, 'app:1.2.0');
  });

  test('the pods are asked where nobody knows on what they run, after the manifests', () => {
    const means = { '1.2.0': both };
    const first = decide({ means, manifests: new Map() });
    assert.deepEqual(first.needs.at(-1), { kind: 'manifests', digest: both });
    assert.deepEqual([first.reason, first.needsRunning], ['Observing', false]);
    const second = decide({ means });
    assert.deepEqual([second.reason, second.needsRunning], ['Observing', true]);
  });

  test('an image that does not say its platform may be for any', () => {
    const silent = new Map([[both, [{ digest: both, platform: undefined }]]]);
    assert.equal(decide({ means: { '1.2.0': both }, manifests: silent }).change?.to, 'app:1.2.0');
  });

  test('a tag whose manifest is gone by its digest is passed over as missing', () => {
    const decision = decide({ means: { '1.2.0': gone, '1.1.0': both }, platforms: [amd64] });
    assert.equal(decision.change?.to, 'app:1.1.0');
    assert.match(decision.message, /1\.2\.0 is listed but the registry has no manifest/);
  });

  test('a digest that no manifest has is not believed, even where no platform counts', () => {
    const nowhere: readonly Platform[] = [];
    const claimed = digestOf('claimed');
    const first = decide({ means: { '1.2.0': claimed }, platforms: nowhere });
    assert.deepEqual([first.reason, first.change], ['Observing', undefined]);
    assert.deepEqual(first.needs.at(-1), { kind: 'manifests', digest: claimed });
    assert.equal(decide({ means: { '1.2.0': gone }, platforms: nowhere }).change, undefined);
    assert.equal(decide({ means: { '1.2.0': both }, platforms: nowhere }).change?.to, 'app:1.2.0');
  });

  test('a new digest under a floating tag that lacks a platform is not rolled out', () => {
    const given = { image: 'app:1.0', means: { '1.0': amdOnly }, known: both, running: [both] };
    const decision = decide({ ...given, platforms: [arm64] });
    assert.deepEqual([decision.reason, decision.change], ['PlatformMissing', undefined]);
    assert.equal(decide({ ...given, platforms: [amd64] }).change?.digest, amdOnly);
  });
});

suite('of which platforms images are compared', () => {
  const given = { image: 'app:1.0', means: { '1.0': newArm }, known: both, running: [both] } as const;

  test('an index of which only the image for another platform is new is no update', () => {
    const decision = decide({ ...given, platforms: [amd64] });
    assert.deepEqual([decision.reason, decision.digest], ['UpToDate', newArm]);
  });

  test('it is one where a node runs that platform', () => {
    assert.equal(decide({ ...given, platforms: [amd64, arm64] }).change?.digest, newArm);
  });

  test('it is one where nobody can say what the nodes are', () => {
    assert.equal(decide(given).change?.digest, newArm);
  });

  test('the nodes do not matter where nothing, or everything, is new', () => {
    const asked = { image: 'app:1.0', known: both, policy: { platforms: 'linux/amd64' } };
    assert.equal(decide({ ...asked, means: { '1.0': both }, running: [both] }).needsRunning, false);
    assert.equal(decide({ ...asked, means: { '1.0': amdOnly }, running: [both] }).change?.digest, amdOnly);
  });
});

suite('the platforms in use', () => {
  const question = {
    policy: { platforms: [] },
    platforms: undefined,
    running: undefined,
    known: undefined,
    manifests,
  };

  test('are those of the running image where nodes are not read', () => {
    const found = platformsInUse({ ...question, running: [both] });
    assert.deepEqual(found, { kind: 'known', platforms: [amd64, arm64] });
    const single = platformsInUse({ ...question, running: [amdOnly] });
    assert.deepEqual(single, { kind: 'known', platforms: [amd64] });
  });

  test('are those of the image that was last known to run where no pod tells', () => {
    const found = platformsInUse({ ...question, running: [], known: amdOnly });
    assert.deepEqual(found, { kind: 'known', platforms: [amd64] });
  });

  test('are not known before what runs was read', () => {
    const unread = digestOf('unread');
    assert.deepEqual(platformsInUse({ ...question, running: [unread] }), {
      kind: 'unknown',
      needs: [{ kind: 'manifests', digest: unread }],
      running: false,
    });
  });

  test('are none where nothing runs and nothing ran, so that nothing is asked for', () => {
    assert.deepEqual(platformsInUse({ ...question, running: [] }), { kind: 'known', platforms: [] });
  });
});
