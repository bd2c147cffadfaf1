import assert from 'node:assert/strict';
import { test } from 'node:test';
import { namespaceBreaker } from '../../../src/decide/namespace-breaker.ts';
import type { Rejection, TrackedImageStatus } from '../../../src/model/tracked-image.ts';

const now = Date.parse('2026-01-02T00:00:00Z');

function image(name: string, rejected: readonly Partial<Rejection>[], container = 'app') {
  const complete = rejected.map((one): Rejection => {
    const at = '2026-01-01T12:00:00Z';
    return { digest: 'd', tag: '1', reason: 'RolloutFailed', message: '', at, ...one };
  });
  const status: TrackedImageStatus = {
    image: 'app:1',
    running: [],
    latest: undefined,
    candidate: undefined,
    state: 'RolledBack',
    reason: 'RolledBack',
    message: '',
    digest: undefined,
    history: [],
    observedGeneration: 1,
    checkedAt: undefined,
    rejected: complete,
    reverts: [],
    retriedAt: undefined,
  };
  return { ref: { workload: { kind: 'Deployment', namespace: 'shop', name } as const, container }, status };
}

test('two failures leave the gate open', () => {
  assert.equal(namespaceBreaker([image('a', [{}]), image('b', [{}])], now), undefined);
});

test('three failures close it, until the third last is a day old', () => {
  const images = [
    image('a', [{ at: '2026-01-01T06:00:00Z' }]),
    image('b', [{}, { at: '2026-01-01T13:00:00Z' }]),
  ];
  assert.deepEqual(namespaceBreaker(images, now), { undos: 3, until: Date.parse('2026-01-02T06:00:00Z') });
});

test('failures of more than a day ago, and what people went back from, do not count', () => {
  const images = [
    image('a', [{}]),
    image('b', [{}]),
    image('c', [{ at: '2025-12-31T23:00:00Z' }, { reason: 'ForeignChange' }, { at: 'never' }]),
  ];
  assert.equal(namespaceBreaker(images, now), undefined);
});

test('containers that failed in one rollout count once', () => {
  const images = [image('a', [{}], 'one'), image('a', [{}], 'two'), image('b', [{}])];
  assert.equal(namespaceBreaker(images, now), undefined);
});
