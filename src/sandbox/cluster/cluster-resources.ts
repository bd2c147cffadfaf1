import type { Resource } from '../../kube/resources.ts';

/** ReplicaSets, which only the simulated deployment controller writes. */
export const replicaSets: Resource = {
  group: 'apps',
  version: 'v1',
  plural: 'replicasets',
  kind: 'ReplicaSet',
  namespaced: true,
};

/** Nodes, of which a fake kubelet registers its own. */
export const nodes: Resource = { group: '', version: 'v1', plural: 'nodes', kind: 'Node', namespaced: false };
