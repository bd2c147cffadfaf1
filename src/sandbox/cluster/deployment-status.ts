import { at, type JsonObject, numberAt, textAt } from '../../model/json.ts';
import {
  conditionsOf,
  findCondition,
  type Finding,
  withCondition,
  withFreshCondition,
} from './deployment-conditions.ts';
import { nameOf } from './ownership.ts';
import { desiredReplicas, statusCount } from './replica-set.ts';
import { limitsOf } from './rolling-update.ts';

/** What a Deployment has brought forth. */
export interface Offspring {
  /** The ReplicaSet of the present template; undefined before there is one. */
  readonly current: JsonObject | undefined;
  readonly old: readonly JsonObject[];
}

/** A deadline of as many seconds as an int32 holds means: none. */
const noDeadline = 2_147_483_647;

/** The status that a Deployment should have now, as the real controller derives it. `now` is RFC 3339. */
export function deploymentStatus(deployment: JsonObject, offspring: Offspring, now: string): JsonObject {
  const counts = countsOf(offspring);
  const available = withCondition(conditionsOf(deployment), availability(deployment, counts), now);
  const conditions = withProgress({ deployment, offspring, counts, now }, available);
  const collisions = numberAt(deployment, 'status', 'collisionCount');
  return {
    observedGeneration: numberAt(deployment, 'metadata', 'generation') ?? 0,
    ...Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0)),
    terminatingReplicas: terminating(offspring),
    conditions,
    ...(collisions === undefined ? {} : { collisionCount: collisions }),
  };
}

/** The condition that tells of a pause or of its end, where it has yet to be told. */
export function pauseFinding(deployment: JsonObject): Finding | undefined {
  const reason = textAt(findCondition(conditionsOf(deployment), 'Progressing'), 'reason');
  if (deadlineOf(deployment) === undefined || reason === 'ProgressDeadlineExceeded') return undefined;
  const paused = at(deployment, 'spec', 'paused') === true;
  if (paused === (reason === 'DeploymentPaused')) return undefined;
  const [told, message] = paused
    ? ['DeploymentPaused', 'Deployment is paused']
    : ['DeploymentResumed', 'Deployment is resumed'];
  return { type: 'Progressing', status: 'Unknown', reason: told, message };
}

/** The time at which a rollout without progress will have failed, in milliseconds since the epoch. */
export function failsAt(deployment: JsonObject): number | undefined {
  const deadline = deadlineOf(deployment);
  const condition = findCondition(conditionsOf(deployment), 'Progressing');
  if (deadline === undefined || condition === undefined || isSettled(textAt(condition, 'reason')))
    return undefined;
  const since = Date.parse(textAt(condition, 'lastUpdateTime') ?? '');
  return Number.isNaN(since) ? undefined : since + deadline * 1_000;
}

/** The seconds that a rollout may go on without progress; undefined where there is no limit. */
export function deadlineOf(deployment: JsonObject): number | undefined {
  const seconds = numberAt(deployment, 'spec', 'progressDeadlineSeconds');
  return seconds === noDeadline ? undefined : seconds;
}

/** Whether the rollout of a Deployment is done by its own status. */
export function isComplete(deployment: JsonObject, status: JsonObject): boolean {
  const desired = desiredReplicas(deployment);
  return (
    (numberAt(status, 'updatedReplicas') ?? 0) === desired &&
    (numberAt(status, 'replicas') ?? 0) === desired &&
    (numberAt(status, 'availableReplicas') ?? 0) === desired
  );
}

interface Counts {
  readonly [name: string]: number;
  readonly replicas: number;
  readonly updatedReplicas: number;
  readonly readyReplicas: number;
  readonly availableReplicas: number;
  readonly unavailableReplicas: number;
}

function terminating({ current, old }: Offspring): number {
  const all = current === undefined ? old : [current, ...old];
  return all.reduce((sum, replicaSet) => sum + statusCount(replicaSet, 'terminatingReplicas'), 0);
}

