import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyMemory, recall, remember } from '../../../../src/controllers/memory/memory.ts';
import { statusOf, trackedImageName } from '../../../../src/controllers/memory/tracked-image-status.ts';
import type { HistoryEntry, TrackedImage, TrackedImageStatus } from '../../../../src/model/tracked-image.ts';
import { withoutChoice } from '../../../../src/controllers/workloads/verdict.ts';
import { formatUpdateRecords } from '../../../../src/rollout/update-record.ts';
import { aWorkload, containerOf } from '../../../support/deployments.ts';
import { digestOf } from '../../../support/fake-registry.ts';
import { aTrackedImage } from '../../../support/tracked-images.ts';

const digest = digestOf('new');
const earlier = '2026-01-01T00:00:00.000Z';
const later = '2026-01-02T00:00:00.000Z';

function entry(parts: Partial<HistoryEntry> = {}): HistoryEntry {
  return {
    from: 'app:1.2.3',
    to: 'app:1.3.0',
    digest,
    at: earlier,
    outcome: 'Verified',
    generation: 2,
    seconds: 12,
    ...parts,
  };
}

function tracked(status: Partial<TrackedImageStatus>, ownerUid = 'uid-web'): TrackedImage {
  const known = { image: 'app:1.3.0', digest, history: [entry()], ...status };
  return { ...aTrackedImage('UpToDate', known), ownerUid };
}

function recordOf(at: string, to = 'app:1.3.0'): Readonly<Record<string, string>> {
  const record = { container: 'app', from: 'app:1.2.3', to, digest, at, policy: 'minor' };
  return { 'plimsoll.dev/last-update': formatUpdateRecords([record]) };
}

function workload(image: string, annotations: Readonly<Record<string, string>> = {}) {
  return aWorkload({ containers: { app: image }, annotations });
}

test('the memory of a container is its status', () => {
  const memory = recall(tracked({}), workload('app:1.3.0'), 'app');
  assert.deepEqual(memory, { ...emptyMemory, history: [entry()], digest });
});

test('the digest of another image is not that of the present one', () => {
  assert.equal(recall(tracked({}), workload('app:2'), 'app').digest, undefined);
});

test('the memory of another workload that had the same name is not used', () => {
  const memory = recall(tracked({}, 'uid-of-the-former'), workload('app:1.3.0'), 'app');
  assert.deepEqual(memory, { ...emptyMemory, history: [], digest: undefined });
});

test('an update that only the annotation knows is taken in, to be followed', () => {
  const memory = recall(tracked({ history: [] }), workload('app:1.3.0', recordOf(earlier)), 'app');
  assert.equal(memory.digest, digest);
  const expected = entry({ outcome: 'InProgress', generation: 1, seconds: undefined });
  assert.deepEqual(memory.history, [expected]);
});

test('where somebody has deleted the memory, the update of the annotation is history', () => {
  const memory = recall(undefined, workload('app:1.3.0', recordOf(earlier)), 'app');
  assert.deepEqual(
    memory.history.map(({ outcome }) => outcome),
    ['Unverified'],
  );
});

test('an annotation that was copied with the manifest of another workload says nothing', () => {
  const copy = { ...workload('app:1.3.0', recordOf(earlier)), createdAt: later };
  assert.deepEqual(recall(tracked({ history: [] }), copy, 'app').history, []);
});

test('an annotation that the history knows already adds nothing', () => {
  const memory = recall(tracked({}), workload('app:1.3.0', recordOf(earlier)), 'app');
  assert.deepEqual(memory.history, [entry()]);
});

test('a newer annotation stands before the history, an older one is not taken in', () => {
  const newer = recall(tracked({}), workload('app:1.3.0', recordOf(later)), 'app');
  assert.deepEqual(
    newer.history.map(({ at }) => at),
    [later, earlier],
  );
  const old = recall(
    tracked({ history: [entry({ at: later })] }),
    workload('app:1.3.0', recordOf(earlier)),
    'app',
  );
  assert.deepEqual(
    old.history.map(({ at }) => at),
    [later],
  );
});

test('an annotation about an image that does not stand there says nothing', () => {
  assert.deepEqual(recall(undefined, workload('app:9', recordOf(earlier)), 'app').history, []);
  assert.deepEqual(recall(undefined, workload('app:1.3.0', recordOf(earlier)), 'side').history, []);
});

test('no more than ten updates are remembered, the newest first', () => {
  let history: readonly HistoryEntry[] = [];
  for (let count = 0; count < 15; count++) history = remember(history, entry({ to: `app:${count}` }));
  assert.equal(history.length, 10);
  assert.equal(history[0]?.to, 'app:14');
});

test('a name tells kind, workload and container', () => {
  const { ref } = aWorkload();
  assert.equal(trackedImageName({ workload: ref, container: 'app' }), 'deployment.web.app');
});

test('a long name is shortened to a legal one that is still its own', () => {
  const name = `${'a-'.repeat(119)}z`;
  const nameOf = (container: string) =>
    trackedImageName({ workload: { kind: 'Deployment', namespace: 'shop', name }, container });
  assert.notEqual(nameOf('a'.repeat(63)), nameOf('b'.repeat(63)));
  for (const shortened of [nameOf('a'.repeat(63)), nameOf('b'.repeat(63))]) {
    assert.ok(shortened.length <= 253);
    assert.match(shortened, /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/);
  }
});

test('a status holds no more than the custom resource admits', () => {
  const image = 'x'.repeat(5_000);
  const container = containerOf(workload(image));
  const decision = withoutChoice(
    container,
    { reason: 'InvalidImage', message: 'm'.repeat(5_000) },
    undefined,
  );
  const running = Array.from({ length: 100 }, (_, index) => digestOf(String(index)));
  const memory = emptyMemory;
  const status = statusOf(decision, memory, {
    told: undefined,
    running,
    generation: 1,
    checkedAt: undefined,
  });
  assert.deepEqual([status.image.length, status.message.length, status.running.length], [1_024, 1_024, 64]);
  assert.equal(status.state, 'Error');
});

test('what a rollout says stands in place of the choice', () => {
  const decision = withoutChoice(
    containerOf(workload('app:1')),
    { reason: 'UpToDate', message: 'newest' },
    digest,
  );
  const told = { reason: 'RollingOut', message: '1 of 2' } as const;
  const memory = { ...emptyMemory, digest };
  const status = statusOf(decision, memory, { told, running: [], generation: 3, checkedAt: 'now' });
  assert.deepEqual(
    [status.state, status.reason, status.message, status.observedGeneration, status.checkedAt],
    ['Updating', 'RollingOut', '1 of 2', 3, 'now'],
  );
});
