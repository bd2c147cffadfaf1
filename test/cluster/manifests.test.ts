import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { promisify } from 'node:util';
import { numberAt, textAt } from '../../src/model/json.ts';
import { rolloutDefinition } from '../support/argo-definition.ts';
import { busyboxLayer } from '../support/busybox.ts';
import { pushImage } from '../support/push-image.ts';

const root = join(import.meta.dirname, '..', '..');
const user = 'system:serviceaccount:plimsoll-system:plimsoll';
const ownClusterOnly = process.env['PLIMSOLL_TEST_AUDIT_LOG']
  ? {}
  : { skip: 'only in the cluster of run.ts' };

suite('the shipped manifests', { timeout: 180_000, ...ownClusterOnly }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-manifests-'));

  before(async () => {
    await kubectl('apply', '-k', join(root, 'manifests/base'));
    await kubectlWith(JSON.stringify(rolloutDefinition), 'apply', '-f', '-');
    await kubectl(
      'wait',
      '--for=condition=Established',
      'crd/trackedimages.plimsoll.dev',
      'crd/rollouts.argoproj.io',
    );
    await kubectl('create', 'namespace', 'shop');
    await kubectl('apply', '-f', join(root, 'manifests/pull-secrets/role.yaml'));
  });

  after(async () => {
    rmSync(folder, { recursive: true });
    await kubectl('delete', 'namespace', 'shop', 'plimsoll-system', '--wait=false');
    await kubectl('delete', 'clusterrole,clusterrolebinding', 'plimsoll');
  });

  for (const overlay of ['namespaced', 'read-only']) {
    test(`the API server admits the overlay ${overlay}`, async () => {
      await kubectl('apply', '--dry-run=server', '-k', join(root, 'manifests/overlays', overlay));
    });
  }

  test('the namespace admits pods of the Deployment under Pod Security restricted', async () => {
    await eventually('a pod of the controller', async () => {
      const pods = await kubectl('get', 'pods', '-n', 'plimsoll-system', '-o', 'name');
      return pods.includes('pod/plimsoll-');
    });
  });

  test('the service account may do all that the controller asks for, and nothing is refused', async (t) => {
    const registry = required('PLIMSOLL_TEST_REGISTRY');
    const layers = [busyboxLayer(required('PLIMSOLL_TEST_BUSYBOX'))];
    for (const tag of ['1.0.0', '1.1.0', '2'])
      await pushImage({ registry, repository: 'rbac/app', tag, layers });
    await kubectl('create', 'secret', 'docker-registry', 'regcred', '-n', 'shop', ...login(registry));
    await kubectlWith(
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'List',
        items: [
          deployment('moves', 'minor', `${registry}/rbac/app:1.0.0`),
          deployment('follows', 'digest', `${registry}/rbac/app:2`),
          deployment('wrong', 'minro', `${registry}/rbac/app:1.0.0`),
          statefulSet(`${registry}/rbac/app:1.0.0`),
          daemonSet(`${registry}/rbac/app:1.0.0`),
          cronJob(`${registry}/rbac/app:1.0.0`),
          argoRollout(`${registry}/rbac/app:1.0.0`),
        ],
      }),
      'apply',
      '-f',
      '-',
    );

    const healthy = JSON.stringify({ status: { observedGeneration: '1', phase: 'Healthy' } });
    await kubectl(
      'patch',
      'rollout',
      'moves',
      '-n',
      'shop',
      '--subresource=status',
      '--type=merge',
      '-p',
      healthy,
    );

    // The controller works in all namespaces, and those of other tests may still be on their way out.
    await eventually('the namespaces of other tests to be gone', async () => {
      const phases = await kubectl('get', 'namespaces', '-o', 'jsonpath={.items[*].status.phase}');
      return !phases.includes('Terminating');
    });
    const flags = [
      '--kubeconfig',
      await kubeconfigOfController(folder),
      '--leader-elect',
      '--address=127.0.0.1:0',
    ];
    const controller = spawn(process.execPath, [join(root, 'src/main.ts'), 'run', ...flags], {
      stdio: 'inherit',
    });
    const ended = once(controller, 'exit');
    t.after(() => controller.kill());
    await eventually('every workload to be told', async () => {
      const reasons = 'jsonpath={range .items[*]}{.metadata.name}={.status.reason} {end}';
      const told = await kubectl(
        'get',
        'trackedimages',
        '-n',
        'shop',
        '--sort-by=.metadata.name',
        '-o',
        reasons,
      );
      return told.trim() === everybodyTold.join(' ');
    });
    controller.kill('SIGTERM');
    assert.deepEqual(await ended, [0, null]);

    const requests = auditedRequests();
    assert.deepEqual(
      requests.filter(({ code }) => code === 403),
      [],
    );
    const asked = new Set(requests.map(({ verb, resource }) => `${verb} ${resource}`));
    assert.deepEqual([...asked].toSorted(), [
      'create events',
      'create leases',
      'create trackedimages',
      'get leases',
      'get secrets',
      'list cronjobs',
      'list daemonsets',
      'list deployments',
      'list imagepolicies',
      'list namespaces',
      'list pods',
      'list rollouts',
      'list statefulsets',
      'list trackedimages',
      'patch cronjobs',
      'patch daemonsets',
      'patch deployments',
      'patch rollouts',
      'patch statefulsets',
      'patch trackedimages/status',
      'update leases',
      'watch cronjobs',
      'watch daemonsets',
      'watch deployments',
      'watch imagepolicies',
      'watch namespaces',
      'watch rollouts',
      'watch statefulsets',
      'watch trackedimages',
    ]);
    const image = '{.spec.template.spec.containers[0].image}';
    const moved = await kubectl('get', 'deployment', 'moves', '-n', 'shop', '-o', `jsonpath=${image}`);
    assert.equal(moved, `${registry}/rbac/app:1.1.0`);
  });
});

