import type { Change, ContainerDecision, Remedy } from '../model/decision.ts';
import type { EffectivePolicy } from '../model/policy.ts';
import type { Problem } from '../model/result.ts';
import type { Approval } from '../model/tracked-image.ts';
import type { Workload } from '../model/workload.ts';
import { nextOpening } from '../policy/window.ts';
import { approvable } from './approval.ts';
import { foreignOwner } from './managed-elsewhere.ts';
import type { Breaker } from './namespace-breaker.ts';

/** What the gates look at besides the choice. */
export interface GateInput {
  readonly workload: Workload;
  readonly policy: EffectivePolicy;
  /** The container's name, and that of its TrackedImage, for the commands that people copy. */
  readonly container: string;
  readonly handle: string;
  /** A person's `spec.hold` on the TrackedImage. */
  readonly held: boolean;
  /** What a person approved, or undefined. */
  readonly approval?: Approval | undefined;
  /** Why another tool that puts the old image back again and again keeps it, or undefined. */
  readonly reverted?: string | undefined;
  /** So many updates of the namespace failed that none is begun there, or undefined. */
  readonly breaker?: Breaker | undefined;
  /** What a rollout of this workload that has not ended is doing, or undefined. */
  readonly rollout: string | undefined;
  /** Whether another rollout may begin now in this cluster. */
  readonly placeFree: boolean;
  /** Milliseconds since the epoch; what depends on the time is open where it is left out. */
  readonly now?: number;
  /** The controller was started with `--read-only`. */
  readonly readOnly: boolean;
}

/** One gate: the reason why an update may not be applied now, or nothing when it is open. */
type Gate = (input: GateInput, change: Change | undefined) => Closed | undefined;

/** Why a gate is closed, and when it opens by itself where it does. */
interface Closed extends Problem {
  /** Milliseconds since the epoch. */
  readonly opensAt?: number;
  /** How a person opens it. */
  readonly remedy?: Remedy;
}

/**
 * The gates in the order in which they are asked; the first closed one is told. What makes *now* unfit is a gate;
 * what makes one tag unfit is a filter of the choice.
 */
const gates: readonly (readonly [name: string, gate: Gate])[] = [
  ['suspend', suspended],
  ['hold', personalHold],
  ['managed-elsewhere', managedElsewhere],
  ['reverted', reverted],
  ['paused', paused],
  ['retagged', retagged],
  ['namespace', namespaceOpen],
  ['rollout', rolloutInProgress],
  ['mode', notifyOnly],
  ['approval', approved],
  ['window', insideWindow],
  ['read-only', readOnly],
  ['places', places],
];

/** Gates that also hold a way back that a person asks for; whatever else keeps updates back does not. */
const alsoForPeople: readonly string[] = ['suspend', 'managed-elsewhere', 'paused', 'read-only'];

/** A gate as people are told of it. */
export interface GateState {
  readonly name: string;
  /** Why it is closed; undefined where it is open. */
  readonly closed: Closed | undefined;
}

/** Every gate in the order in which they are asked, open or closed; `change` is what was chosen, where anything was. */
export function inspectGates(input: GateInput, change: Change | undefined): readonly GateState[] {
  return gates.map(([name, gate]) => ({ name, closed: gate(input, change) }));
}

/** Lets a chosen update through, or holds it with the reason of the first closed gate. */
export function passGates(decision: ContainerDecision, input: GateInput): ContainerDecision {
  if (decision.change === undefined) return waitingForPods(decision, input);
  const isWish = decision.change.rollbackTo !== undefined;
  for (const [name, gate] of gates) {
    if (isWish && !alsoForPeople.includes(name)) continue;
    const closed = gate(input, decision.change);
    if (closed)
      return { ...decision, ...closed, message: `${decision.message}; ${closed.message}`, change: undefined };
  }
  return decision;
}

/** The pods of a rollout are not asked what they run, so a choice that rests on it waits for the end of the rollout. */
function waitingForPods(decision: ContainerDecision, input: GateInput): ContainerDecision {
  const isWaiting = decision.needsRunning && decision.reason === 'Observing';
  const closed = isWaiting ? rolloutInProgress(input) : undefined;
  return closed ? { ...decision, ...closed } : decision;
}

