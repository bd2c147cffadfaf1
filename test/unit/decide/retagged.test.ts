import assert from 'node:assert/strict';
import { test } from 'node:test';
import { choose } from '../../../src/decide/choose.ts';
import type { ContainerDecision } from '../../../src/model/decision.ts';
import type { PlatformManifest, TagAnswer } from '../../../src/model/observation.ts';
import { aWorkload, containerOf } from '../../support/deployments.ts';
import { digestOf } from '../../support/fake-registry.ts';
import { policyOf } from '../../support/policies.ts';

const [index1, index2, index3] = [digestOf('index1'), digestOf('index2'), digestOf('index3')];
const child = (word: string): PlatformManifest => ({ digest: digestOf(word), platform: undefined });
const manifests = new Map([
  [index1, [child('old')]],
  [index2, [child('old')]],
  [index3, [child('new')]],
]);

interface Given {
  /** What the full version 1.2.3 means; undefined before it was looked up. */
  readonly means?: string;
  readonly running?: readonly string[];
  readonly known?: string;
  readonly tags?: readonly string[];
  readonly policy?: Readonly<Record<string, string>>;
}

function decide({ means, running, known, tags = ['1.2.3'], policy }: Given): ContainerDecision {
  const answers: readonly (readonly [string, TagAnswer])[] =
    means === undefined ? [] : [['1.2.3', { digest: means, mediaType: '' }]];
  const digests = new Map(answers);
  return choose({
    container: containerOf(aWorkload({ containers: { app: 'app:1.2.3' } })),
    policy: policyOf({ policy: 'minor', ...policy }),
    observation: { tags: { tags, partial: false }, digests, manifests, problem: undefined },
    known,
    running,
  });
}

const seldom = { kind: 'digest', tag: '1.2.3', seldom: true };

test('a full version is up to date before it was looked up, once for the baseline and then seldom', () => {
  const decision = decide({});
  assert.deepEqual([decision.reason, decision.needsRunning], ['UpToDate', false]);
  assert.deepEqual(decision.needs, [{ kind: 'tags' }, { kind: 'digest', tag: '1.2.3' }]);
  for (const later of [{ known: index1 }, { means: index1 }]) {
    assert.deepEqual(decide(later).needs, [{ kind: 'tags' }, seldom]);
  }
});

test('once it was looked up the pods are asked, and meanwhile nothing else is said', () => {
  const decision = decide({ means: index1 });
  assert.deepEqual(
    [decision.reason, decision.message, decision.needsRunning],
    ['UpToDate', '1.2.3 is the newest tag', true],
  );
});

test('what the pods run becomes the baseline', () => {
  const decision = decide({ means: index1, running: [index1] });
  assert.deepEqual([decision.reason, decision.digest, decision.change], ['UpToDate', index1, undefined]);
});

test('pushed again with the same image, it is taken as the new baseline', () => {
  const decision = decide({ means: index2, running: [index1], known: index1 });
  assert.deepEqual([decision.reason, decision.digest, decision.change], ['UpToDate', index2, undefined]);
});

test('pushed again with another image, it is a change that is to be held', () => {
  const { change, candidate, reason } = decide({ means: index3, running: [index1], known: index1 });
  assert.deepEqual([reason, candidate], ['UpdateAvailable', `1.2.3@${index3}`]);
  assert.match(change?.retagged ?? '', /set plimsoll\.dev\/digest to follow to take it, or to ignore/);
});

test('with digest: follow it is a change like any other, and looked at each time', () => {
  const policy = { digest: 'follow' };
  const decision = decide({ means: index3, running: [index1], known: index1, policy });
  assert.deepEqual([decision.change?.digest, decision.change?.retagged], [index3, undefined]);
  assert.deepEqual(decision.needs[1], { kind: 'digest', tag: '1.2.3' });
});

test('with digest: ignore nobody looks', () => {
  const decision = decide({ means: index3, running: [index1], known: index1, policy: { digest: 'ignore' } });
  assert.deepEqual(
    [decision.reason, decision.change, decision.needs],
    ['UpToDate', undefined, [{ kind: 'tags' }]],
  );
});

test('a newer tag goes before', () => {
  const decision = decide({ means: index3, running: [index1], known: index1, tags: ['1.2.3', '1.2.4'] });
  assert.ok(decision.needs.some((need) => need.kind === 'digest' && need.tag === '1.2.4'));
  assert.equal(decision.change, undefined);
});
