/** A resource of the API: where its objects are found, and what they call themselves. */
export interface Resource {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

/** Every resource that is read or written; the shipped RBAC lists the same. */
export const resources = {
  deployments: { group: 'apps', version: 'v1', plural: 'deployments', kind: 'Deployment', namespaced: true },
  statefulSets: {
    group: 'apps',
    version: 'v1',
    plural: 'statefulsets',
    kind: 'StatefulSet',
    namespaced: true,
  },
  daemonSets: { group: 'apps', version: 'v1', plural: 'daemonsets', kind: 'DaemonSet', namespaced: true },
  cronJobs: { group: 'batch', version: 'v1', plural: 'cronjobs', kind: 'CronJob', namespaced: true },
  rollouts: {
    group: 'argoproj.io',
    version: 'v1alpha1',
    plural: 'rollouts',
    kind: 'Rollout',
    namespaced: true,
  },
  namespaces: { group: '', version: 'v1', plural: 'namespaces', kind: 'Namespace', namespaced: false },
  nodes: { group: '', version: 'v1', plural: 'nodes', kind: 'Node', namespaced: false },
  pods: { group: '', version: 'v1', plural: 'pods', kind: 'Pod', namespaced: true },
  secrets: { group: '', version: 'v1', plural: 'secrets', kind: 'Secret', namespaced: true },
  serviceAccounts: {
    group: '',
    version: 'v1',
    plural: 'serviceaccounts',
    kind: 'ServiceAccount',
    namespaced: true,
  },
  events: { group: 'events.k8s.io', version: 'v1', plural: 'events', kind: 'Event', namespaced: true },
  leases: { group: 'coordination.k8s.io', version: 'v1', plural: 'leases', kind: 'Lease', namespaced: true },
  trackedImages: {
    group: 'plimsoll.dev',
    version: 'v1alpha1',
    plural: 'trackedimages',
    kind: 'TrackedImage',
    namespaced: true,
  },
  imagePolicies: {
    group: 'plimsoll.dev',
    version: 'v1alpha1',
    plural: 'imagepolicies',
    kind: 'ImagePolicy',
    namespaced: true,
  },
} as const satisfies Readonly<Record<string, Resource>>;

/** What to do where a cluster lacks our custom resources. */
export const installHint =
  'the custom resources are not installed, or not in version v1alpha1; run: kubectl apply -f crds/';

/** The `apiVersion` of a resource's objects: `v1`, `apps/v1`. */
export function apiVersionOf({ group, version }: Resource): string {
  return group === '' ? version : `${group}/${version}`;
}

/** The path of a collection; without a namespace that of all namespaces. */
export function listPath(resource: Resource, namespace?: string): string {
  const { group, version, plural, namespaced } = resource;
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  const scope = namespaced && namespace !== undefined ? `/namespaces/${segment(namespace)}` : '';
  return `${root}${scope}/${plural}`;
}

/**
 * The path of one object, or of a subresource of it (`status`).
 * The namespace of a cluster-scoped resource is not looked at.
 */
export function objectPath(
  resource: Resource,
  namespace: string | undefined,
  name: string,
  subresource?: 'status',
): string {
  if (resource.namespaced && namespace === undefined) {
    throw new TypeError(`a ${resource.kind} is named by namespace and name; the namespace is missing`);
  }
  const object = `${listPath(resource, namespace)}/${segment(name)}`;
  return subresource === undefined ? object : `${object}/${subresource}`;
}

/** One path segment. What is no name of Kubernetes is refused: `..` would survive percent-encoding. */
function segment(name: string): string {
  if (name === '' || name === '.' || name === '..') {
    throw new TypeError(`${JSON.stringify(name)} cannot be the name of a Kubernetes object`);
  }
  return encodeURIComponent(name);
}
