import { at, flagAt, type JsonObject, listAt, numberAt, textAt } from '../model/json.ts';
import type { Workload, WorkloadKind } from '../model/workload.ts';
import { conditionsOf } from './conditions.ts';
import { type Resource, resources } from './resources.ts';
import { projectWorkload } from './workload-projection.ts';

/** What differs between kinds of workload where they are read and written. */
export interface KindRow {
  readonly resource: Resource;
  /** Whether a cluster may lack the resource. */
  readonly optional: boolean;
  /** JSON pointer (RFC 6901) to the pod template. */
  readonly template: string;
  /** Whether a mark on the template gives running pods a new start; a CronJob has none to restart. */
  readonly restartable: boolean;
  /** Reduces an object to what is kept of it; undefined where it is no workload of this kind. */
  readonly project: (object: JsonObject) => Workload | undefined;
}

/** The table of workload kinds: everything that lists, reads or patches a workload goes through its row. */
export const kinds: Readonly<Record<WorkloadKind, KindRow>> = {
  Deployment: {
    resource: resources.deployments,
    optional: false,
    template: '/spec/template',
    restartable: true,
    project: projectDeployment,
  },
  StatefulSet: {
    resource: resources.statefulSets,
    optional: false,
    template: '/spec/template',
    restartable: true,
    project: projectStatefulSet,
  },
  DaemonSet: {
    resource: resources.daemonSets,
    optional: false,
    template: '/spec/template',
    restartable: true,
    project: projectDaemonSet,
  },
  CronJob: {
    resource: resources.cronJobs,
    optional: false,
    template: '/spec/jobTemplate/spec/template',
    restartable: false,
    project: projectCronJob,
  },
  Rollout: {
    resource: resources.rollouts,
    optional: true,
    template: '/spec/template',
    restartable: true,
    project: projectRollout,
  },
};

function projectDeployment(object: JsonObject): Workload | undefined {
  return projectWorkload(object, {
    kind: 'Deployment',
    template: at(object, 'spec', 'template'),
    selector: at(object, 'spec', 'selector'),
    paused: flagAt(object, 'spec', 'paused'),
    status: {
      observedGeneration: countIn(object, 'observedGeneration'),
      replicas: countIn(object, 'replicas'),
      updatedReplicas: countIn(object, 'updatedReplicas'),
      availableReplicas: countIn(object, 'availableReplicas'),
      conditions: conditionsOf(object),
    },
  });
}

function projectStatefulSet(object: JsonObject): Workload | undefined {
  const strategy = at(object, 'spec', 'updateStrategy');
  const onDelete = textAt(strategy, 'type') === 'OnDelete';
  return projectWorkload(object, {
    kind: 'StatefulSet',
    template: at(object, 'spec', 'template'),
    selector: at(object, 'spec', 'selector'),
    paused: undefined,
    replacement: onDelete ? 'onDelete' : 'rolling',
    partition: onDelete ? 0 : (numberAt(strategy, 'rollingUpdate', 'partition') ?? 0),
    status: {
      observedGeneration: countIn(object, 'observedGeneration'),
      replicas: countIn(object, 'replicas'),
      updatedReplicas: countIn(object, 'updatedReplicas'),
      // Servers before 1.25 need not count availability.
      availableReplicas: numberAt(object, 'status', 'availableReplicas') ?? countIn(object, 'readyReplicas'),
      conditions: conditionsOf(object),
      currentRevision: textAt(object, 'status', 'currentRevision') ?? '',
      updateRevision: textAt(object, 'status', 'updateRevision') ?? '',
    },
  });
}

/** A DaemonSet wants as many pods as there are nodes for it, which only its controller knows. */
function projectDaemonSet(object: JsonObject): Workload | undefined {
  const onDelete = textAt(object, 'spec', 'updateStrategy', 'type') === 'OnDelete';
  return projectWorkload(object, {
    kind: 'DaemonSet',
    template: at(object, 'spec', 'template'),
    selector: at(object, 'spec', 'selector'),
    paused: undefined,
    replacement: onDelete ? 'onDelete' : 'rolling',
    replicas: countIn(object, 'desiredNumberScheduled'),
    status: {
      observedGeneration: countIn(object, 'observedGeneration'),
      replicas: countIn(object, 'currentNumberScheduled'),
      updatedReplicas: countIn(object, 'updatedNumberScheduled'),
      availableReplicas: countIn(object, 'numberAvailable'),
      conditions: conditionsOf(object),
    },
  });
}

/** A CronJob selects no pods and has no rollout: what stands in its template is what the next run starts. */
function projectCronJob(object: JsonObject): Workload | undefined {
  return projectWorkload(object, {
    kind: 'CronJob',
    template: at(object, 'spec', 'jobTemplate', 'spec', 'template'),
    selector: undefined,
    paused: undefined,
    replacement: 'nextRun',
    replicas: 0,
    status: {
      observedGeneration: numberAt(object, 'metadata', 'generation') ?? 0,
      replicas: 0,
      updatedReplicas: 0,
      availableReplicas: 0,
      conditions: [],
    },
  });
}

/**
 * Reduces a Rollout of Argo Rollouts. One whose `workloadRef` names a Deployment has no template and no containers of its own:
 * the Deployment that it names is what an update is written to.
 * @see https://argoproj.github.io/argo-rollouts/features/specification/
 */
function projectRollout(object: JsonObject): Workload | undefined {
  const templateOf = referenceOf(at(object, 'spec', 'workloadRef'));
  const workload = projectWorkload(object, {
    kind: 'Rollout',
    template: at(object, 'spec', 'template') ?? (templateOf === undefined ? undefined : {}),
    selector: at(object, 'spec', 'selector'),
    paused: flagAt(object, 'spec', 'paused'),
    status: {
      // A string that holds the generation; releases before 1.0 kept a hash there, of which nothing can be concluded.
      observedGeneration: wholeNumber(textAt(object, 'status', 'observedGeneration')),
      replicas: countIn(object, 'replicas'),
      updatedReplicas: countIn(object, 'updatedReplicas'),
      availableReplicas: countIn(object, 'availableReplicas'),
      conditions: conditionsOf(object),
      phase: textAt(object, 'status', 'phase') ?? '',
      message: textAt(object, 'status', 'message') ?? '',
      isAnalysing: isAnalysing(object),
    },
  });
  return workload && templateOf !== undefined ? { ...workload, templateOf } : workload;
}

/** As Argo Rollouts itself judges for which steps its progress deadline does not count; pauses are told by the phase. */
function isAnalysing(object: JsonObject): boolean {
  const index = numberAt(object, 'status', 'currentStepIndex');
  const step = index === undefined ? undefined : listAt(object, 'spec', 'strategy', 'canary', 'steps')[index];
  return at(step, 'analysis') !== undefined || at(step, 'experiment') !== undefined;
}

function referenceOf(reference: unknown): string | undefined {
  const name = textAt(reference, 'name');
  return name === undefined ? undefined : `${textAt(reference, 'kind') ?? 'Deployment'} ${name}`;
}

function countIn(object: JsonObject, field: string): number {
  return numberAt(object, 'status', field) ?? 0;
}

function wholeNumber(text: string | undefined): number {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : 0;
}
