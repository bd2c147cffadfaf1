import type { EffectivePolicy } from '../model/policy.ts';
import type { HistoryEntry, RolloutOutcome } from '../model/tracked-image.ts';
import type { Workload } from '../model/workload.ts';
import { notRolledOut } from './not-rolled-out.ts';
import type { PodTrouble } from './pod-trouble.ts';
import { rolloutStatus } from './status.ts';

/** How one of our rollouts stands. */
export interface RolloutStep {
  readonly outcome: RolloutOutcome;
  /** One clause for people. */
  readonly message: string;
  /** Whether every replica runs the new revision; what is left is to see whether it stays healthy. */
  readonly complete: boolean;
  /** Milliseconds after which to ask again, where nothing else happens. */
  readonly after: number | undefined;
  /** What is wrong with its pods, as one clause for people; undefined where nothing is, or nobody looked. */
  readonly trouble?: string | undefined;
  /** Of a failed rollout: whether another container of the same update is known to be the cause. */
  readonly blameless?: boolean;
}

/** What following a rollout rests on. */
export interface FollowInput {
  readonly workload: Workload;
  readonly container: string;
  readonly entry: HistoryEntry;
  readonly policy: Pick<EffectivePolicy, 'rolloutDeadline' | 'verifyFor'>;
  /** Milliseconds for which the rollout has not been complete since the update was written, without those paused. */
  readonly age: number;
  /** Those of them that have passed since it last came further; all where left out. */
  readonly stillFor?: number;
  /** Milliseconds for which the rollout has been complete, or undefined where it is not, or was not seen so yet. */
  readonly completeFor: number | undefined;
  /** What is wrong with the pods that the update brought; undefined where nothing is, or nobody looked. */
  readonly trouble?: PodTrouble | undefined;
}

const second = 1_000;
const longestMessage = 400;

/**
 * Judges a rollout that we began, by the generation that our patch returned. A changed template ends it as
 * superseded; a changed generation does not, because an autoscaler raises it too. It fails early only by what waiting
 * cannot cure. A workload of which nothing was available before is not judged by its health afterwards.
 */
export function followRollout(input: FollowInput): RolloutStep {
  const { workload, entry, completeFor } = input;
  if (isSuperseded(input)) return ended('Superseded', 'somebody changed the pod template after the update');
  const still = notRolledOut(workload, entry.generation);
  if (still) return ended(still.outcome, still.message);

  const status = rolloutStatus(workload, entry.generation);
  const left = timeLeft(input);
  if (status.phase === 'failed') return failed(input, status.message);
  if (status.phase === 'progressing') {
    if (isDefinite(input)) return failed(input, undefined);
    if (left <= 0 && !status.openEnded)
      return failed(input, `not complete within its deadline: ${status.message}`);
    const after = status.openEnded ? undefined : left;
    const trouble = troubleIn(input);
    return { outcome: 'InProgress', message: status.message, complete: false, after, trouble };
  }
  const unverified = verifyFor(input) - (completeFor ?? 0);
  if (unverified <= 0) return { ...ended('Verified', status.message), complete: true };
  const message = `${status.message}, being verified`;
  return { outcome: 'InProgress', message, complete: true, after: unverified };
}

function ended(outcome: RolloutOutcome, message: string): RolloutStep {
  return { outcome, message, complete: false, after: undefined };
}

/** A crash says nothing of a workload that was ill before; an image that is not there does. */
function isDefinite({ trouble, entry }: FollowInput): boolean {
  return trouble?.kind === 'image' || (trouble?.kind === 'crash' && entry.unhealthyBefore !== true);
}

function failed(input: FollowInput, why: string | undefined): RolloutStep {
  const { trouble, entry, container } = input;
  const message = [why, troubleIn(input)].filter((part) => part !== undefined).join('; ');
  const judged = isDefinite(input);
  if (entry.unhealthyBefore === true && !judged) {
    return ended('Unverified', `${message}; nothing of it was available before the update either`);
  }
  const blameless = judged && trouble?.container !== container;
  return { ...ended('Failed', message), blameless };
}

/** What is wrong with its pods, or why there are none. */
function troubleIn({ trouble, workload }: FollowInput): string | undefined {
  return trouble?.message ?? refusalOf(workload);
}

/** Why no pod can be made, such as a quota, where the workload's controller says so; only that of Deployments does. */
function refusalOf({ status: { conditions } }: Workload): string | undefined {
  const refusal = conditions.find(({ type, status }) => type === 'ReplicaFailure' && status === 'True');
  // The pod that was refused has another name each time, and would be news each time.
  const why = refusal?.message.replace(/^pods "[^"]*" is forbidden: /, '').slice(0, longestMessage);
  return why === undefined ? undefined : `no pod can be made: ${why}`;
}

/** Our image must still stand in the template; a restart leaves the image and is known by its time. */
function isSuperseded({ workload, container, entry }: FollowInput): boolean {
  const present = workload.containers.find(({ name }) => name === container);
  if (present?.image !== entry.to) return true;
  return entry.from === entry.to && workload.restartedAt !== entry.at;
}

/**
 * What a policy says is for the whole rollout. Otherwise it is as for Kubernetes, whose progress deadline begins anew with each
 * pod: many pods that are replaced one by one take long, and do well.
 */
function timeLeft({ workload, policy, age, stillFor = age }: FollowInput): number {
  if (policy.rolloutDeadline !== undefined) return policy.rolloutDeadline - age;
  const own = workload.progressDeadlineSeconds;
  return (own === undefined ? 15 * 60 : own + 60) * second - stillFor;
}

function verifyFor({ workload, policy }: FollowInput): number {
  return policy.verifyFor ?? Math.max(10, workload.minReadySeconds) * second;
}
