import type { EffectivePolicy } from '../model/policy.ts';
import type { HistoryEntry, RolloutOutcome } from '../model/tracked-image.ts';
import type { Workload } from '../model/workload.ts';
import { missingBefore, statusAsBefore } from './as-before.ts';
import { notRolledOut } from './not-rolled-out.ts';
import type { PodTrouble } from './pod-trouble.ts';
import { type RolloutStatus, rolloutStatus } from './status.ts';

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
  /** Whether a node has taken such a pod and it is not well there, see `isAiling`; undefined where nobody looked. */
  readonly ailing?: boolean | undefined;
}

const second = 1_000;
/** Conditions have times of whole seconds. */
const rounding = 2 * second;
const longestMessage = 400;

/**
 * Judges a rollout that we began, by the generation that our patch returned. A changed template ends it as
 * superseded; a changed generation does not, because an autoscaler raises it too. It fails early only by what waiting
 * cannot cure. A workload of which nothing was available before is not judged by its health afterwards. One of which a part
 * was not is judged by whether it is worse now; as many replicas as were missing before may be missing, as long as the image was not
 * tried in them.
 */
export function followRollout(input: FollowInput): RolloutStep {
  const { workload, entry } = input;
  if (isSuperseded(input)) return ended('Superseded', 'somebody changed the pod template after the update');
  const still = notRolledOut(workload, entry.generation);
  if (still) return ended(still.outcome, still.message);

  const status = statusOf(input);
  if (status.phase === 'complete') return verifying(input, status.message);
  if (status.phase === 'progressing' && isDefinite(input)) return failed(input, undefined);
  const asBefore = statusAsBefore(workload, entry);
  if (asBefore?.phase === 'complete' && input.ailing === false) {
    return verifying(input, `${asBefore.message}; ${missingBefore(entry)}`);
  }
  const left = timeLeft(input);
  const isOver = status.phase === 'failed' || (left <= 0 && !status.openEnded);
  if (isOver) return givenUp(input, status);
  const after = status.openEnded ? undefined : left;
  const trouble = troubleIn(input);
  return { outcome: 'InProgress', message: status.message, complete: false, after, trouble };
}

/**
 * Where the ReplicaSet of an update is there already, because its template stood there before, the missed deadline of an earlier
 * rollout stands until this one makes its first progress. It is not this one's before so much time has passed.
 */
function statusOf({ workload, entry, age }: FollowInput): RolloutStatus {
  const status = rolloutStatus(workload, entry.generation);
  const least = (workload.progressDeadlineSeconds ?? 0) * second - rounding;
  if (status.timedOut !== true || age >= least) return status;
  return { phase: 'progressing', message: 'its controller has not judged it anew yet' };
}

function verifying(input: FollowInput, message: string): RolloutStep {
  const unverified = verifyFor(input) - (input.completeFor ?? 0);
  if (unverified <= 0) return { ...ended('Verified', message), complete: true };
  return {
    outcome: 'InProgress',
    message: `${message}, being verified`,
    complete: true,
    after: unverified,
  };
}

/** Ends what has taken too long, or what its controller gave up. */
function givenUp(input: FollowInput, status: RolloutStatus): RolloutStep {
  const why =
    status.phase === 'failed' ? status.message : `not complete within its deadline: ${status.message}`;
  if (!isExcused(input, status)) return failed(input, why);
  return ended('Unverified', joined(why, missingBefore(input.entry), troubleIn(input)));
}

/**
 * Whether an update that does not end is no reason to put it back: the workload is no worse than before, and either all that can
 * be updated is, or no node has come to try the image in vain, so that the one before would get no further.
 */
function isExcused(input: FollowInput, status: RolloutStatus): boolean {
  const asBefore = statusAsBefore(input.workload, input.entry);
  const isVerdict = status.phase === 'failed' && status.timedOut !== true;
  if (!asBefore || isVerdict || isDefinite(input) || input.ailing === undefined) return false;
  return asBefore.phase === 'complete' || !input.ailing;
}

function ended(outcome: RolloutOutcome, message: string): RolloutStep {
  return { outcome, message, complete: false, after: undefined };
}

/** The end of an update by what its pods show and waiting does not cure; undefined where they show nothing of the kind. */
export function failsEarly(input: Failing): RolloutStep | undefined {
  return isDefinite(input) ? failed(input, undefined) : undefined;
}

/** What a failure rests on. */
type Failing = Pick<FollowInput, 'workload' | 'container' | 'entry' | 'trouble'>;

/** A crash says nothing of a workload that was ill before; an image that is not there does. */
function isDefinite({ trouble, entry }: Failing): boolean {
  return trouble?.kind === 'image' || (trouble?.kind === 'crash' && entry.unhealthyBefore !== true);
}

function failed(input: Failing, why: string | undefined): RolloutStep {
  const { trouble, entry, container } = input;
  const message = joined(why, troubleIn(input));
  const judged = isDefinite(input);
  if (entry.unhealthyBefore === true && !judged) {
    return ended('Unverified', `${message}; nothing of it was available before the update either`);
  }
  const blameless = judged && trouble?.container !== container;
  return { ...ended('Failed', message), blameless };
}

function joined(...parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined).join('; ');
}

/** What is wrong with its pods, or why there are none. */
function troubleIn({ trouble, workload }: Failing): string | undefined {
  return trouble?.message ?? refusalOf(workload);
}

/** Why no pod can be made, such as a quota, where the workload's controller says so; only that of Deployments does. */
function refusalOf({ status: { conditions } }: Workload): string | undefined {
  const refusal = conditions.find(({ type, status }) => type === 'ReplicaFailure' && status === 'True');
  // The pod that was refused has another name each time, and would be news each time.
  const why = refusal?.message.replace(/^pods "[^"]*" is forbidden: /, '').slice(0, longestMessage);
  return why === undefined ? undefined : `no pod can be made: ${why}`;
}

/** Whether something else stands in the template than an update left there; a restart leaves the image and is known by its time. */
export function isSuperseded({ workload, container, entry }: Failing): boolean {
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
