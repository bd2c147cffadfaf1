import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { type Document, parseAllDocuments } from 'yaml';
import { at, isJsonObject, type JsonObject, listAt, textAt } from '../../src/model/json.ts';
import { version } from '../../src/version.ts';
import { alerts } from '../docs/prometheus.ts';
import { chart, helm } from '../support/helm.ts';
import { kubectl, root, systemNamespace } from '../support/installation.ts';
import { platformValues } from '../support/platform-values.ts';

const monitoring = ['podMonitor', 'alerts', 'dashboard'].map((each) => `monitoring.${each}.enabled=true`);

/** Needs kubectl and Helm, and nothing of a cluster. */
suite('the chart', { timeout: 300_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-chart-'));
  after(() => rmSync(folder, { recursive: true }));

  const pairs: readonly { readonly kustomize: object; readonly values: readonly string[] }[] = [
    { kustomize: { resources: ['base'] }, values: [] },
    { kustomize: { resources: ['overlays/ha'] }, values: ['replicas=2'] },
    { kustomize: { resources: ['overlays/read-only'] }, values: ['readOnly=true'] },
    { kustomize: { resources: ['overlays/namespaced'] }, values: ['namespaces={shop}'] },
    {
      kustomize: { resources: ['base'], components: ['components/cluster-wide-secrets'] },
      values: ['pullSecrets.clusterWide=true'],
    },
    {
      kustomize: { resources: ['base'], components: ['components/registries-file'] },
      values: ['registries.existingSecret=plimsoll-registries'],
    },
    {
      kustomize: { resources: ['base', 'pull-secrets'] },
      values: ['pullSecrets.namespaces.shop={regcred}'],
    },
    { kustomize: { resources: ['base', 'stuck-pods'] }, values: ['deleteStuckPods={shop}'] },
    {
      kustomize: { resources: ['base'], components: ['monitoring'] },
      values: monitoring,
    },
    {
      kustomize: { resources: ['base'], components: ['monitoring/service-monitor'] },
      values: ['monitoring.serviceMonitor.enabled=true'],
    },
  ];
  for (const { kustomize, values } of pairs) {
    const set = values.join(',');
    test(`with ${set || 'nothing set'} has the objects of ${JSON.stringify(kustomize)}`, async () => {
      const byKustomize = objectsOf(await build(kustomize)).filter(
        ([name]) => !name.startsWith('Namespace '),
      );
      const byHelm = objectsOf(await render(values));
      assert.deepEqual(
        byHelm.map(([name]) => name),
        byKustomize.map(([name]) => name),
      );
      assert.deepEqual(byHelm, byKustomize);
    });
  }

  const wrong: readonly (readonly [string, RegExp])[] = [
    ['replicas=two', /at '\/replicas': got string, want integer/],
    ['image.tagg=1', /at '\/image': additional properties 'tagg' not allowed/],
    ['logLevel=loud', /at '\/logLevel': value must be one of 'debug'/],
    ['pollInterval=soon', /at '\/pollInterval': 'soon' does not match pattern/],
    ['namespaces={Shop}', /at '\/namespaces\/0': 'Shop' does not match pattern/],
    ['pullSecrets.namespaces.shop=regcred', /at '\/pullSecrets\/namespaces\/shop': got string, want array/],
    ['registries.config.mirror=x', /at '\/registries\/config': additional properties 'mirror' not allowed/],
    ['extraArgs={run}', /at '\/extraArgs\/0': 'run' does not match pattern/],
    ['namespaces={a},excludeNamespaces={b}', /excludeNamespaces takes from all namespaces/],
    ['monitoring.alert.enabled=true', /at '\/monitoring': additional properties 'alert' not allowed/],
    ['monitoring.podMonitor.interval=often', /at '\/monitoring\/podMonitor\/interval': 'often' does not/],
    ['monitoring.alerts.runbookBase=docs', /at '\/monitoring\/alerts\/runbookBase': 'docs' does not match/],
    [
      'tolerations[0].effects=NoExecute',
      /at '\/tolerations\/0': additional properties 'effects' not allowed/,
    ],
    ['extraVolumeMounts[0].name=ca', /at '\/extraVolumeMounts\/0': missing property 'mountPath'/],
    ['commonLabels.helm\\.sh/chart=own', /at '\/commonLabels\/helm\.sh~1chart': false schema/],
    ['pullSecrets.namespaces.Shop={regcred}', /at '\/pullSecrets\/namespaces': additional properties 'Shop'/],
    [
      'monitoring.podMonitor.enabled=true,monitoring.serviceMonitor.enabled=true',
      /would count everything twice/,
    ],
  ];
  for (const [value, told] of wrong) {
    test(`refuses ${value}, and says where it is wrong`, async () => {
      await assert.rejects(render([value]), told);
    });
  }

  suite('with the values of a platform team', () => {
    let objects: ReadonlyMap<string, JsonObject>;

    before(async () => {
      writeFileSync(join(folder, 'values.json'), JSON.stringify(platformValues));
      objects = new Map(objectsOf(await render([], chart, '--values', join(folder, 'values.json'))));
    });

    test('calls and marks every object as they ask, but the definitions', () => {
      for (const [name, object] of objects) {
        if (name.startsWith('CustomResourceDefinition ')) continue;
        assert.match(name, /^\w+ (?:plimsoll-system\/)?updat(?:er|es)/);
        assert.equal(textAt(object, 'metadata', 'labels', 'team'), 'platform', name);
        assert.equal(textAt(object, 'metadata', 'annotations', 'example.com/owner'), 'platform', name);
      }
    });

    test('has pods that run where and as they ask', () => {
      const template = at(objects.get(`Deployment ${systemNamespace}/updates`), 'spec', 'template');
      assert.deepEqual(at(template, 'metadata', 'annotations', 'prometheus.io/scrape'), 'false');
      assert.deepEqual(at(template, 'metadata', 'labels'), {
        'app.kubernetes.io/name': 'updates',
        'example.com/egress': 'registries',
        team: 'platform',
      });
      const spec = at(template, 'spec');
      for (const key of [
        'priorityClassName',
        'nodeSelector',
        'tolerations',
        'affinity',
        'topologySpreadConstraints',
      ] as const) {
        assert.deepEqual(at(spec, key), platformValues[key], key);
      }
      assert.equal(at(spec, 'serviceAccountName'), 'updater');
      assert.deepEqual(at(spec, 'imagePullSecrets'), [{ name: 'platform' }]);
      const unprivileged = { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } };
      assert.deepEqual(at(spec, 'securityContext'), { ...unprivileged, fsGroup: 1000 });
    });

    test('has a container with their files and variables, beside those of its own', () => {
      const spec = at(objects.get(`Deployment ${systemNamespace}/updates`), 'spec', 'template', 'spec');
      const [container] = listAt(spec, 'containers');
      assert.deepEqual(at(container, 'args'), [
        'run',
        '--registries=/etc/plimsoll/registries.yaml',
        '--container-metrics',
      ]);
      assert.deepEqual(at(container, 'env'), platformValues.env);
      assert.deepEqual(at(container, 'envFrom'), platformValues.envFrom);
      assert.equal(at(container, 'securityContext', 'readOnlyRootFilesystem'), true);
      assert.deepEqual(
        listAt(container, 'volumeMounts').map((mount) => textAt(mount, 'mountPath')),
        ['/etc/plimsoll', '/etc/authorities'],
      );
      assert.deepEqual(listAt(spec, 'volumes'), [
        { name: 'registries', secret: { secretName: 'mirrors' } },
        ...platformValues.extraVolumes,
      ]);
    });

    test('is held by the admission policy under its own name', () => {
      const user = `'system:serviceaccount:${systemNamespace}:updater'`;
      for (const name of ['updates-workloads', 'updates-resources']) {
        const [condition] = listAt(
          objects.get(`ValidatingAdmissionPolicy ${name}`),
          'spec',
          'matchConditions',
        );
        assert.ok(textAt(condition, 'expression')?.includes(user), name);
      }
    });
  });

  test('has alerts whose runbooks are below the address that is asked for', async () => {
    const base = 'https://git.example.com/plimsoll/blob/main/';
    const objects = new Map(
      objectsOf(await render(['monitoring.alerts.enabled=true', `monitoring.alerts.runbookBase=${base}`])),
    );
    const rule = objects.get(`PrometheusRule ${systemNamespace}/plimsoll`);
    const links = listAt(rule, 'spec', 'groups')
      .flatMap((group) => listAt(group, 'rules'))
      .map((each) => textAt(each, 'annotations', 'runbook_url'));
    assert.deepEqual(
      links,
      alerts().map(({ runbook }) => base + runbook),
    );
  });

  test('says nothing that helm lint complains of', async () => {
    assert.match(await helm('lint', '--strict', chart), / 0 chart\(s\) failed/);
  });

  test('is complete as a package', async () => {
    await helm('package', chart, '--destination', folder);
    const packaged = await render(monitoring, join(folder, `plimsoll-${version}.tgz`));
    assert.deepEqual(objectsOf(packaged), objectsOf(await render(monitoring)));
  });

  /** Kustomize takes no absolute paths. */
  async function build(kustomization: object): Promise<string> {
    const places = Object.entries(kustomization).map(([key, paths]) => [
      key,
      (paths as readonly string[]).map((path) => relative(folder, join(root, 'manifests', path))),
    ]);
    writeFileSync(join(folder, 'kustomization.yaml'), JSON.stringify(Object.fromEntries(places)));
    return kubectl('kustomize', folder);
  }
});

