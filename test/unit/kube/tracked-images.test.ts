import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { kinds } from '../../../src/kube/kinds.ts';
import { newTrackedImage, readTrackedImage } from '../../../src/kube/tracked-images.ts';
import { isJsonObject, type JsonObject } from '../../../src/model/json.ts';
import type { TrackedImageStatus } from '../../../src/model/tracked-image.ts';

const workload = kinds.Deployment.project({
  metadata: { namespace: 'shop', name: 'web', uid: 'w-1' },
  spec: { template: { spec: { containers: [{ name: 'app', image: 'shop/app:1.0' }] } } },
});
assert.ok(workload !== undefined);
const made = newTrackedImage('deployment.web.app', 'app', workload);

const status: TrackedImageStatus = {
  image: 'shop/app:1.0',
  running: ['sha256:1'],
  latest: '2.0',
  candidate: undefined,
  state: 'Held',
  reason: 'OutsideWindow',
  message: 'waits',
  digest: 'sha256:1',
  history: [
    {
      from: 'shop/app:0.9',
      to: 'shop/app:1.0',
      digest: undefined,
      at: '2026-01-01T00:00:00Z',
      outcome: 'Verified',
      generation: 2,
      seconds: 12,
      fromDigest: 'sha256:0',
      unavailableBefore: 2,
      unhealthyBefore: true,
      templateHash: '0123456789abcdef0123456789abcdef',
    },
  ],
  observedGeneration: 1,
  checkedAt: undefined,
  rejected: [
    {
      digest: 'sha256:2',
      tag: '1.1',
      reason: 'RolloutFailed',
      message: 'it crashed',
      at: '2026-01-01T00:00:00Z',
    },
  ],
  reverts: [{ manager: 'helm', image: 'shop/app:0.9', at: '2026-01-01T00:00:00Z' }],
  retriedAt: '2026-01-01T00:00:00Z',
  opensAt: '2026-01-02T00:00:00Z',
  pending: [{ tag: '1.2', digest: 'sha256:3', firstSeen: '2026-01-01T00:00:00Z' }],
  approval: { asked: '1.2', image: '1.2@sha256:3' },
  rolledBackTo: '0.9@sha256:0',
};

/** What the API server gives back: JSON, in which nothing is undefined. */
function stored(more: JsonObject): JsonObject {
  const value: unknown = JSON.parse(JSON.stringify({ ...made, ...more }));
  assert.ok(isJsonObject(value));
  return value;
}

describe('a TrackedImage', () => {
  it('that was just made names its container, its workload and nothing else', () => {
    const read = readTrackedImage(stored({}));

    assert.deepEqual(read?.ref, {
      workload: { kind: 'Deployment', namespace: 'shop', name: 'web' },
      container: 'app',
    });
    assert.equal(read.ownerUid, 'w-1');
    assert.deepEqual(read.spec, {
      hold: false,
      approve: undefined,
      checkAt: undefined,
      skip: [],
      retry: undefined,
      rollbackTo: undefined,
    });
    assert.equal(read.status, undefined);
  });

  it('reads the status that was written as it was written', () => {
    assert.deepEqual(readTrackedImage(stored({ status }))?.status, status);
  });

  it('reads what people ask for', () => {
    const time = '2026-01-02T00:00:00Z';
    const spec = {
      hold: true,
      approve: '1.1',
      checkAt: time,
      skip: ['1.1', 'sha256:2'],
      retry: time,
      rollbackTo: '1.0',
    };
    assert.deepEqual(readTrackedImage(stored({ spec }))?.spec, spec);
  });

  it('keeps its history when a newer version wrote words that we do not know', () => {
    const newer = {
      ...status,
      state: 'Sailing',
      reason: 'Unheard',
      history: [{ ...status.history[0], outcome: 'Sunk' }, { odd: true }],
    };

    const read = readTrackedImage(stored({ status: newer }))?.status;

    assert.equal(read?.reason, 'Observing');
    assert.equal(read.state, 'UpToDate');
    assert.deepEqual(
      read.history.map(({ outcome }) => outcome),
      ['Unverified'],
    );
  });

  it('keeps the times of its conditions', () => {
    const condition = { type: 'Ready', status: 'True', reason: 'UpToDate', message: 'm' };
    const conditions = [{ ...condition, lastTransitionTime: '2026-01-01T00:00:00Z' }];

    assert.deepEqual(readTrackedImage(stored({ status: { conditions } }))?.conditions, conditions);
  });

  it('that somebody else made without an owner is none of ours', () => {
    assert.equal(readTrackedImage({ metadata: { name: 'x', namespace: 'shop' } }), undefined);
  });
});
