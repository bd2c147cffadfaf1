import type { JsonObject } from '../../model/json.ts';
import {
  configMapColumns,
  definitionColumns,
  eventColumns,
  leaseColumns,
  namespaceColumns,
  nodeColumns,
  secretColumns,
  serviceColumns,
} from './core-columns.ts';
import { validateDefinition, withDefinitionDefaults } from './custom-resource-definition.ts';
import {
  fromCoreEvent,
  toCoreEvent,
  validateCoreEvent,
  validateEvent,
  wrongMicroTime,
} from './event-form.ts';
import { podColumns } from './pod-columns.ts';
import type { ResourceBehaviour, ResourceType, Subresource } from './resource-type.ts';
import { plainColumns } from './table-columns.ts';
import {
  cronJobColumns,
  daemonSetColumns,
  deploymentColumns,
  jobColumns,
  replicaSetColumns,
  statefulSetColumns,
} from './workload-columns.ts';
import {
  withCronJobDefaults,
  withDaemonSetDefaults,
  withDeploymentDefaults,
  withJobDefaults,
  withNamespaceDefaults,
  withPodDefaults,
  withReplicaSetDefaults,
  withSecretDefaults,
  withServiceDefaults,
  withStatefulSetDefaults,
} from './workload-defaults.ts';
import { validateCronJob, validateJob, validatePod, validateWorkload } from './workload-validation.ts';

/** How most built-in types behave. */
const usual: ResourceBehaviour = {
  generationFields: [],
  createKeepsStatus: false,
  createOnUpdate: false,
  unconditionalUpdate: true,
  returnsDeleted: false,
  strategicMerge: true,
  selectableFields: [],
};

interface Row extends Partial<Omit<ResourceType, 'kind' | 'behaviour' | 'subresources'>> {
  readonly subresources?: readonly Subresource[];
  readonly behaviour?: Partial<ResourceBehaviour>;
}

/** Makes a type of its group, version and kind, and of what differs from the usual. */
function row(
  groupVersion: string,
  kind: string,
  { subresources = [], behaviour = {}, ...rest }: Row = {},
): ResourceType {
  const [first = '', second] = groupVersion.split('/');
  const [group, version] = second === undefined ? ['', first] : [first, second];
  const singular = kind.toLowerCase();
  const plural =
    rest.plural ?? (singular.endsWith('s') ? `${singular}es` : `${singular.replace(/y$/, 'ie')}s`);
  return {
    group,
    version,
    kind,
    singular,
    shortNames: [],
    categories: [],
    namespaced: true,
    columns: plainColumns,
    schema: undefined,
    ...rest,
    plural,
    storage: rest.storage ?? (group === '' ? plural : `${plural}.${group}`),
    subresources: new Set(subresources),
    behaviour: { ...usual, ...behaviour },
  };
}

const bySpec = { generationFields: ['spec'] } as const;
const all = ['all'];

/** Pods, and what else belongs to the core group. */
const core: readonly ResourceType[] = [
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
    behaviour: { applyDefaults: withSecretDefaults, selectableFields: ['type'] },
  }),
  row('v1', 'ServiceAccount', { shortNames: ['sa'], behaviour: { returnsDeleted: true } }),
  row('v1', 'ConfigMap', { shortNames: ['cm'], columns: configMapColumns }),
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

const eventTimes = [['eventTime'], ['series', 'lastObservedTime']];

/** Events: one storage under two names. */
const events: readonly ResourceType[] = [
  row('v1', 'Event', {
    shortNames: ['ev'],
    columns: eventColumns,
    behaviour: {
      createOnUpdate: true,
      validate: (event) => validateCoreEvent(event),
      undecodable: (event) => wrongMicroTime(event, eventTimes),
      selectableFields: [
        'involvedObject.kind',
        'involvedObject.namespace',
        'involvedObject.name',
        'involvedObject.uid',
        'involvedObject.apiVersion',
        'involvedObject.resourceVersion',
        'involvedObject.fieldPath',
        'reason',
        'reportingComponent',
        'source',
        'type',
      ],
    },
  }),
  row('events.k8s.io/v1', 'Event', {
    storage: 'events',
    shortNames: ['ev'],
    columns: eventColumns,
    behaviour: {
      createOnUpdate: true,
      validate: validateEvent,
      undecodable: (event) => wrongMicroTime(event, eventTimes),
      toStorage: toCoreEvent,
      fromStorage: fromCoreEvent,
      selectableFields: [
        'regarding.kind',
        'regarding.namespace',
        'regarding.name',
        'regarding.uid',
        'reason',
        'type',
      ],
    },
  }),
];

/** Everything that brings forth pods. */
const workloads: readonly ResourceType[] = [
  row('apps/v1', 'Deployment', {
    shortNames: ['deploy'],
    categories: all,
    subresources: ['status', 'scale'],
    columns: deploymentColumns,
    // A Deployment is the one kind whose generation also rises with its annotations.
    behaviour: {
      generationFields: ['spec', 'annotations'],
      applyDefaults: withDeploymentDefaults,
      validate: validateWorkload,
    },
  }),
  row('apps/v1', 'ReplicaSet', {
    shortNames: ['rs'],
    categories: all,
    subresources: ['status', 'scale'],
    columns: replicaSetColumns,
    behaviour: {
      ...bySpec,
      applyDefaults: withReplicaSetDefaults,
      validate: validateWorkload,
      selectableFields: ['status.replicas'],
    },
  }),
  row('apps/v1', 'StatefulSet', {
    shortNames: ['sts'],
    categories: all,
    subresources: ['status', 'scale'],
    columns: statefulSetColumns,
    behaviour: { ...bySpec, applyDefaults: withStatefulSetDefaults, validate: validateWorkload },
  }),
  row('apps/v1', 'DaemonSet', {
    shortNames: ['ds'],
    categories: all,
    subresources: ['status'],
    columns: daemonSetColumns,
    behaviour: { ...bySpec, applyDefaults: withDaemonSetDefaults, validate: validateWorkload },
  }),
  row('apps/v1', 'ControllerRevision'),
  row('batch/v1', 'CronJob', {
    shortNames: ['cj'],
    categories: all,
    subresources: ['status'],
    columns: cronJobColumns,
    behaviour: { ...bySpec, applyDefaults: withCronJobDefaults, validate: validateCronJob },
  }),
  row('batch/v1', 'Job', {
    categories: all,
    subresources: ['status'],
    columns: jobColumns,
    behaviour: { ...bySpec, applyDefaults: withJobDefaults, validate: validateJob },
  }),
];

const roles: Row = { behaviour: { createOnUpdate: true } };
const clusterRoles: Row = { namespaced: false, behaviour: { createOnUpdate: true } };

/** Leases, custom resource definitions, and what an installation brings along without the sandbox obeying it. */
const others: readonly ResourceType[] = [
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

/** The types that are there from the start; custom resource definitions add to them. */
export const builtInTypes: readonly ResourceType[] = [...core, ...events, ...workloads, ...others];

/** How custom resources behave. */
export const customBehaviour: ResourceBehaviour = {
  ...usual,
  generationFields: ['everything'],
  unconditionalUpdate: false,
  strategicMerge: false,
};
