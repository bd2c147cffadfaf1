import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../../../src/model/json.ts';
import { nameOf } from '../../../../src/sandbox/cluster/ownership.ts';
import { nextSetSteps } from '../../../../src/sandbox/cluster/stateful-set-plan.ts';

type Pod = 'old' | 'new' | 'old broken' | 'new broken' | 'new going' | undefined;

/** The next steps of a set of three, as `create 0` and `delete web-2`. */
function steps(pods: readonly Pod[], spec: JsonObject = {}): readonly string[] {
  const objects = pods.flatMap((pod, ordinal) => (pod === undefined ? [] : [podOf(pod, ordinal)]));
  const set = { spec: { replicas: 3, podManagementPolicy: 'OrderedReady', ...spec } };
  const isAvailable = (pod: JsonObject) => pod['ready'] === true;
  return nextSetSteps({ set, pods: objects, updateRevision: 'web-new', isAvailable }).map((step) =>
    step.kind === 'create' ? `create ${step.ordinal} ${step.revision}` : `delete ${nameOf(step.pod)}`,
  );
}

function podOf(pod: NonNullable<Pod>, ordinal: number): JsonObject {
  const [revision = '', trouble] = pod.split(' ');
  const labels = { 'controller-revision-hash': `web-${revision}` };
  const going = trouble === 'going' ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {};
  return { metadata: { name: `web-${ordinal}`, labels, ...going }, ready: trouble === undefined };
}

const partition = (count: number) => ({ updateStrategy: { rollingUpdate: { partition: count } } });

for (const [what, pods, spec, expected] of [
  ['pods are made in order', ['new', undefined, undefined], {}, ['create 1 update']],
  ['each when those before it are available', ['new broken', undefined], {}, []],
  ['a new template reaches the last pod first', ['old', 'old', 'old'], {}, ['delete web-2']],
  ['and the next one when that is available', ['old', 'old', 'new'], {}, ['delete web-1']],
  ['but not before', ['old', 'old', 'new broken'], {}, []],
  ['a broken pod stays, whatever the template says', ['old', 'old', 'old broken'], {}, []],
  ['a pod that is going is waited for', ['old', 'old', 'new going'], {}, []],
  ['a partition keeps the pods below it', ['old', 'old', 'new'], partition(2), []],
  ['and gives them their old template back', [undefined, 'old', 'new'], partition(2), ['create 0 current']],
  ['OnDelete replaces nothing', ['old', 'old', 'old'], { updateStrategy: { type: 'OnDelete' } }, []],
  ['fewer replicas let the last pod go', ['new', 'new', 'new'], { replicas: 1 }, ['delete web-2']],
  [
    'in parallel all pods are made at once',
    [],
    { podManagementPolicy: 'Parallel' },
    ['create 0 update', 'create 1 update', 'create 2 update'],
  ],
  [
    'in parallel a broken pod is replaced',
    ['old', 'old', 'old broken'],
    { podManagementPolicy: 'Parallel' },
    ['delete web-2'],
  ],
] as const) {
  test(what, () => assert.deepEqual(steps(pods, spec), expected));
}
