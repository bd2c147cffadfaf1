import { isJsonObject, type JsonObject, listAt, textAt } from '../../model/json.ts';
import { objectAt, withAt, withDefaults } from './json-edit.ts';
import { withPodSpecDefaults, withTemplateDefaults } from './pod-defaults.ts';

/** What the API server adds to a Deployment of apps/v1. */
export function withDeploymentDefaults(object: JsonObject): JsonObject {
  const spec = withDefaults(objectAt(object, 'spec'), {
    replicas: 1,
    revisionHistoryLimit: 10,
    progressDeadlineSeconds: 600,
  });
  const strategy = rollingDefaults(objectAt(spec, 'strategy'), { maxUnavailable: '25%', maxSurge: '25%' });
  return withTemplateDefaults({ ...object, spec: { ...spec, strategy } }, ['spec', 'template']);
}

/** What the API server adds to a ReplicaSet of apps/v1. */
export function withReplicaSetDefaults(object: JsonObject): JsonObject {
  const spec = withDefaults(objectAt(object, 'spec'), { replicas: 1 });
  return withTemplateDefaults({ ...object, spec }, ['spec', 'template']);
}

/** What the API server adds to a StatefulSet of apps/v1. */
export function withStatefulSetDefaults(object: JsonObject): JsonObject {
  const spec = withDefaults(objectAt(object, 'spec'), {
    replicas: 1,
    revisionHistoryLimit: 10,
    podManagementPolicy: 'OrderedReady',
    persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
  });
  const updateStrategy = rollingDefaults(objectAt(spec, 'updateStrategy'), { partition: 0 });
  return withTemplateDefaults({ ...object, spec: { ...spec, updateStrategy } }, ['spec', 'template']);
}

/** What the API server adds to a DaemonSet of apps/v1. */
export function withDaemonSetDefaults(object: JsonObject): JsonObject {
  const spec = withDefaults(objectAt(object, 'spec'), { revisionHistoryLimit: 10 });
  const updateStrategy = rollingDefaults(objectAt(spec, 'updateStrategy'), {
    maxSurge: 0,
    maxUnavailable: 1,
  });
  return withTemplateDefaults({ ...object, spec: { ...spec, updateStrategy } }, ['spec', 'template']);
}

/** What the API server adds to a CronJob of batch/v1. */
export function withCronJobDefaults(object: JsonObject): JsonObject {
  const spec = withDefaults(objectAt(object, 'spec'), {
    concurrencyPolicy: 'Allow',
    suspend: false,
    successfulJobsHistoryLimit: 3,
    failedJobsHistoryLimit: 1,
  });
  return withTemplateDefaults({ ...object, spec }, ['spec', 'jobTemplate', 'spec', 'template']);
}

/** What the API server adds to a Job of batch/v1. */
export function withJobDefaults(object: JsonObject): JsonObject {
  const spec = withDefaults(objectAt(object, 'spec'), {
    parallelism: 1,
    completions: 1,
    backoffLimit: 6,
    completionMode: 'NonIndexed',
    suspend: false,
    podReplacementPolicy: 'TerminatingOrFailed',
  });
  return withTemplateDefaults({ ...object, spec }, ['spec', 'template']);
}

/** What the API server and its ServiceAccount admission add to a Pod. */
export function withPodDefaults(object: JsonObject): JsonObject {
  const spec = withDefaults(objectAt(object, 'spec'), {
    serviceAccountName: 'default',
    enableServiceLinks: true,
    priority: 0,
    preemptionPolicy: 'PreemptLowerPriority',
  });
  const status = withDefaults(objectAt(object, 'status'), { phase: 'Pending', qosClass: 'BestEffort' });
  return { ...object, spec: withPodSpecDefaults(spec), status };
}

/** What the API server adds to a Namespace: the label with its name, the finalizer, the phase. */
export function withNamespaceDefaults(object: JsonObject): JsonObject {
  const name = textAt(object, 'metadata', 'name');
  const labelled = withAt(object, ['metadata', 'labels', 'kubernetes.io/metadata.name'], name);
  const spec = withDefaults(objectAt(labelled, 'spec'), { finalizers: ['kubernetes'] });
  return { ...labelled, spec, status: withDefaults(objectAt(labelled, 'status'), { phase: 'Active' }) };
}

/** What the API server adds to a Service. */
export function withServiceDefaults(object: JsonObject): JsonObject {
  const spec = withDefaults(objectAt(object, 'spec'), {
    type: 'ClusterIP',
    sessionAffinity: 'None',
    internalTrafficPolicy: 'Cluster',
    ipFamilies: ['IPv4'],
    ipFamilyPolicy: 'SingleStack',
  });
  const ports = listAt(spec, 'ports')
    .filter(isJsonObject)
    .map((port) => withDefaults(port, { protocol: 'TCP', targetPort: port['port'] }));
  return {
    ...object,
    spec: ports.length === 0 ? spec : { ...spec, ports },
    status: withDefaults(objectAt(object, 'status'), { loadBalancer: {} }),
  };
}

/** What the API server makes of a Secret: a type, and `stringData` moved into `data`. */
export function withSecretDefaults(object: JsonObject): JsonObject {
  const { stringData, ...rest } = object;
  const encoded: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(isJsonObject(stringData) ? stringData : {})) {
    encoded[key] = Buffer.from(typeof value === 'string' ? value : '').toString('base64');
  }
  const added = isJsonObject(stringData) ? { data: { ...objectAt(object, 'data'), ...encoded } } : {};
  return withDefaults({ ...rest, ...added }, { type: 'Opaque' });
}

function rollingDefaults(strategy: JsonObject, rolling: JsonObject): JsonObject {
  const typed = withDefaults(strategy, { type: 'RollingUpdate' });
  if (typed['type'] !== 'RollingUpdate') return typed;
  return { ...typed, rollingUpdate: withDefaults(objectAt(typed, 'rollingUpdate'), rolling) };
}
