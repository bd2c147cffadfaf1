import assert from 'node:assert/strict';
import { test } from 'node:test';
import { numberAt, textAt } from '../../../../src/model/json.ts';
import { until } from '../../../support/until.ts';
import { TestCluster, missing } from './test-cluster.ts';

test('a Deployment becomes a ReplicaSet, the ReplicaSet pods, and the status tells of them', async (context) => {
  const cluster = await TestCluster.start(context);
  await cluster.deploy({ replicas: 3 });
  const complete = await cluster.rolledOut();
  const { observedGeneration, replicas, updatedReplicas, readyReplicas, availableReplicas } = complete.status;
  assert.deepEqual(
    [observedGeneration, replicas, updatedReplicas, readyReplicas, availableReplicas],
    [1, 3, 3, 3, 3],
  );
  assert.equal(complete.condition('Available').reason, 'MinimumReplicasAvailable');
  assert.equal(complete.condition('Progressing').reason, 'NewReplicaSetAvailable');
  const pods = await cluster.pods();
  assert.equal(pods.length, 3);
  assert.ok(
    pods.every((pod) => pod.imageId === `registry.example/web@${cluster.digestOf('registry.example/web:1')}`),
  );
});

test('a new image rolls out, and its revision carries the change cause', async (context) => {
  const cluster = await TestCluster.start(context);
  await cluster.deploy({ replicas: 2 });
  await cluster.rolledOut();
  await cluster.setImage('registry.example/web:2', { 'kubernetes.io/change-cause': 'to 2' });
  await cluster.rolledOut();
  const revisions = await cluster.revisions();
  assert.deepEqual(revisions, [
    { revision: 1, image: 'registry.example/web:1', replicas: 0, cause: undefined },
    { revision: 2, image: 'registry.example/web:2', replicas: 2, cause: 'to 2' },
  ]);
});

test('an undo brings the old ReplicaSet back under a new, higher revision', async (context) => {
  const cluster = await TestCluster.start(context);
  await cluster.deploy({ replicas: 1 });
  await cluster.rolledOut();
  await cluster.setImage('registry.example/web:2');
  await cluster.rolledOut();
  await cluster.undo();
  const { revision } = await cluster.rolledOut();
  assert.equal(revision, 3);
  const revisions = await cluster.revisions();
  assert.deepEqual(
    revisions.map((one) => [one.revision, one.image]),
    [
      [2, 'registry.example/web:2'],
      [3, 'registry.example/web:1'],
    ],
  );
});

test('a missing image ends in ProgressDeadlineExceeded and leaves the old pods alone', async (context) => {
  const cluster = await TestCluster.start(context);
  await cluster.deploy({ replicas: 2, progressDeadlineSeconds: 1 });
  await cluster.rolledOut();
  await cluster.setImage(missing);
  const failed = await cluster.until(
    'the deadline',
    (web) => web.condition('Progressing').status === 'False',
  );
  assert.equal(failed.condition('Progressing').reason, 'ProgressDeadlineExceeded');
  assert.equal(failed.condition('Available').status, 'True');
  const stuck = await cluster.untilPod(
    'the kubelet to wait before it pulls again',
    (pod) => pod.image === missing && pod.waiting === 'ImagePullBackOff',
  );
  assert.equal(stuck.phase, 'Pending');
  assert.equal((await cluster.pods()).filter((pod) => pod.image === missing).length, 1);
});

test('a container that ends is restarted, and then waits longer and longer', async (context) => {
  const cluster = await TestCluster.start(context);
  await cluster.deploy({ replicas: 1, image: 'registry.example/crashes:1' });
  const pod = await cluster.untilPod(
    'a crash loop',
    (one) => one.waiting === 'CrashLoopBackOff' && one.restarts > 1,
  );
  assert.equal(pod.phase, 'Running');
});

test('a restart under Always runs what the tag means now', async (context) => {
  const cluster = await TestCluster.start(context);
  await cluster.deploy({ replicas: 1, pullPolicy: 'Always' });
  await cluster.rolledOut();
  cluster.retag('registry.example/web:1', 'sha256:new');
  await cluster.restart();
  await cluster.rolledOut();
  assert.deepEqual(
    (await cluster.pods()).map((pod) => pod.imageId),
    ['registry.example/web@sha256:new'],
  );
});

