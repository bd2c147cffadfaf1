import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { TrackedImageWriter } from '../../../../src/controllers/memory/tracked-image-writer.ts';
import { isKubeError } from '../../../../src/kube/errors.ts';
import { Store } from '../../../../src/kube/store.ts';
import { readTrackedImage } from '../../../../src/kube/tracked-images.ts';
import { listAt, textAt } from '../../../../src/model/json.ts';
import type { TrackedImage, TrackedImageStatus } from '../../../../src/model/tracked-image.ts';
import { aWorkload } from '../../../support/deployments.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { FakeKubeClient } from '../../../support/fake-kube-client.ts';
import { aStatus } from '../../../support/tracked-images.ts';

const workload = aWorkload();
const path = '/apis/plimsoll.dev/v1alpha1/namespaces/shop/trackedimages/deployment.web.app';
const key = 'shop/deployment.web.app';
const { signal } = new AbortController();
const upToDate = aStatus('UpToDate', { image: 'app:1.2.3', latest: '1.2.3', message: 'newest' });
let clock: FakeClock;
let cluster: FakeKubeClient;
let store: Store<TrackedImage>;
let writer: TrackedImageWriter;

beforeEach(() => {
  clock = new FakeClock();
  cluster = new FakeKubeClient();
  store = new Store();
  writer = new TrackedImageWriter({ client: cluster, store, clock });
});

/** Lets the watch catch up. */
function watch(): void {
  const object = cluster.peek(path);
  const tracked = object && readTrackedImage(object);
  if (tracked) store.set(key, tracked);
  else store.delete(key);
}

function write(status: TrackedImageStatus): Promise<boolean> {
  return writer.write(workload, 'app', { status }, signal);
}

test('a memory is made once, owned by its workload, before the watch brings it back', async () => {
  const made = await writer.ensure(workload, 'app', signal);
  assert.equal(made.ownerUid, workload.uid);
  assert.equal(await writer.ensure(workload, 'app', signal), made);
  assert.equal(cluster.writes.length, 1);
  assert.equal(textAt(cluster.peek(path), 'metadata', 'labels', 'plimsoll.dev/container'), 'app');
});

test('a status is written where it differs, and not where it is there already', async () => {
  assert.equal(await write(upToDate), true);
  assert.equal(await write({ ...upToDate }), false);
  watch();
  assert.equal(await write({ ...upToDate }), false);
  assert.equal(await write({ ...upToDate, latest: '1.3.0' }), true);
  assert.equal(cluster.writes.length, 3);
});

test('a field that is gone is taken away', async () => {
  await write({ ...upToDate, candidate: '1.3.0' });
  await write(upToDate);
  assert.equal(textAt(cluster.peek(path), 'status', 'candidate'), undefined);
  watch();
  assert.equal(await write(upToDate), false);
});

test('conditions go with the status', async () => {
  await write({ ...upToDate, state: 'Error', reason: 'Unavailable' });
  const conditions = listAt(cluster.peek(path), 'status', 'conditions');
  assert.deepEqual(
    conditions.map((each) => `${textAt(each, 'type')} ${textAt(each, 'status')}`),
    ['Ready False', 'Reconciling False', 'Stalled True'],
  );
});

test('what a person wrote meanwhile is not overwritten', async () => {
  await write(upToDate);
  watch();
  cluster.edit(path, [{ op: 'add', path: '/spec/hold', value: true }]);
  await assert.rejects(write({ ...upToDate, latest: '2' }), (error) => isKubeError(error, 'Conflict'));
  watch();
  await assert.rejects(write({ ...upToDate, latest: '2' }), (error) => isKubeError(error, 'Conflict'));
  assert.equal(await write({ ...upToDate, latest: '2', observedGeneration: 2 }), true);
  assert.equal(writer.get({ workload: workload.ref, container: 'app' })?.spec.hold, true);
});

test('a memory that the watch has not brought yet is not written over, nor decided without', async () => {
  const former = new TrackedImageWriter({ client: cluster, store: new Store(), clock });
  await former.write(workload, 'app', { status: upToDate }, signal);
  const latest = { ...upToDate, latest: '1.3.0' };
  const isConflict = (error: unknown) => isKubeError(error, 'Conflict');
  await assert.rejects(write(latest), isConflict);
  await assert.rejects(
    new TrackedImageWriter({ client: cluster, store, clock }).ensure(workload, 'app', signal),
    isConflict,
  );
  assert.equal(textAt(cluster.peek(path), 'status', 'latest'), '1.2.3');
  watch();
  assert.equal(await write(latest), true);
});

test('a memory that holds nothing yet is taken as it stands before the watch brings it', async () => {
  await new TrackedImageWriter({ client: cluster, store: new Store(), clock }).ensure(
    workload,
    'app',
    signal,
  );
  assert.equal(await write(upToDate), true);
});

test('the memory of a former workload of that name is left to the garbage collector', async () => {
  await writer.ensure({ ...workload, uid: 'former' }, 'app', signal);
  watch();
  await assert.rejects(write(upToDate), /belongs to another Deployment of that name/);
  cluster.remove(path);
  watch();
  assert.equal(await write(upToDate), true);
});

test('a memory that outlived its workload (--cascade=orphan) is made anew, and keeps what a person asked', async () => {
  await write(upToDate);
  cluster.edit(path, [
    { op: 'remove', path: '/metadata/ownerReferences' },
    { op: 'add', path: '/spec/hold', value: true },
  ]);
  watch();
  const made = await writer.ensure({ ...workload, uid: 'the next' }, 'app', signal);
  assert.deepEqual([made.ownerUid, made.spec.hold, made.status], ['the next', true, undefined]);
});

test('an object under that name that we did not make is left alone', async () => {
  cluster.put(path, {
    kind: 'TrackedImage',
    metadata: { namespace: 'shop', name: 'deployment.web.app' },
    spec: {},
  });
  await assert.rejects(write(upToDate), /was not made by Plimsoll/);
});

test('all memories of a workload are found, until they are gone', async () => {
  await writer.ensure(workload, 'app', signal);
  assert.deepEqual(writer.of(workload.ref), [], 'before the watch brings them');
  watch();
  assert.deepEqual(
    writer.of(workload.ref).map(({ name }) => name),
    ['deployment.web.app'],
  );
  assert.deepEqual(writer.of({ ...workload.ref, name: 'other' }), []);
  cluster.remove(path);
  watch();
  assert.deepEqual(writer.of(workload.ref), []);
});
