import { stateOf, type State } from '../../model/reasons.ts';
import type { ContainerDecision } from '../../model/decision.ts';
import type { WorkloadRef } from '../../model/workload.ts';
import type { Inspection } from './inspector.ts';

/** What a preview says of one container, as programs read it. Fields keep their order; what is unknown is null. */
export interface ContainerReport {
  readonly workload: Pick<WorkloadRef, 'kind' | 'namespace' | 'name'>;
  /** Empty, as the image is, where the workload has no containers of its own. */
  readonly container: string;
  readonly image: string;
  /** The policy in its author's words, and where it stands. */
  readonly policy: { readonly text: string; readonly from: string } | null;
  readonly state: State;
  readonly reason: ContainerDecision['reason'];
  readonly message: string;
  readonly latest: string | null;
  /** What would be applied, also where a gate is closed. */
  readonly candidate: string | null;
  /** When what is held may be applied without anybody doing anything (RFC 3339, UTC); null where nobody knows. */
  readonly opensAt: string | null;
  /** The command by which a person lets through what is held, ready to be copied; null where there is none. */
  readonly remedy: string | null;
  /** What would be written now; null where nothing would. */
  readonly update: { readonly to: string; readonly how: 'image' | 'restart'; readonly digest: string } | null;
}

/** Reports an inspection. */
export function reportOf({ workload, container, policy, decision }: Inspection): ContainerReport {
  const { kind, namespace, name } = workload.ref;
  const { change, reason, message, latest, candidate, opensAt, remedy } = decision;
  return {
    workload: { kind, namespace, name },
    container: container.name,
    image: container.image,
    policy: policy ? { text: policy.text, from: policy.origins['rule'] ?? 'default' } : null,
    state: stateOf(reason),
    reason,
    message,
    latest: latest ?? null,
    candidate: candidate ?? null,
    opensAt: timeOf(opensAt),
    remedy: remedy?.command ?? null,
    update: change ? { to: change.to, how: change.how, digest: change.digest } : null,
  };
}

/** A time in milliseconds since the epoch as people and programs read it. */
export function timeOf(time: number | undefined): string | null {
  return time === undefined ? null : new Date(time).toISOString();
}
