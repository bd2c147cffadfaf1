import assert from 'node:assert/strict';
import { test } from 'node:test';
import { foreignOwner, helmRelease } from '../../../src/decide/managed-elsewhere.ts';
import type { Workload } from '../../../src/model/workload.ts';
import { aWorkload } from '../../support/deployments.ts';

const cases: readonly (readonly [what: string, marks: Partial<Workload>, tool: string | undefined])[] = [
  ['no mark', {}, undefined],
  ['Argo CD’s annotation', { annotations: { 'argocd.argoproj.io/tracking-id': 'shop:apps' } }, 'Argo CD'],
  ['Argo CD’s label', { labels: { 'argocd.argoproj.io/instance': 'shop' } }, 'Argo CD'],
  ['the instance label of anybody', { labels: { 'app.kubernetes.io/instance': 'shop' } }, undefined],
  ['Flux’s Kustomization', { labels: { 'kustomize.toolkit.fluxcd.io/name': 'apps' } }, 'Flux'],
  ['Flux’s HelmRelease', { labels: { 'helm.toolkit.fluxcd.io/name': 'web' } }, 'Flux'],
  [
    'Flux that was told to leave it alone',
    {
      labels: { 'kustomize.toolkit.fluxcd.io/name': 'apps' },
      annotations: { 'kustomize.toolkit.fluxcd.io/reconcile': 'disabled' },
    },
    undefined,
  ],
  ['kapp', { labels: { 'kapp.k14s.io/app': '1' } }, 'kapp'],
  ['Fleet', { annotations: { 'objectset.rio.cattle.io/id': 'x' } }, 'Fleet'],
  ['a bundle of Fleet', { labels: { 'fleet.cattle.io/bundle-id': 'x' } }, 'Fleet'],
  ['Config Sync', { annotations: { 'configmanagement.gke.io/managed': 'enabled' } }, 'Config Sync'],
  ['Config Sync, disabled', { annotations: { 'configmanagement.gke.io/managed': 'disabled' } }, undefined],
  ['any key of Config Sync', { annotations: { 'configsync.gke.io/resource-id': 'x' } }, 'Config Sync'],
  ['OLM', { labels: { 'olm.owner': 'x.v1' } }, 'Operator Lifecycle Manager'],
  [
    'the add-on manager',
    { labels: { 'addonmanager.kubernetes.io/mode': 'Reconcile' } },
    'the add-on manager',
  ],
  ['an add-on made once', { labels: { 'addonmanager.kubernetes.io/mode': 'EnsureExists' } }, undefined],
  ['KubeVela', { labels: { 'app.oam.dev/name': 'shop' } }, 'KubeVela'],
  [
    'an operator’s object',
    { owner: { apiVersion: 'db.example.com/v1', kind: 'Postgres', name: 'main' } },
    'the operator of Postgres main',
  ],
  ['an owner of Kubernetes', { owner: { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'x' } }, undefined],
  ['an owner of the core', { owner: { apiVersion: 'v1', kind: 'Node', name: 'x' } }, undefined],
  ['an owner below k8s.io', { owner: { apiVersion: 'x.k8s.io/v1', kind: 'Job', name: 'x' } }, undefined],
  ['Argo CD among the writers', { imageManagers: ['argocd-controller'] }, 'Argo CD'],
  ['Pulumi among the writers', { imageManagers: ['kubectl-set', 'pulumi-kubernetes-1a2b'] }, 'Pulumi'],
  ['people among the writers', { imageManagers: ['kubectl-client-side-apply', 'plimsoll'] }, undefined],
];

for (const [what, marks, tool] of cases) {
  test(`${what}: ${tool ?? 'nobody'} owns the workload`, () => {
    assert.equal(foreignOwner({ ...aWorkload(), ...marks })?.tool, tool);
  });
}

test('the mark that was seen is told', () => {
  const owner = foreignOwner({ ...aWorkload(), labels: { 'kapp.k14s.io/app': '1' } });
  assert.equal(owner?.mark, 'label kapp.k14s.io/app');
});

test('a release that a person installed is known by its name, and owned by nobody', () => {
  const labels = { 'app.kubernetes.io/managed-by': 'Helm' };
  const annotations = { 'meta.helm.sh/release-name': 'shop' };
  const workload = { ...aWorkload(), labels, annotations };
  assert.equal(helmRelease(workload), 'shop');
  assert.equal(foreignOwner(workload), undefined);
});
