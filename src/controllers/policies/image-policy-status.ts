import type { ImagePolicyStatus } from '../../model/image-policy.ts';
import type { Problem } from '../../model/result.ts';
import { type State, stateOf } from '../../model/reasons.ts';
import type { TrackedImageStatus } from '../../model/tracked-image.ts';
import type { ContainerRef, Workload } from '../../model/workload.ts';
import type { CompiledImagePolicy } from '../../policy/image-policy.ts';
import { completePolicy, type PolicyLayer } from '../../policy/policy-layer.ts';
import { checkPolicy } from '../../versioning/select.ts';

/** As much of a TrackedImage as is counted. */
export interface Standing {
  readonly status: Pick<TrackedImageStatus, 'state' | 'reason'> | undefined;
}

type Counts = Omit<ImagePolicyStatus, 'observedGeneration'>;

/** Counts what a policy speaks of among the workloads of its namespace, and how these containers stand. */
export function countPolicy(
  policy: Pick<CompiledImagePolicy, 'selects' | 'covers'>,
  workloads: readonly Workload[],
  trackedOf: (ref: ContainerRef) => Standing | undefined,
): Counts {
  const states: (State | undefined)[] = [];
  let matched = 0;
  for (const workload of workloads.filter((one) => !one.deleting && policy.selects(one))) {
    const before = states.length;
    for (const container of workload.containers.filter(policy.covers)) {
      const tracked = trackedOf({ workload: workload.ref, container: container.name });
      const status = tracked?.status?.reason === 'NotTracked' ? undefined : tracked?.status;
      // An init container counts only where it is tracked: mostly nobody asks for that.
      if (container.role !== 'init' || status !== undefined) states.push(status?.state);
    }
    if (states.length > before) matched += 1;
  }
  const count = (...wanted: readonly State[]) =>
    states.filter((state) => state !== undefined && wanted.includes(state)).length;
  return {
    workloads: matched,
    containers: states.length,
    upToDate: count('UpToDate'),
    held: count('Held', 'RolledBack'),
    failing: count('Error'),
  };
}

/** What a policy's conditions say: that it is in force, or what is wrong with it, its ranges and patterns included. */
export function verdictOn({ layer, name }: Pick<CompiledImagePolicy, 'layer' | 'name'>): Verdict {
  const fault = layer.ok ? faultOf(layer.value, name) : layer.problem;
  const told: Problem = fault ?? {
    reason: 'PolicyInForce',
    message: 'the policy is understood and in force',
  };
  return { ...told, state: stateOf(told.reason), message: told.message.slice(0, 1_024) };
}

type Verdict = Problem & { readonly state: State };

/** Without a rule of its own it only adds to those of others, and is checked with them. */
function faultOf(layer: PolicyLayer, name: string): Problem | undefined {
  if (layer.settings.rule === undefined) return undefined;
  const checked = checkPolicy(completePolicy(layer, 0));
  if (checked.ok) return undefined;
  const { reason, message } = checked.problem;
  return { reason, message: `spec of ImagePolicy ${name}: ${message}` };
}
