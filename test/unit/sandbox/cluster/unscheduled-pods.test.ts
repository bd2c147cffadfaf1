import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../../../src/model/json.ts';
import { avoids } from '../../../../src/sandbox/cluster/unscheduled-pods.ts';

function pod(name: string, labels: JsonObject, terms: readonly JsonObject[] = [], namespace = 'shop') {
  const podAntiAffinity = { requiredDuringSchedulingIgnoredDuringExecution: terms };
  return { metadata: { name, uid: name, namespace, labels }, spec: { affinity: { podAntiAffinity } } };
}

const term = { labelSelector: { matchLabels: { app: 'web' } }, topologyKey: 'kubernetes.io/hostname' };
const alone = pod('web-1', { app: 'web' }, [term]);

for (const [what, other, expected] of [
  ['one with the labels that it names', pod('web-2', { app: 'web' }), true],
  ['one with other labels', pod('db-1', { app: 'db' }), false],
  ['one of another namespace', pod('web-2', { app: 'web' }, [], 'blog'), false],
  ['itself', alone, false],
] as const) {
  test(`a pod ${expected ? 'avoids' : 'does not avoid'} ${what}`, () => {
    assert.equal(avoids(alone, other), expected);
  });
}

test('a pod without anti-affinity, or whose term selects nothing, avoids no other', () => {
  const other = pod('web-2', { app: 'web' });
  assert.equal(avoids(pod('web-1', { app: 'web' }), other), false);
  assert.equal(avoids(pod('web-1', { app: 'web' }, [{ topologyKey: 'zone' }]), other), false);
});
