import type { JsonObject } from '../../model/json.ts';
import { definitionColumns, leaseColumns } from './core-columns.ts';
import { validateDefinition, withDefinitionDefaults } from './custom-resource-definition.ts';
import { wrongMicroTime } from './event-form.ts';
import { bySpec, type Row, row } from './resource-row.ts';
import type { ResourceType } from './resource-type.ts';

const roles: Row = { behaviour: { createOnUpdate: true } };
const clusterRoles: Row = { namespaced: false, behaviour: { createOnUpdate: true } };

/** Leases, custom resource definitions, and what an installation brings along without the sandbox obeying it. */
export const otherTypes: readonly ResourceType[] = [
  row('coordination.k8s.io/v1', 'Lease', {
    columns: leaseColumns,
    behaviour: {
      createOnUpdate: true,
      unconditionalUpdate: false,
      undecodable: (lease: JsonObject) =>
        wrongMicroTime(lease, [
          ['spec', 'acquireTime'],
          ['spec', 'renewTime'],
        ]),
    },
  }),
  row('apiextensions.k8s.io/v1', 'CustomResourceDefinition', {
    namespaced: false,
    shortNames: ['crd', 'crds'],
    subresources: ['status'],
    columns: definitionColumns,
    behaviour: {
      ...bySpec,
      unconditionalUpdate: false,
      returnsDeleted: true,
      applyDefaults: withDefinitionDefaults,
      validate: validateDefinition,
    },
  }),
  row('rbac.authorization.k8s.io/v1', 'Role', roles),
  row('rbac.authorization.k8s.io/v1', 'RoleBinding', roles),
  row('rbac.authorization.k8s.io/v1', 'ClusterRole', clusterRoles),
  row('rbac.authorization.k8s.io/v1', 'ClusterRoleBinding', clusterRoles),
  row('policy/v1', 'PodDisruptionBudget', {
    shortNames: ['pdb'],
    subresources: ['status'],
    behaviour: bySpec,
  }),
  row('networking.k8s.io/v1', 'NetworkPolicy', { shortNames: ['netpol'], behaviour: bySpec }),
];
