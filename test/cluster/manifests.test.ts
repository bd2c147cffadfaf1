import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { before, suite, test } from 'node:test';
import { rolloutDefinition } from '../support/argo-definition.ts';
import { auditedRequests, auditPosition, isRefused } from '../support/audit-log.ts';
import { busyboxLayer } from '../support/busybox.ts';
import { chart, helm } from '../support/helm.ts';
import {
  applyBase,
  applyObjects,
  controllerPods,
  eventually,
  kubeconfigOfController,
  kubectl,
  ownClusterOnly,
  removeBase,
  required,
  root,
  systemNamespace,
} from '../support/installation.ts';
import { allowed, permissionOf } from '../support/permissions.ts';
import { platformValues } from '../support/platform-values.ts';
import { pushImage } from '../support/push-image.ts';
import { undoing } from '../support/undoing.ts';

const people = [
  {
    role: 'view',
    may: ['get trackedimages.plimsoll.dev', 'list imagepolicies.plimsoll.dev'],
    mayNot: ['patch trackedimages.plimsoll.dev', 'create imagepolicies.plimsoll.dev'],
  },
  {
    role: 'edit',
    may: [
      'patch trackedimages.plimsoll.dev',
      'create imagepolicies.plimsoll.dev',
      'delete imagepolicies.plimsoll.dev',
      'watch trackedimages.plimsoll.dev',
    ],
    mayNot: [
      'create trackedimages.plimsoll.dev',
      'patch trackedimages.plimsoll.dev --subresource=status',
      'patch imagepolicies.plimsoll.dev --subresource=status',
    ],
  },
];

suite('the shipped manifests', { timeout: 400_000, ...ownClusterOnly }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-manifests-'));
  const defer = undoing();

  before(async () => {
    defer(() => rmSync(folder, { recursive: true }));
    defer(removeBase);
    await applyBase();
    await applyObjects(rolloutDefinition);
    await kubectl(
      'wait',
      '--for=condition=Established',
      'crd/trackedimages.plimsoll.dev',
      'crd/imagepolicies.plimsoll.dev',
      'crd/rollouts.argoproj.io',
    );
    defer(() => kubectl('delete', 'namespace', 'shop', '--ignore-not-found', '--wait=false'));
    await kubectl('create', 'namespace', 'shop');
    await kubectl('apply', '-f', join(root, 'manifests/pull-secrets/role.yaml'));
  });

  for (const overlay of ['ha', 'namespaced', 'read-only']) {
    test(`the API server admits the overlay ${overlay}`, async () => {
      await kubectl('apply', '--dry-run=server', '-k', join(root, 'manifests/overlays', overlay));
    });
  }

  for (const component of ['cluster-wide-secrets', 'priority-class', 'registries-file']) {
    test(`the API server admits the component ${component}`, async () => {
      const of = (path: string) => [relative(folder, join(root, 'manifests', path))];
      const kustomization = { resources: of('base'), components: of(`components/${component}`) };
      writeFileSync(join(folder, 'kustomization.yaml'), JSON.stringify(kustomization));
      await kubectl('apply', '--dry-run=server', '-k', folder);
    });
  }

  test('the API server admits the chart with the values of a platform team', async () => {
    const [values, rendered] = [join(folder, 'values.json'), join(folder, 'chart.yaml')];
    writeFileSync(values, JSON.stringify(platformValues));
    const asked = ['--namespace', systemNamespace, '--values', values];
    writeFileSync(rendered, await helm('template', 'plimsoll', ...asked, chart));
    await kubectl('apply', '--dry-run=server', '-f', rendered);
  });

  for (const { role, may, mayNot } of people) {
    test(`whoever may ${role} a namespace may do the same with our resources in it`, async () => {
      await kubectl('create', 'rolebinding', role, `--clusterrole=${role}`, `--user=${role}er`, '-n', 'shop');
      const asked = async (what: string) =>
        kubectl('auth', 'can-i', ...what.split(' '), `--as=${role}er`, '-n', 'shop').catch(() => 'no');
      await eventually(
        'the roles to be aggregated',
        async () => (await asked(may[0] ?? '')).trim() === 'yes',
      );
      for (const what of may) assert.equal((await asked(what)).trim(), 'yes', what);
      for (const what of mayNot) assert.equal((await asked(what)).trim(), 'no', what);
    });
  }

  test('the namespace admits pods of the Deployment under Pod Security restricted', async () => {
    await eventually('a pod of the controller', async () =>
      (await controllerPods()).some((pod) => pod.startsWith('pod/plimsoll-')),
    );
  });

  test('the service account may do all that the controller asks for, and nothing is refused, nor anything allowed in vain', async (t) => {
    const begin = auditPosition();
    const registry = required('PLIMSOLL_TEST_REGISTRY');
    const layers = [busyboxLayer(required('PLIMSOLL_TEST_BUSYBOX'))];
    for (const tag of ['1.0.0', '1.1.0', '2'])
      await pushImage({ registry, repository: 'rbac/app', tag, layers });
    await kubectl('create', 'secret', 'docker-registry', 'regcred', '-n', 'shop', ...login(registry));
    const image = `${registry}/rbac/app:1.0.0`;
    await applyObjects(
      deployment('moves', 'minor', image),
      deployment('follows', 'digest', `${registry}/rbac/app:2`),
      podOnNode('follows', `${registry}/rbac/app:2`),
      deployment('wrong', 'minro', image),
      statefulSet(image),
      daemonSet(image),
      cronJob(image),
      argoRollout(image),
      withoutSecret('plain', image),
      imagePolicy,
      orphan,
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
    const told = async () => {
      const reasons = 'jsonpath={range .items[*]}{.metadata.name}={.status.reason} {end}';
      return kubectl('get', 'trackedimages', '-n', 'shop', '--sort-by=.metadata.name', '-o', reasons);
    };
    await eventually(
      'every workload to be told',
      async () => (await told()).trim() === everybodyTold.join(' '),
      told,
    );
    const path = '{.spec.template.spec.containers[0].image}';
    const moved = await kubectl('get', 'deployment', 'moves', '-n', 'shop', '-o', `jsonpath=${path}`);
    assert.equal(moved, `${registry}/rbac/app:1.1.0`);

    const askedSince = () => new Set(auditedRequests(begin).map(permissionOf));
    await goBack(image);
    await eventually('every workload to be read whose image somebody has put back', async () =>
      [
        'apps/deployments',
        'apps/statefulsets',
        'apps/daemonsets',
        'batch/cronjobs',
        'argoproj.io/rollouts',
      ].every((resource) => askedSince().has(`get ${resource}`)),
    );
    for (const policy of ['minor', 'minro']) {
      await kubectl(
        'annotate',
        '--overwrite',
        'deployment',
        'wrong',
        '-n',
        'shop',
        `plimsoll.dev/policy=${policy}`,
      );
      const reason = policy === 'minor' ? 'UpToDate' : 'InvalidPolicy';
      await eventually(`policy ${policy} to be told`, async () =>
        (await told()).includes(`wrong.app=${reason}`),
      );
    }
    await eventually('an event to be told a second time', async () =>
      askedSince().has('patch events.k8s.io/events'),
    );
    controller.kill('SIGTERM');
    assert.deepEqual(await ended, [0, null]);

    // The controller works in all namespaces, and somebody may have left behind what it would need a role for.
    const within = ['', 'shop', systemNamespace];
    const requests = auditedRequests(begin).filter(({ namespace }) => within.includes(namespace));
    assert.deepEqual(requests.filter(isRefused), []);
    const asked = new Set(requests.filter(({ resource }) => resource !== '').map(permissionOf));
    const roles = await allowed();
    assert.deepEqual([...asked].filter((each) => !roles.has(each)).toSorted(), ['get /secrets']);
    assert.deepEqual(
      [...roles].filter((each) => !asked.has(each)),
      [],
    );
  });
});

