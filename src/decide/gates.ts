import type { ContainerDecision } from '../model/decision.ts';
import type { EffectivePolicy } from '../model/policy.ts';
import type { Problem } from '../model/result.ts';
import type { Workload } from '../model/workload.ts';

/** What the gates look at besides the choice. */
export interface GateInput {
  readonly workload: Workload;
  readonly policy: EffectivePolicy;
  /** A person's `spec.hold` on the TrackedImage. */
  readonly held: boolean;
  /** What a rollout of this workload that has not ended is doing, or undefined. */
  readonly rollout: string | undefined;
  /** Whether another rollout may begin now in this cluster. */
  readonly placeFree: boolean;
  /** The controller was started with `--read-only`. */
  readonly readOnly: boolean;
}

/** One gate: the reason why an update may not be applied now, or nothing when it is open. */
type Gate = (input: GateInput) => Problem | undefined;

/**
 * The gates in the order in which they are asked; the first closed one is told. What makes *now* unfit is a gate;
 * what makes one tag unfit is a filter of the choice.
 */
const gates: readonly Gate[] = [
  suspended,
  personalHold,
  paused,
  rolloutInProgress,
  notifyOnly,
  readOnly,
  places,
];

/** Lets a chosen update through, or holds it with the reason of the first closed gate. */
export function passGates(decision: ContainerDecision, input: GateInput): ContainerDecision {
  if (decision.change === undefined) return decision;
  for (const gate of gates) {
    const closed = gate(input);
    if (closed)
      return { ...decision, ...closed, message: `${decision.message}; ${closed.message}`, change: undefined };
  }
  return decision;
}

function suspended({ policy }: GateInput): Problem | undefined {
  return policy.suspend
    ? { reason: 'Suspended', message: 'held because plimsoll.dev/suspend is true' }
    : undefined;
}

function personalHold({ held }: GateInput): Problem | undefined {
  return held
    ? { reason: 'PersonalHold', message: 'held because spec.hold of its TrackedImage is true' }
    : undefined;
}

function paused({ workload }: GateInput): Problem | undefined {
  return workload.paused
    ? {
        reason: 'WorkloadPaused',
        message: 'held because the workload is paused; resume it to let the update roll out',
      }
    : undefined;
}

function rolloutInProgress({ rollout }: GateInput): Problem | undefined {
  return rollout === undefined
    ? undefined
    : { reason: 'RolloutInProgress', message: `waits for the rollout in progress: ${rollout}` };
}

function notifyOnly({ policy }: GateInput): Problem | undefined {
  return policy.mode === 'notify'
    ? { reason: 'NotifyOnly', message: 'told only, because plimsoll.dev/mode is notify' }
    : undefined;
}

function readOnly(input: GateInput): Problem | undefined {
  return input.readOnly
    ? { reason: 'ReadOnly', message: 'not applied, because the controller runs with --read-only' }
    : undefined;
}

function places({ placeFree }: GateInput): Problem | undefined {
  return placeFree
    ? undefined
    : {
        reason: 'RolloutInProgress',
        message: 'waits for one of the rollouts in progress to end (--max-rollouts)',
      };
}
