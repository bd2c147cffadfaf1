import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../../../src/model/json.ts';
import { podsToReplace } from '../../../../src/sandbox/cluster/daemon-set-plan.ts';
import { nameOf } from '../../../../src/sandbox/cluster/ownership.ts';

/** Names of the pods that may go, for a set whose pod on each node is as told. */
function replaced(
  nodes: readonly string[],
  maxUnavailable: unknown,
  type = 'RollingUpdate',
): readonly string[] {
  const set: JsonObject = { spec: { updateStrategy: { type, rollingUpdate: { maxUnavailable } } } };
  const places = nodes.map((state, index) => ({
    node: `node-${index}`,
    pod: state === 'missing' ? undefined : { metadata: { name: `pod-${index}` } },
    available: state === 'old' || state === 'new',
    updated: state.startsWith('new'),
  }));
  return podsToReplace(set, places).map(nameOf);
}

for (const [what, nodes, maxUnavailable, expected] of [
  ['one pod of an old template goes at a time', ['old', 'old', 'old'], 1, ['pod-0']],
  ['a node without an available pod uses the room up', ['new broken', 'old', 'old'], 1, []],
  ['a missing pod does too', ['missing', 'old', 'old'], 1, []],
  ['an old pod that does not work anyway goes in any case', ['old broken', 'old'], 1, ['pod-0']],
  ['a share of the nodes is rounded up', ['old', 'old', 'old'], '50%', ['pod-0', 'pod-1']],
  ['new pods stay', ['new', 'new'], 1, []],
] as const) {
  test(what, () => assert.deepEqual(replaced(nodes, maxUnavailable), expected));
}

test('OnDelete replaces nothing', () => assert.deepEqual(replaced(['old'], 1, 'OnDelete'), []));