function suspended({ policy }: GateInput): Closed | undefined {
  return policy.suspend
    ? { reason: 'Suspended', message: 'held because plimsoll.dev/suspend is true' }
    : undefined;
}

function personalHold({ held }: GateInput): Closed | undefined {
  return held
    ? { reason: 'PersonalHold', message: 'held because spec.hold of its TrackedImage is true' }
    : undefined;
}

function managedElsewhere({ workload, policy }: GateInput): Closed | undefined {
  const owner = policy.managedElsewhere === 'allow' ? undefined : foreignOwner(workload);
  if (!owner) return undefined;
  const message = `held because ${owner.tool} owns the workload (${owner.mark}) and would put the old image back; change the image there, or set plimsoll.dev/managed-elsewhere to allow`;
  return { reason: 'ManagedElsewhere', message };
}

function reverted(input: GateInput): Closed | undefined {
  return input.reverted === undefined ? undefined : { reason: 'Reverted', message: input.reverted };
}

function namespaceOpen({ breaker, workload }: GateInput): Closed | undefined {
  if (!breaker) return undefined;
  const opens = new Date(breaker.until).toISOString();
  const message = `held because ${breaker.undos} updates failed in namespace ${workload.ref.namespace} within a day; it opens at ${opens}, or when somebody sets spec.retry on one of them`;
  return { reason: 'TooManyRollbacks', message, opensAt: breaker.until };
}

function paused({ workload }: GateInput): Closed | undefined {
  return workload.paused
    ? {
        reason: 'WorkloadPaused',
        message: 'held because the workload is paused; resume it to let the update roll out',
      }
    : undefined;
}

function retagged(_input: GateInput, change: Change | undefined): Closed | undefined {
  return change?.retagged === undefined ? undefined : { reason: 'Retagged', message: change.retagged };
}

function rolloutInProgress({ rollout }: GateInput): Closed | undefined {
  return rollout === undefined
    ? undefined
    : { reason: 'RolloutInProgress', message: `waits for the rollout in progress: ${rollout}` };
}

function notifyOnly({ policy }: GateInput): Closed | undefined {
  return policy.mode === 'notify'
    ? { reason: 'NotifyOnly', message: 'told only, because plimsoll.dev/mode is notify' }
    : undefined;
}

/** Approval opens this gate only, and only for the image that it names. */
function approved(input: GateInput, change: Change | undefined): Closed | undefined {
  const { policy, approval } = input;
  if (policy.mode !== 'approve') return undefined;
  const reason = 'AwaitingApproval';
  if (change === undefined) return { reason, message: 'every update waits for a person to approve it' };
  const image = approvable(change);
  if (approval?.image === image) return undefined;
  const other = approval === undefined ? '' : `; ${otherApproval(approval)}`;
  return { reason, message: `waits for approval${other}`, remedy: approving(input, image) };
}

function approving({ workload, container, handle }: GateInput, image: string): Remedy {
  const { kind, namespace, name } = workload.ref;
  return {
    command: `kubectl plimsoll approve ${kind.toLowerCase()}/${name} ${image} -n ${namespace} -c ${container}`,
    patch: `kubectl -n ${namespace} patch trackedimage ${handle} --type=merge -p '{"spec":{"approve":"${image}"}}'`,
  };
}

function otherApproval({ asked, image }: Approval): string {
  return image === undefined
    ? `spec.approve names ${asked}, which was not the candidate when it was written`
    : `what is approved is ${image}`;
}

function insideWindow({ policy, now }: GateInput): Closed | undefined {
  if (policy.windows.length === 0 || now === undefined) return undefined;
  const opensAt = nextOpening(policy.windows, now);
  if (opensAt === now) return undefined;
  if (opensAt === undefined)
    return { reason: 'OutsideWindow', message: 'held because no window opens within two weeks' };
  const message = `waits for its window, which opens at ${new Date(opensAt).toISOString()}`;
  return { reason: 'OutsideWindow', message, opensAt };
}

function readOnly(input: GateInput): Closed | undefined {
  return input.readOnly
    ? { reason: 'ReadOnly', message: 'not applied, because the controller runs with --read-only' }
    : undefined;
}

function places({ placeFree }: GateInput): Closed | undefined {
  return placeFree
    ? undefined
    : {
        reason: 'RolloutInProgress',
        message: 'waits for one of the rollouts in progress to end (--max-rollouts)',
      };
}
