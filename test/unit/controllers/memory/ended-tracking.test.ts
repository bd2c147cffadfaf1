import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endedTracking } from '../../../../src/controllers/memory/ended-tracking.ts';
import type { TrackedImage } from '../../../../src/model/tracked-image.ts';
import { aWorkload } from '../../../support/deployments.ts';
import { aTrackedImage } from '../../../support/tracked-images.ts';

const workload = aWorkload({ containers: { app: 'app:1', side: 'side:1' } });

function memoryOf(container: string, ownerUid = workload.uid): TrackedImage {
  const ref = { workload: workload.ref, container };
  return { ...aTrackedImage('UpToDate'), ref, name: `deployment.web.${container}`, ownerUid };
}

function ended(...memories: readonly TrackedImage[]): readonly (readonly [string, string])[] {
  return endedTracking(workload, new Set(['app']), memories).map(({ container, problem }) => {
    assert.equal(problem.reason, 'NotTracked');
    return [container.name, problem.message];
  });
}

test('a container that is tracked goes on', () => assert.deepEqual(ended(memoryOf('app')), []));

test('a container without a policy, and one that is gone, are told apart', () => {
  assert.deepEqual(ended(memoryOf('side'), memoryOf('old')), [
    ['side', 'no policy speaks of this container any more'],
    ['old', 'the pod template has no such container any more'],
  ]);
});

test('the memory of another workload that had the same name is left alone', () => {
  assert.deepEqual(ended(memoryOf('side', 'former')), []);
});