const inNamespace = ['--namespace', systemNamespace];

async function render(values: readonly string[], of = chart, ...flags: readonly string[]): Promise<string> {
  const set = values.flatMap((value) => ['--set', value]);
  return helm('template', 'plimsoll', ...inNamespace, ...set, ...flags, of);
}

/** Objects by kind, namespace and name, in that order, without the marks by which each tool knows its own. */
function objectsOf(manifest: string): readonly (readonly [string, JsonObject])[] {
  return parseAllDocuments(manifest)
    .map(unfolded)
    .filter(isJsonObject)
    .map((object): [string, JsonObject] => [nameOf(object), withoutMarks(object)])
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
}

function nameOf(object: JsonObject): string {
  const path = [textAt(object, 'metadata', 'namespace') ?? '', textAt(object, 'metadata', 'name') ?? ''];
  return `${textAt(object, 'kind')} ${path.filter(Boolean).join('/')}`;
}

function withoutMarks(object: JsonObject): JsonObject {
  const { metadata } = object;
  if (!isJsonObject(metadata)) return object;
  const { labels, annotations, ...rest } = metadata;
  const kept = Object.entries(isJsonObject(labels) ? labels : {}).filter(
    ([key]) => !key.startsWith('app.kubernetes.io/') && key !== 'helm.sh/chart',
  );
  const said = Object.entries(isJsonObject(annotations) ? annotations : {}).filter(
    ([key]) => key !== 'helm.sh/resource-policy',
  );
  return {
    ...object,
    metadata: { ...rest, labels: Object.fromEntries(kept), annotations: Object.fromEntries(said) },
  };
}

/** Each tool breaks long texts into lines in its own way. */
function unfolded(document: Document.Parsed): unknown {
  const unfold = (_: string, value: unknown) =>
    typeof value === 'string' ? value.replaceAll(/\s+/g, ' ').trim() : value;
  return JSON.parse(JSON.stringify(document.toJS(), unfold));
}