function countsOf({ current, old }: Offspring): Counts {
  const all = current === undefined ? old : [current, ...old];
  const sum = (count: (replicaSet: JsonObject) => number) =>
    all.reduce((total, replicaSet) => total + count(replicaSet), 0);
  const availableReplicas = sum((replicaSet) => statusCount(replicaSet, 'availableReplicas'));
  return {
    replicas: sum((replicaSet) => statusCount(replicaSet, 'replicas')),
    updatedReplicas: current === undefined ? 0 : statusCount(current, 'replicas'),
    readyReplicas: sum((replicaSet) => statusCount(replicaSet, 'readyReplicas')),
    availableReplicas,
    unavailableReplicas: Math.max(0, sum(desiredReplicas) - availableReplicas),
  };
}

function availability(deployment: JsonObject, counts: Counts): Finding {
  const enough = counts.availableReplicas >= desiredReplicas(deployment) - limitsOf(deployment).unavailable;
  if (enough) {
    const message = 'Deployment has minimum availability.';
    return { type: 'Available', status: 'True', reason: 'MinimumReplicasAvailable', message };
  }
  const message = 'Deployment does not have minimum availability.';
  return { type: 'Available', status: 'False', reason: 'MinimumReplicasUnavailable', message };
}

interface Assessment {
  readonly deployment: JsonObject;
  readonly offspring: Offspring;
  readonly counts: Counts;
  readonly now: string;
}

function withProgress(assessment: Assessment, conditions: readonly JsonObject[]): readonly JsonObject[] {
  const { deployment, offspring, counts, now } = assessment;
  if (deadlineOf(deployment) === undefined) {
    return conditions.filter((condition) => condition['type'] !== 'Progressing');
  }
  const before = findCondition(conditions, 'Progressing');
  const complete =
    counts.replicas === counts.updatedReplicas && before?.['reason'] === 'NewReplicaSetAvailable';
  // A rollout that was complete is over: what happens to its pods afterwards is no lack of progress.
  if (complete || at(deployment, 'spec', 'paused') === true) return conditions;
  const { current } = offspring;
  const subject =
    current === undefined ? `Deployment "${nameOf(deployment)}"` : `ReplicaSet "${nameOf(current)}"`;
  const finding = (status: Finding['status'], reason: string, what: string): Finding => ({
    type: 'Progressing',
    status,
    reason,
    message: `${subject} ${what}`,
  });
  if (isComplete(deployment, counts)) {
    return withCondition(
      conditions,
      finding('True', 'NewReplicaSetAvailable', 'has successfully progressed.'),
      now,
    );
  }
  if (hasMoved(deployment, counts)) {
    return withFreshCondition(conditions, finding('True', 'ReplicaSetUpdated', 'is progressing.'), now);
  }
  if (!hasTimedOut(deployment, before, now)) return conditions;
  return withCondition(
    conditions,
    finding('False', 'ProgressDeadlineExceeded', 'has timed out progressing.'),
    now,
  );
}

/** More pods of the new template, fewer of the old ones, or more that are ready than the last status told. */
function hasMoved(deployment: JsonObject, counts: Counts): boolean {
  const was = (field: string) => statusCount(deployment, field);
  return (
    counts.updatedReplicas > was('updatedReplicas') ||
    counts.replicas - counts.updatedReplicas < was('replicas') - was('updatedReplicas') ||
    counts.readyReplicas > was('readyReplicas') ||
    counts.availableReplicas > was('availableReplicas')
  );
}

function hasTimedOut(deployment: JsonObject, condition: JsonObject | undefined, now: string): boolean {
  const reason = textAt(condition, 'reason');
  if (reason === 'ProgressDeadlineExceeded') return true;
  const end = failsAt(deployment);
  return end !== undefined && Date.parse(now) >= end;
}

/** Reasons after which nothing more is expected of a rollout. */
function isSettled(reason: string | undefined): boolean {
  return reason === 'NewReplicaSetAvailable' || reason === 'ProgressDeadlineExceeded';
}
