import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { isKubeError } from '../../../src/kube/errors.ts';
import { templateHash } from '../../../src/kube/template-hash.ts';
import type { Change } from '../../../src/model/decision.ts';
import { applyUpdate, type ApplyOutcome } from '../../../src/rollout/apply-update.ts';
import { containerOf, deployment, workloadOf } from '../../support/deployments.ts';
import { FakeKubeClient, kubeError } from '../../support/fake-kube-client.ts';
import { digestOf } from '../../support/fake-registry.ts';

const path = '/apis/apps/v1/namespaces/shop/deployments/web';
const { signal } = new AbortController();
let cluster: FakeKubeClient;

beforeEach(() => {
  cluster = new FakeKubeClient();
  cluster.put(path, deployment({ annotations: { 'plimsoll.dev/policy': 'minor' } }));
});

async function apply(): Promise<ApplyOutcome> {
  const object = cluster.peek(path);
  assert.ok(object);
  const workload = workloadOf(object);
  const change: Change = {
    container: containerOf(workload),
    to: 'app:1.3.0',
    how: 'image',
    digest: digestOf('new'),
    policy: 'minor',
  };
  return applyUpdate(cluster, { workload, changes: [change], now: '2026-01-01T00:00:00.000Z' }, signal);
}

/** What happens when the patch arrives, and only then. */
function onPatch(act: () => void): void {
  cluster.before = ({ method }) => {
    if (method === 'PATCH') act();
  };
}

test('an accepted patch answers with the workload as it stands then', async () => {
  const outcome = await apply();
  assert.equal(outcome.kind, 'applied');
  assert.equal(outcome.kind === 'applied' && containerOf(outcome.workload).image, 'app:1.3.0');
  assert.deepEqual(
    cluster.requests.map(({ method }) => method),
    ['PATCH'],
  );
});

test('the template is remembered as the answer holds it, with what webhooks have made of it', async () => {
  const rewritten = { op: 'add', path: '/spec/template/spec/dnsPolicy', value: 'None' };
  onPatch(() => cluster.edit(path, [rewritten]));
  const outcome = await apply();
  const present = cluster.peek(path);
  assert.ok(outcome.kind === 'applied' && present);
  assert.equal(outcome.templateHash, templateHash('Deployment', present));
});

test('a change meanwhile is a lost precondition, with what stands there now', async () => {
  onPatch(() =>
    cluster.edit(path, [{ op: 'replace', path: '/spec/template/spec/containers/0/image', value: 'x' }]),
  );
  const outcome = await apply();
  assert.ok(outcome.kind === 'lost' && outcome.workload);
  assert.equal(containerOf(outcome.workload).image, 'x');
});

for (const code of ['Invalid', 'Forbidden', 'BadRequest'] as const) {
  test(`${code} although everything stands as it was read is a refusal with its message`, async () => {
    onPatch(() => {
      throw kubeError(code, 'the admission policy says no');
    });
    assert.deepEqual(await apply(), { kind: 'denied', message: 'the admission policy says no' });
  });
}

test('a conflict is a lost precondition', async () => {
  onPatch(() => {
    throw kubeError('Conflict', 'try again');
  });
  assert.equal((await apply()).kind, 'lost');
});

test('a workload that is gone is lost', async () => {
  onPatch(() => cluster.remove(path));
  assert.deepEqual(await apply(), { kind: 'lost', workload: undefined });
});

test('a workload that goes between the refusal and the second look is lost', async () => {
  onPatch(() => {
    cluster.remove(path);
    throw kubeError('Invalid', 'a test failed');
  });
  assert.deepEqual(await apply(), { kind: 'lost', workload: undefined });
});

test('a fault of the connection is thrown, because nobody knows what became of the patch', async () => {
  onPatch(() => {
    throw kubeError('Timeout', 'no answer');
  });
  await assert.rejects(apply(), (error) => isKubeError(error, 'Timeout'));
});