test('a restart under IfNotPresent keeps the image that the node has', async (context) => {
  const cluster = await TestCluster.start(context);
  await cluster.deploy({ replicas: 1, pullPolicy: 'IfNotPresent' });
  await cluster.rolledOut();
  const [before] = await cluster.pods();
  cluster.retag('registry.example/web:1', 'sha256:new');
  await cluster.restart();
  await cluster.rolledOut();
  const [after] = await cluster.pods();
  assert.notEqual(after?.name, before?.name);
  assert.equal(after?.imageId, before?.imageId);
});

test('a paused Deployment takes a new image and does not roll', async (context) => {
  const cluster = await TestCluster.start(context);
  await cluster.deploy({ replicas: 1 });
  await cluster.rolledOut();
  await cluster.merge({ spec: { paused: true } });
  const paused = await cluster.until('the pause', (web) => web.condition('Progressing').status === 'Unknown');
  assert.equal(paused.condition('Progressing').reason, 'DeploymentPaused');
  await cluster.setImage('registry.example/web:2');
  await cluster.until('the new generation', (web) => web.isObserved);
  assert.equal((await cluster.revisions()).length, 1);
  await cluster.merge({ spec: { paused: false } });
  await cluster.rolledOut();
  assert.equal((await cluster.revisions()).length, 2);
});

test('a Deployment scaled to zero is complete without pods', async (context) => {
  const cluster = await TestCluster.start(context);
  await cluster.deploy({ replicas: 2 });
  await cluster.rolledOut();
  await cluster.merge({ spec: { replicas: 0 } });
  const empty = await cluster.until(
    'no pods',
    (web) => web.isObserved && numberAt(web.status, 'replicas') === undefined,
  );
  assert.equal(empty.condition('Available').status, 'True');
});

test('with Recreate the old pods are gone before the new ones come', async (context) => {
  const cluster = await TestCluster.start(context);
  await cluster.deploy({ replicas: 2, strategy: { type: 'Recreate' } });
  await cluster.rolledOut();
  const seen = await cluster.watchPods();
  await cluster.setImage('registry.example/web:2');
  await cluster.rolledOut();
  const firstNew = () => seen.indexOf('ADDED registry.example/web:2');
  await until('the new pods to be told', () => firstNew() >= 0);
  const lastOld = seen.findLastIndex((line) => line === 'DELETED registry.example/web:1');
  assert.ok(lastOld >= 0 && lastOld < firstNew());
});

test('old ReplicaSets beyond the history limit are forgotten', async (context) => {
  const cluster = await TestCluster.start(context);
  await cluster.deploy({ replicas: 1, revisionHistoryLimit: 1 });
  for (const tag of ['2', '3', '4']) {
    await cluster.rolledOut();
    await cluster.setImage(`registry.example/web:${tag}`);
  }
  await cluster.rolledOut();
  await cluster.untilRevisions('one old ReplicaSet', (revisions) => revisions.length === 2);
});

test('a pod that is deleted is replaced', async (context) => {
  const cluster = await TestCluster.start(context);
  await cluster.deploy({ replicas: 1 });
  await cluster.rolledOut();
  const [first] = await cluster.pods();
  await cluster.deletePod(first?.name ?? '');
  const second = await cluster.untilPod('another pod', (pod) => pod.name !== first?.name && pod.ready);
  assert.equal(second.phase, 'Running');
});

test('init containers end before the others start', async (context) => {
  const cluster = await TestCluster.start(context);
  const initContainers = [{ name: 'init', image: 'registry.example/init:1' }];
  await cluster.deploy({ replicas: 1, initContainers });
  await cluster.rolledOut();
  const [pod] = await cluster.pods();
  assert.equal(textAt(pod?.init[0], 'state', 'terminated', 'reason'), 'Completed');
});

test('a quiet cluster writes nothing', async (context) => {
  const cluster = await TestCluster.start(context);
  await cluster.deploy({ replicas: 2 });
  await cluster.rolledOut();
  await cluster.settled();
});
