import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, suite, test } from 'node:test';
import { KubeClient } from '../../src/kube/client.ts';
import { KubeError } from '../../src/kube/errors.ts';
import { kinds } from '../../src/kube/kinds.ts';
import { listPath, objectPath } from '../../src/kube/resources.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { type Workload, type WorkloadKind, workloadKinds } from '../../src/model/workload.ts';
import { type ApplyOutcome, applyUpdate } from '../../src/rollout/apply-update.ts';
import type { Write } from '../../src/rollout/update-patch.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { connectTo } from '../behaviour/connection.ts';
import { rolloutDefinition } from '../support/argo-definition.ts';
import {
  applyBase,
  applyObjects,
  eventually,
  kubeconfigOfController,
  kubectl,
  ownClusterOnly,
  removeBase,
  systemNamespace,
} from '../support/installation.ts';
import {
  forbidden,
  imagePolicy,
  inKind,
  namespace,
  nameOf,
  takenOver,
  trackedImage,
  workload,
  write,
  written,
} from '../support/overreach.ts';
import { undoing } from '../support/undoing.ts';

const { signal } = new AbortController();

/** A controller that was taken over has all permissions here: what still stops it is the admission policy alone. */
suite('the admission policy', { timeout: 300_000, ...ownClusterOnly }, () => {
  const defer = undoing();
  let controller: KubeClient;

  before(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'plimsoll-admission-'));
    defer(() => rmSync(folder, { recursive: true }));
    defer(removeBase);
    await applyBase();
    defer(() => kubectl('delete', '--ignore-not-found', '--wait=false', 'namespace', namespace));
    await applyObjects(rolloutDefinition, {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: namespace },
    });
    await kubectl(
      'wait',
      '--for=condition=Established',
      'crd/rollouts.argoproj.io',
      'crd/trackedimages.plimsoll.dev',
      'crd/imagepolicies.plimsoll.dev',
    );
    defer(() => kubectl('delete', '--ignore-not-found', 'clusterrolebinding', 'plimsoll-taken-over'));
    await applyObjects(takeover);
    await applyObjects(...workloadKinds.map(workload), trackedImage, imagePolicy);
    controller = clientOf(await kubeconfigOfController(folder));
    // An API server takes a moment until a permission is in force, and each policy.
    const labels = [{ op: 'add', path: '/metadata/labels', value: { taken: 'over' } }];
    await enforced('plimsoll-workloads', pathOf('DaemonSet'), labels);
    await enforced('plimsoll-resources', pathIn('trackedimages'), [
      { op: 'add', path: '/spec/hold', value: true },
    ]);
  });

  for (const kind of workloadKinds) {
    const { template } = kinds[kind];
    for (const { what, operations, told } of forbidden(template)) {
      test(`refuses ${what} of a ${kind}`, async () => {
        await assert.rejects(attempt(pathOf(kind), operations), refusal(told));
      });
    }

    for (const { what, changes } of written) {
      test(`admits ${what} of a ${kind}`, async () => {
        const present = await read(kind);
        const outcome = await update(present, changes(present));
        assert.equal(outcome.kind, 'applied', 'message' in outcome ? outcome.message : outcome.kind);
      });
    }

    test(`refuses that a ${kind} is deleted or made`, async () => {
      const { resource } = kinds[kind];
      const path = pathOf(kind);
      await assert.rejects(
        controller.delete(path, { signal }),
        refusal(/creates, deletes and scales no workload/),
      );
      const another = { ...workload(kind), metadata: { name: 'another', namespace } };
      const made = controller.create(listPath(resource, namespace), another, { signal });
      await assert.rejects(made, refusal(/creates, deletes and scales no workload/));
    });
  }

  test('refuses that a workload is scaled', async () => {
    const scale = `${pathOf('Deployment')}/scale`;
    const operations = [{ op: 'replace', path: '/spec/replicas', value: 3 }];
    const scaled = controller.patch(scale, operations, { type: 'json', signal });
    await assert.rejects(scaled, refusal(/creates, deletes and scales no workload/));
  });

  for (const resource of ['trackedimages', 'imagepolicies']) {
    test(`refuses that what people say in ${resource} is changed, and admits a status`, async () => {
      const path = pathIn(resource);
      const said = controller.patch(path, { spec: { hold: true, priority: 7 } }, { type: 'merge', signal });
      await assert.rejects(said, refusal(/the rest is for people/));
      await controller.patch(`${path}/status`, { status: {} }, { type: 'merge', signal });
    });
  }

  test('costs little for a workload with a hundred containers', async () => {
    const names = Array.from({ length: 100 }, (_, index) => `container-${index}`);
    const env = Array.from({ length: 20 }, (_, index) => ({ name: `NAME_${index}`, value: 'x'.repeat(50) }));
    const containers = names.map((name) => ({ name, image: `registry.example/team/${name}:1.0.0`, env }));
    await applyObjects(inKind('Deployment', 'crowded', { containers }));
    const crowded = await read('Deployment', 'crowded');
    const changes = crowded.containers.map((container) =>
      write(container, `registry.example/team/${container.name}:1.1.0`, 'image'),
    );

    const outcome = await update(crowded, changes);

    assert.equal(outcome.kind, 'applied', 'message' in outcome ? outcome.message : outcome.kind);
  });

  test('is bound to nobody else: a person changes what they like', async () => {
    await kubectl(
      'set',
      'image',
      `deployment/${nameOf('Deployment')}`,
      'web=elsewhere.example/other:9',
      '-n',
      namespace,
    );
    await applyObjects(workload('Deployment'));
  });

  test('has no expression that the API server warns of', async () => {
    const path = 'jsonpath={.items[*].status.typeChecking.expressionWarnings}';
    assert.equal(await kubectl('get', 'validatingadmissionpolicies', '-o', path), '');
  });

  function clientOf(kubeconfig: string): KubeClient {
    const connection = connectTo(kubeconfig);
    const metrics = { kubeRequest: () => undefined };
    const client = new KubeClient({ connection, clock: systemClock, metrics, userAgent: takenOver });
    defer(() => client.close());
    return client;
  }

  /** Resolves when a policy refuses an attempt. */
  async function enforced(policy: string, path: string, operations: readonly unknown[]): Promise<void> {
    await eventually(`${policy} to be enforced`, async () =>
      attempt(path, operations).then(
        () => false,
        (error: unknown) => String(error).includes(`ValidatingAdmissionPolicy '${policy}'`),
      ),
    );
  }

  /** Nothing stays of what passes, or the next row would start from it. */
  async function attempt(path: string, operations: readonly unknown[]): Promise<JsonObject> {
    return controller.patch(path, operations, { type: 'json', query: { dryRun: 'All' }, signal });
  }

  async function update(present: Workload, changes: readonly Write[]): Promise<ApplyOutcome> {
    const client = { get: controller.get.bind(controller), patch: attempt };
    return applyUpdate(client, { workload: present, changes, now: new Date().toISOString() }, signal);
  }

  async function read(kind: WorkloadKind, name = nameOf(kind)): Promise<Workload> {
    const object = await controller.get(objectPath(kinds[kind].resource, namespace, name), { signal });
    const projected = kinds[kind].project(object);
    assert.ok(projected);
    return projected;
  }
});

/** Gives the account all permissions. */
const takeover = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRoleBinding',
  metadata: { name: 'plimsoll-taken-over' },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
  subjects: [{ kind: 'ServiceAccount', name: 'plimsoll', namespace: systemNamespace }],
};

function pathOf(kind: WorkloadKind): string {
  return objectPath(kinds[kind].resource, namespace, nameOf(kind));
}

function pathIn(resource: string): string {
  return `/apis/plimsoll.dev/v1alpha1/namespaces/${namespace}/${resource}/guarded`;
}

/** Whether something was refused by the policy, saying this. */
function refusal(told: RegExp): (error: unknown) => true {
  return (error) => {
    assert.ok(error instanceof KubeError, String(error));
    assert.match(error.message, /ValidatingAdmissionPolicy 'plimsoll-/);
    assert.match(error.message, told);
    return true;
  };
}