const everybodyTold = [
  'cronjob.moves.app=UpToDate',
  'daemonset.moves.app=UpToDate',
  'deployment.follows.app=UpToDate',
  'deployment.moves.app=UpToDate',
  'deployment.plain.app=UpToDate',
  'deployment.wrong.app=InvalidPolicy',
  'rollout.moves.app=UpToDate',
  'statefulset.moves.app=UpToDate',
];

/** Without replicas, an update is complete as soon as it is written. */
function deployment(name: string, policy: string, image: string): object {
  const spec = { replicas: 0, ...selecting(name, image) };
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: metadata(name, policy), spec };
}

/** A pod that a Deployment's selector finds: it makes the controller ask what its node is. */
function podOnNode(app: string, image: string): object {
  const spec = { nodeName: 'nowhere', containers: [{ name: 'app', image }] };
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: app, namespace: 'shop', labels: { app } }, spec };
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

/** Its service account is asked for pull secrets instead. */
function withoutSecret(name: string, image: string): object {
  const { selector, template } = selecting(name, image);
  const { containers } = template.spec;
  const spec = { replicas: 0, selector, template: { ...template, spec: { containers } } };
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: metadata(name, 'minor'), spec };
}

const imagePolicy = {
  apiVersion: 'plimsoll.dev/v1alpha1',
  kind: 'ImagePolicy',
  metadata: { name: 'everything', namespace: 'shop' },
  spec: { interval: '1m' },
};

/** What a workload of that name left behind when it was deleted without its dependents: to be replaced. */
const orphan = {
  apiVersion: 'plimsoll.dev/v1alpha1',
  kind: 'TrackedImage',
  metadata: { name: 'deployment.plain.app', namespace: 'shop', labels: { 'plimsoll.dev/container': 'app' } },
  spec: {},
};

/** A person puts the image of one workload of each kind back, so that the controller asks who that was. */
async function goBack(image: string): Promise<void> {
  for (const kind of ['deployment', 'statefulset', 'daemonset', 'cronjob', 'rollout']) {
    const template = kind === 'cronjob' ? '/spec/jobTemplate/spec/template' : '/spec/template';
    const operations = [{ op: 'replace', path: `${template}/spec/containers/0/image`, value: image }];
    await kubectl('patch', kind, 'moves', '-n', 'shop', '--type=json', '-p', JSON.stringify(operations));
  }
}

function login(registry: string): readonly string[] {
  return [`--docker-server=${registry}`, '--docker-username=reader', '--docker-password=not-needed'];
}
