import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { choose } from '../../../src/decide/choose.ts';
import type { ContainerDecision } from '../../../src/model/decision.ts';
import type { BehindDigest, TagAnswer } from '../../../src/model/observation.ts';
import { aWorkload, containerOf } from '../../support/deployments.ts';
import { digestOf } from '../../support/fake-registry.ts';
import { policyOf } from '../../support/policies.ts';

const chart = digestOf('chart');
const image = digestOf('image');
const manifests = new Map<string, BehindDigest>([
  [chart, 'noImage'],
  [image, [{ digest: image, platform: undefined }]],
]);
const schema1 = { unusable: { reason: 'UnsupportedManifest', message: 'schema 1' } } as const;
const forged = { unusable: { reason: 'DigestMismatch', message: 'not what its digest says' } } as const;

/** The choice for app:1.0.0 among tags with these meanings. */
function decide(
  means: Readonly<Record<string, string | Exclude<TagAnswer, 'missing'>>>,
  policy: Readonly<Record<string, string>> = { policy: 'minor' },
): ContainerDecision {
  const digests = new Map<string, TagAnswer>();
  for (const [tag, meaning] of Object.entries(means)) {
    digests.set(tag, typeof meaning === 'string' ? { digest: meaning, mediaType: '' } : meaning);
  }
  const tags = { tags: ['1.0.0', ...Object.keys(means)], partial: false };
  return choose({
    container: containerOf(aWorkload({ containers: { app: 'app:1.0.0' } })),
    policy: policyOf(policy),
    observation: { tags, digests, manifests, problem: undefined },
    known: image,
    running: [],
    platforms: [],
  });
}

suite('a tag that names no container image', () => {
  for (const [what, meaning] of [
    ['a chart', chart],
    ['an image in the withdrawn format', schema1],
  ] as const) {
    test(`as ${what} is passed over, the next best is taken, and that is told`, () => {
      const { change, message } = decide({ '1.2.0': meaning, '1.1.0': image });
      assert.equal(change?.to, 'app:1.1.0');
      assert.match(message, /; 1\.2\.0 is passed over, because it is no container image/);
    });

    test(`as ${what} is no error where nothing else is newer, and it is looked at again`, () => {
      const { reason, latest, change, message, needs } = decide({ '1.2.0': meaning });
      assert.deepEqual([reason, latest, change], ['UpToDate', '1.0.0', undefined]);
      assert.match(message, /^1\.0\.0 is the newest that minor allows \(.*\); 1\.2\.0 is passed over/);
      assert.ok(needs.some((need) => need.kind === 'digest' && need.tag === '1.2.0'));
    });
  }

  test('does not hide why a better one was refused', () => {
    const skip = { rejected: [], skip: ['1.1.0'] };
    const { reason } = choose({
      container: containerOf(aWorkload({ containers: { app: 'app:1.0.0' } })),
      policy: policyOf({ policy: 'minor' }),
      observation: {
        tags: { tags: ['1.0.0', '1.1.0', '1.2.0'], partial: false },
        digests: new Map([['1.2.0', { digest: chart, mediaType: '' }]]),
        manifests,
        problem: undefined,
      },
      known: image,
      running: [],
      platforms: [],
      refusals: skip,
    });
    assert.equal(reason, 'Skipped');
  });

  test('is an error where it is the present one that is followed', () => {
    const { reason, change } = decide({ '1.0.0': chart }, { policy: 'digest' });
    assert.deepEqual([reason, change], ['UnsupportedManifest', undefined]);
  });
});

test('content that is not what its digest says is an error, and nothing else is taken instead', () => {
  const { reason, change } = decide({ '1.2.0': forged, '1.1.0': image });
  assert.deepEqual([reason, change], ['DigestMismatch', undefined]);
});
