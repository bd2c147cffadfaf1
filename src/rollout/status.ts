import type { Workload, WorkloadKind } from '../model/workload.ts';

/** How far a rollout is. `failed` is what the workload's own controller gave up. */
export interface RolloutStatus {
  readonly phase: 'progressing' | 'complete' | 'failed';
  /** One clause for people: `2 of 3 replicas updated`. */
  readonly message: string;
  /** Whether it waits for a person or an analysis, so that no deadline may end it. */
  readonly openEnded?: boolean;
  /** Of what failed: whether all that is known is that it took too long. */
  readonly timedOut?: boolean;
}

/**
 * Says how far the rollout of a generation is, by the rules of `kubectl rollout status`. Right after a patch the
 * status still describes the generation before it, and a missed deadline of an earlier rollout may linger there, so
 * nothing is believed until the controller has observed the generation.
 *
 * @param spared how many replicas may be missing, of those that cannot be updated now and those that are not available;
 * an Argo Rollout says itself when it is complete, whatever is spared
 * @see https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#deployment-status
 */
export function rolloutStatus(workload: Workload, generation: number, spared = 0): RolloutStatus {
  const status = present(workload, generation, spared);
  if (status.phase !== 'progressing' || workload.paused !== true) return status;
  return { ...status, message: `${status.message}; the workload is paused`, openEnded: true };
}

function present(workload: Workload, generation: number, spared: number): RolloutStatus {
  if (workload.status.observedGeneration < generation) return progressing(unseen(workload));
  return workload.replacement === 'rolling' ? statusOf[workload.ref.kind](workload, spared) : written;
}

/** Nobody waits long for a controller of Kubernetes itself; that of Argo Rollouts may be missing. */
function unseen({ ref, status }: Workload): string {
  const isUncontrolled = ref.kind === 'Rollout' && (status.phase ?? '') === '';
  return isUncontrolled
    ? 'Argo Rollouts has said nothing of it; see that its controller runs'
    : 'its controller has not seen it yet';
}

/**
 * Whether the last rollout ended well, so that pods which fail since are no rollout to wait for. A DaemonSet keeps no
 * memory of it: there every pod must be of the present template.
 */
export function isSettled(workload: Workload): boolean {
  const { status, generation, replicas } = workload;
  if (status.observedGeneration < generation) return false;
  return hasSettled[workload.ref.kind](workload) && status.updatedReplicas >= replicas - workload.partition;
}

/** The deployment controller keeps this reason from then on, while no other revision has pods. */
function deploymentHasSettled({ status, replicas }: Workload): boolean {
  const progress = status.conditions.find(({ type }) => type === 'Progressing');
  return status.replicas === replicas && progress?.reason === 'NewReplicaSetAvailable';
}

const written: RolloutStatus = { phase: 'complete', message: 'written' };

const statusOf: Readonly<Record<WorkloadKind, (workload: Workload, spared: number) => RolloutStatus>> = {
  Deployment: deploymentStatus,
  StatefulSet: statefulSetStatus,
  DaemonSet: daemonSetStatus,
  CronJob: () => written,
  Rollout: argoStatus,
};

const hasSettled: Readonly<Record<WorkloadKind, (workload: Workload) => boolean>> = {
  Deployment: deploymentHasSettled,
  StatefulSet: ({ status, partition }) => partition > 0 || status.currentRevision === status.updateRevision,
  DaemonSet: () => true,
  CronJob: () => true,
  Rollout: () => false,
};

function deploymentStatus(workload: Workload, spared: number): RolloutStatus {
  const progress = workload.status.conditions.find(({ type }) => type === 'Progressing');
  const counted = deploymentCounts(workload, spared);
  // Its controller waits for every replica, and knows nothing of what is spared.
  const isComplete = spared > 0 && counted.phase === 'complete';
  if (progress?.reason !== 'ProgressDeadlineExceeded' || isComplete) return counted;
  return { ...failed(progress.message || 'the progress deadline is exceeded'), timedOut: true };
}

function deploymentCounts({ status, replicas }: Workload, spared: number): RolloutStatus {
  const { updatedReplicas, availableReplicas } = status;
  if (updatedReplicas < replicas) return progressing(`${updatedReplicas} of ${replicas} replicas updated`);
  if (status.replicas > updatedReplicas) {
    return progressing(`${status.replicas - updatedReplicas} of the old replicas still run`);
  }
  if (availableReplicas < updatedReplicas - spared) {
    return progressing(`${availableReplicas} of ${updatedReplicas} replicas available`);
  }
  return complete(`${availableReplicas} of ${replicas} replicas available`);
}

/** A partition keeps some pods as they are; without one, the controller says itself when it is done. */
function statefulSetStatus({ status, replicas, partition }: Workload, spared: number): RolloutStatus {
  const { updatedReplicas, availableReplicas, currentRevision, updateRevision } = status;
  const wanted = Math.max(0, replicas - partition);
  if (updatedReplicas < wanted) return progressing(`${updatedReplicas} of ${wanted} replicas updated`);
  if (availableReplicas < replicas - spared)
    return progressing(`${availableReplicas} of ${replicas} replicas available`);
  if (partition > 0)
    return complete(`${updatedReplicas} of ${replicas} replicas updated, as its partition asks`);
  // It never does while a pod is missing.
  if (currentRevision !== updateRevision && availableReplicas >= replicas)
    return progressing('its controller has not called it complete yet');
  return complete(`${availableReplicas} of ${replicas} replicas available`);
}

/** A node whose pod is old and available could be updated, so that none is spared while more are available than updated. */
function daemonSetStatus({ status, replicas }: Workload, spared: number): RolloutStatus {
  const { updatedReplicas, availableReplicas } = status;
  if (updatedReplicas < Math.min(replicas, Math.max(replicas - spared, availableReplicas)))
    return progressing(`${updatedReplicas} of ${replicas} nodes updated`);
  if (availableReplicas < replicas - spared)
    return progressing(`available on ${availableReplicas} of ${replicas} nodes`);
  return complete(`available on ${availableReplicas} of ${replicas} nodes`);
}

/** Argo Rollouts sums its strategy up in a phase; a pause between its steps may last for days. */
function argoStatus(workload: Workload): RolloutStatus {
  const { phase = '', message = '' } = workload.status;
  const said = message === '' ? phase : `${phase}: ${message}`;
  switch (phase) {
    case 'Healthy':
      return complete(`${workload.status.availableReplicas} of ${workload.replicas} replicas available`);
    case 'Degraded':
      return { ...failed(said), timedOut: isTimeout(workload) };
    case 'Paused':
      return { ...progressing(said), openEnded: true };
    default:
      return {
        ...progressing(said === '' ? 'its controller has said nothing yet' : said),
        ...(workload.status.isAnalysing === true && { openEnded: true }),
      };
  }
}

/** It is degraded by an analysis that fails as well, which is a verdict on the image. */
function isTimeout({ status: { conditions } }: Workload): boolean {
  return conditions.some(
    ({ type, reason }) => type === 'Progressing' && reason === 'ProgressDeadlineExceeded',
  );
}

function progressing(message: string): RolloutStatus {
  return { phase: 'progressing', message };
}

function complete(message: string): RolloutStatus {
  return { phase: 'complete', message };
}

function failed(message: string): RolloutStatus {
  return { phase: 'failed', message };
}
