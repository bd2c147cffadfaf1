import { all, bySpec, row } from './resource-row.ts';
import type { ResourceType } from './resource-type.ts';
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
  withReplicaSetDefaults,
  withStatefulSetDefaults,
} from './workload-defaults.ts';
import { validateCronJob, validateJob, validateWorkload } from './workload-validation.ts';

/** Everything that brings forth pods. */
export const workloadTypes: readonly ResourceType[] = [
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
