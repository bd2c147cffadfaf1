import {
  configMapColumns,
  namespaceColumns,
  nodeColumns,
  secretColumns,
  serviceColumns,
} from './core-columns.ts';
import { wrongTextMap } from './metadata-validation.ts';
import { podColumns } from './pod-columns.ts';
import { all, bySpec, row } from './resource-row.ts';
import type { ResourceType } from './resource-type.ts';
import {
  withNamespaceDefaults,
  withPodDefaults,
  withSecretDefaults,
  withServiceDefaults,
} from './workload-defaults.ts';
import { validatePod } from './workload-validation.ts';

/** Pods, and what else belongs to the core group. */
export const coreTypes: readonly ResourceType[] = [
  row('v1', 'Namespace', {
    namespaced: false,
    shortNames: ['ns'],
    subresources: ['status'],
    columns: namespaceColumns,
    behaviour: {
      returnsDeleted: true,
      applyDefaults: withNamespaceDefaults,
      selectableFields: ['status.phase'],
    },
  }),
  row('v1', 'Pod', {
    shortNames: ['po'],
    categories: all,
    subresources: ['status', 'binding', 'eviction'],
    columns: podColumns,
    behaviour: {
      ...bySpec,
      returnsDeleted: true,
      applyDefaults: withPodDefaults,
      validate: validatePod,
      selectableFields: [
        'spec.nodeName',
        'spec.restartPolicy',
        'spec.serviceAccountName',
        'status.phase',
        'status.podIP',
      ],
    },
  }),
  row('v1', 'Secret', {
    columns: secretColumns,
    behaviour: {
      applyDefaults: withSecretDefaults,
      undecodable: (object) => wrongTextMap(object, 'data'),
      selectableFields: ['type'],
    },
  }),
  row('v1', 'ServiceAccount', { shortNames: ['sa'], behaviour: { returnsDeleted: true } }),
  row('v1', 'ConfigMap', {
    shortNames: ['cm'],
    columns: configMapColumns,
    behaviour: { undecodable: (object) => wrongTextMap(object, 'data') },
  }),
  row('v1', 'Service', {
    shortNames: ['svc'],
    categories: all,
    subresources: ['status'],
    columns: serviceColumns,
    behaviour: { applyDefaults: withServiceDefaults, createOnUpdate: true, returnsDeleted: true },
  }),
  row('v1', 'Node', {
    namespaced: false,
    shortNames: ['no'],
    subresources: ['status'],
    columns: nodeColumns,
    behaviour: { createKeepsStatus: true, selectableFields: ['spec.unschedulable'] },
  }),
];
