import type { Workload } from '../model/workload.ts';

/** A tool that owns a workload and would put the old image back. */
export interface ForeignOwner {
  /** Its name, for people: `Argo CD`. */
  readonly tool: string;
  /** The mark by which it was recognised: `label kapp.k14s.io/app`. */
  readonly mark: string;
}

type Marked = Pick<Workload, 'annotations' | 'labels' | 'owner' | 'imageManagers'>;

interface Mark {
  readonly tool: string;
  readonly where: 'annotations' | 'labels';
  /** A key, or the beginning of keys where it ends with `/`. */
  readonly key: string;
  /** Whether this value means that the tool puts things back; every value does where left out. */
  readonly counts?: (value: string) => boolean;
}

const notDisabled = (value: string) => value !== 'disabled';

const marks: readonly Mark[] = [
  { tool: 'Argo CD', where: 'annotations', key: 'argocd.argoproj.io/tracking-id' },
  { tool: 'Argo CD', where: 'labels', key: 'argocd.argoproj.io/instance' },
  { tool: 'Flux', where: 'labels', key: 'kustomize.toolkit.fluxcd.io/name' },
  { tool: 'Flux', where: 'labels', key: 'helm.toolkit.fluxcd.io/name' },
  { tool: 'kapp', where: 'labels', key: 'kapp.k14s.io/app' },
  { tool: 'Fleet', where: 'annotations', key: 'objectset.rio.cattle.io/id' },
  { tool: 'Fleet', where: 'annotations', key: 'fleet.cattle.io/' },
  { tool: 'Fleet', where: 'labels', key: 'fleet.cattle.io/' },
  { tool: 'Config Sync', where: 'annotations', key: 'configmanagement.gke.io/managed', counts: notDisabled },
  { tool: 'Config Sync', where: 'annotations', key: 'configsync.gke.io/' },
  { tool: 'Operator Lifecycle Manager', where: 'labels', key: 'olm.owner' },
  {
    tool: 'the add-on manager',
    where: 'labels',
    key: 'addonmanager.kubernetes.io/mode',
    counts: (value) => value !== 'EnsureExists',
  },
  { tool: 'KubeVela', where: 'labels', key: 'app.oam.dev/name' },
];

/** Field managers of tools that come again by themselves, or know the whole manifest; by the beginning of their name. */
const managers: readonly (readonly [begins: string, tool: string])[] = [
  ['argocd-', 'Argo CD'],
  ['kustomize-controller', 'Flux'],
  ['helm-controller', 'Flux'],
  ['kapp-controller', 'kapp'],
  ['fleetagent', 'Fleet'],
  ['configsync', 'Config Sync'],
  ['Terraform', 'Terraform'],
  ['HashiCorp', 'Terraform'],
  ['pulumi', 'Pulumi'],
];

/**
 * The tool that owns a workload, by the marks that such tools leave on what they manage; undefined where there is none.
 * A workload that Flux was told to leave alone is nobody's.
 */
export function foreignOwner(workload: Marked): ForeignOwner | undefined {
  if (workload.annotations['kustomize.toolkit.fluxcd.io/reconcile'] === 'disabled') return undefined;
  return byMark(workload) ?? operator(workload) ?? byManager(workload);
}

/** The Helm release that a workload belongs to, where a person runs Helm: its next upgrade puts the chart's image back. */
export function helmRelease({ annotations, labels }: Marked): string | undefined {
  const byHelm = labels['app.kubernetes.io/managed-by'] === 'Helm';
  return byHelm ? annotations['meta.helm.sh/release-name'] : undefined;
}

function byMark(workload: Marked): ForeignOwner | undefined {
  for (const { tool, where, key, counts = () => true } of marks) {
    const found = Object.entries(workload[where]).find(
      ([name, value]) => (key.endsWith('/') ? name.startsWith(key) : name === key) && counts(value),
    );
    if (found) return { tool, mark: `${where.slice(0, -1)} ${found[0]}` };
  }
  return undefined;
}

/** Kinds of Kubernetes itself are in groups without a dot or below `k8s.io`; any other kind has an operator behind it. */
function operator({ owner }: Marked): ForeignOwner | undefined {
  const group = owner?.apiVersion.split('/').at(-2) ?? '';
  if (!owner || !group.includes('.') || group.endsWith('.k8s.io')) return undefined;
  return {
    tool: `the operator of ${owner.kind} ${owner.name}`,
    mark: `owner reference ${owner.kind}.${group}`,
  };
}

function byManager({ imageManagers }: Marked): ForeignOwner | undefined {
  for (const manager of imageManagers) {
    const tool = managers.find(([begins]) => manager.startsWith(begins))?.[1];
    if (tool !== undefined) return { tool, mark: `field manager ${manager}` };
  }
  return undefined;
}
