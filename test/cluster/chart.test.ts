import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { after, suite, test } from 'node:test';
import { type Document, parseAllDocuments } from 'yaml';
import { isJsonObject, type JsonObject, textAt } from '../../src/model/json.ts';
import { version } from '../../src/version.ts';
import { chart, helm } from '../support/helm.ts';
import { kubectl, root, systemNamespace } from '../support/installation.ts';

/** Needs kubectl and Helm, and nothing of a cluster. */
suite('the chart', { timeout: 120_000 }, () => {
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
  ];
  for (const [value, told] of wrong) {
    test(`refuses ${value}, and says where it is wrong`, async () => {
      await assert.rejects(render([value]), told);
    });
  }

  test('says nothing that helm lint complains of', async () => {
    assert.match(await helm('lint', '--strict', chart), / 0 chart\(s\) failed/);
  });

  test('is complete as a package', async () => {
    await helm('package', chart, '--destination', folder);
    const packaged = await helm(
      'template',
      'plimsoll',
      ...inNamespace,
      join(folder, `plimsoll-${version}.tgz`),
    );
    assert.deepEqual(objectsOf(packaged), objectsOf(await render([])));
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

async function render(values: readonly string[]): Promise<string> {
  const set = values.flatMap((value) => ['--set', value]);
  return helm('template', 'plimsoll', ...inNamespace, ...set, chart);
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