const everybodyTold = [
  'cronjob.moves.app=UpToDate',
  'daemonset.moves.app=UpToDate',
  'deployment.follows.app=UpToDate',
  'deployment.moves.app=UpToDate',
  'deployment.wrong.app=InvalidPolicy',
  'rollout.moves.app=UpToDate',
  'statefulset.moves.app=UpToDate',
];

/** Without replicas, an update is complete as soon as it is written. */
function deployment(name: string, policy: string, image: string): object {
  const spec = { replicas: 0, ...selecting(name, image) };
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: metadata(name, policy), spec };
}

function statefulSet(image: string): object {
  const spec = { replicas: 0, serviceName: 'moves', ...selecting('moves-set', image) };
  return { apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: metadata('moves', 'minor'), spec };
}

/** For nodes that do not exist: the image cannot be run, and a cluster with a node would try. */
function daemonSet(image: string): object {
  const { selector, template } = selecting('moves-agent', image);
  const nowhere = { ...template, spec: { ...template.spec, nodeSelector: { nowhere: 'true' } } };
  const spec = { selector, template: nowhere };
  return { apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: metadata('moves', 'minor'), spec };
}

function argoRollout(image: string): object {
  const spec = { replicas: 0, strategy: { canary: {} }, ...selecting('moves-rollout', image) };
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Rollout',
    metadata: metadata('moves', 'minor'),
    spec,
  };
}

function cronJob(image: string): object {
  const { template } = selecting('moves-job', image);
  const job = { template: { ...template, spec: { ...template.spec, restartPolicy: 'Never' } } };
  const spec = { schedule: '0 0 1 1 *', jobTemplate: { spec: job } };
  return { apiVersion: 'batch/v1', kind: 'CronJob', metadata: metadata('moves', 'minor'), spec };
}

function metadata(name: string, policy: string) {
  return { name, namespace: 'shop', annotations: { 'plimsoll.dev/policy': policy } };
}

function selecting(app: string, image: string) {
  const labels = { app };
  const spec = { imagePullSecrets: [{ name: 'regcred' }], containers: [{ name: 'app', image }] };
  return { selector: { matchLabels: labels }, template: { metadata: { labels }, spec } };
}

function login(registry: string): readonly string[] {
  return [`--docker-server=${registry}`, '--docker-username=reader', '--docker-password=not-needed'];
}

/** The administrator's kubeconfig with the token of the controller instead. */
async function kubeconfigOfController(folder: string): Promise<string> {
  const token = (await kubectl('create', 'token', 'plimsoll', '-n', 'plimsoll-system')).trim();
  const file = join(folder, 'kubeconfig');
  writeFileSync(file, readFileSync(required('PLIMSOLL_TEST_KUBECONFIG')), { mode: 0o600 });
  const config = (...args: string[]) => run([`--kubeconfig=${file}`, 'config', ...args]);
  await config('set-credentials', 'controller', `--token=${token}`);
  await config('set-context', '--current', '--user=controller', '--namespace=plimsoll-system');
  return file;
}

interface AuditedRequest {
  readonly verb: string;
  readonly resource: string;
  readonly code: number;
}

function auditedRequests(): readonly AuditedRequest[] {
  const lines = readFileSync(required('PLIMSOLL_TEST_AUDIT_LOG'), 'utf8').split('\n');
  return lines
    .filter((line) => line.includes(`"username":"${user}"`))
    .map((line) => {
      const entry: unknown = JSON.parse(line);
      const resource = textAt(entry, 'objectRef', 'resource') ?? '';
      const subresource = textAt(entry, 'objectRef', 'subresource');
      return {
        verb: textAt(entry, 'verb') ?? '',
        resource: subresource === undefined ? resource : `${resource}/${subresource}`,
        code: numberAt(entry, 'responseStatus', 'code') ?? 0,
      };
    });
}

async function eventually(what: string, condition: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 60_000;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`waited a minute in vain for ${what}`);
  }
}

function kubectl(...args: readonly string[]): Promise<string> {
  return run([`--kubeconfig=${required('PLIMSOLL_TEST_KUBECONFIG')}`, ...args]);
}

async function kubectlWith(input: string, ...args: readonly string[]): Promise<void> {
  const running = promisify(execFile)(required('PLIMSOLL_TEST_KUBECTL'), [
    `--kubeconfig=${required('PLIMSOLL_TEST_KUBECONFIG')}`,
    ...args,
  ]);
  running.child.stdin?.end(input);
  await running;
}

async function run(args: readonly string[]): Promise<string> {
  return (await promisify(execFile)(required('PLIMSOLL_TEST_KUBECTL'), [...args])).stdout;
}

function required(name: string): string {
  const value = process.env[name];
  assert.ok(value, `${name} is not set: run this by npm run test:cluster`);
  return value;
}
