import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyMemory, recall } from '../../../../src/controllers/memory/memory.ts';
import { rolloutOf } from '../../../../src/controllers/workloads/verdict.ts';
import type { HistoryEntry } from '../../../../src/model/tracked-image.ts';
import type { Workload } from '../../../../src/model/workload.ts';
import { lastUpdateKey } from '../../../../src/rollout/update-record.ts';
import { aWorkload, containerOf } from '../../../support/deployments.ts';
import { digestOf } from '../../../support/fake-registry.ts';
import { policyOf } from '../../../support/policies.ts';
import { aTrackedImage } from '../../../support/tracked-images.ts';

const entry: HistoryEntry = {
  from: 'app:1.2.2',
  to: 'app:1.2.3',
  digest: digestOf('new'),
  at: '2026-01-01T00:00:00.000Z',
  outcome: 'Verified',
  generation: 1,
  seconds: 20,
  unavailableBefore: 1,
};

/** A DaemonSet on ten nodes, one of which is dead: its pod can neither be replaced nor run. */
function daemonSet(updatedReplicas: number): Workload {
  const base = aWorkload({ replicas: 10 });
  const status = { ...base.status, updatedReplicas, availableReplicas: 9 };
  return { ...base, ref: { ...base.ref, kind: 'DaemonSet' }, status };
}

/** What a rollout of a workload is doing after an update of ours that ended so. */
function rolloutAfter(last: Partial<HistoryEntry>, workload: Workload): string | undefined {
  const container = containerOf(workload);
  const memory = { ...emptyMemory, history: [{ ...entry, ...last }] };
  const view = {
    container,
    policy: policyOf(),
    tracked: undefined,
    lookup: undefined,
    step: undefined,
    memory,
  };
  return rolloutOf(workload, [view]);
}

test('a node that was dead before the last update is no rollout that the next one has to wait for', () => {
  assert.equal(rolloutAfter({}, daemonSet(9)), undefined);
  assert.match(rolloutAfter({}, daemonSet(8)) ?? '', /^8 of 10 nodes updated/);
  assert.match(rolloutAfter({ unavailableBefore: undefined }, daemonSet(9)) ?? '', /^9 of 10 nodes updated/);
  assert.match(rolloutAfter({ to: 'app:1.2.1' }, daemonSet(9)) ?? '', /^9 of 10 nodes updated/);
});

test('nor is an update that was left because it hangs, with or without a count of what was missing', () => {
  const outcome = 'Unverified';
  assert.equal(rolloutAfter({ outcome }, daemonSet(0)), undefined);
  const before = { unavailableBefore: undefined, unhealthyBefore: true };
  assert.equal(rolloutAfter({ outcome, ...before }, daemonSet(0)), undefined);
  assert.match(rolloutAfter({ outcome, unavailableBefore: undefined }, daemonSet(0)) ?? '', /^0 of 10/);
});

test('a controller that died before it told finds how many were missing in the annotation', () => {
  const { from, to, digest, at, unavailableBefore } = entry;
  const record = { container: 'app', from, to, digest, at, policy: 'minor', unavailableBefore };
  const annotations = { [lastUpdateKey]: JSON.stringify(record) };
  const memory = recall(aTrackedImage('UpToDate'), aWorkload({ annotations }), 'app');
  const [last] = memory.history;
  assert.deepEqual([last?.outcome, last?.unavailableBefore], ['InProgress', 1]);
});
