import type { Caveat } from '../../controllers/memory/caveats.ts';
import { Ageing } from '../../decide/ageing.ts';
import { imageTimes } from '../../decide/image-times.ts';
import { platformsInUse } from '../../decide/platforms-in-use.ts';
import { Refuser } from '../../decide/refusals.ts';
import { parseImageReference } from '../../model/image-reference.ts';
import type { EffectivePolicy } from '../../model/policy.ts';
import type { Workload } from '../../model/workload.ts';
import type { RejectReason } from '../../versioning/reject-reason.ts';
import { explainTags } from '../../versioning/select.ts';
import { type ContainerReport, reportOf, timeOf } from '../preview/container-report.ts';
import type { Inspection } from '../preview/inspector.ts';
import { type PolicyField, policyFields } from './policy-fields.ts';

/** Why a workload is, or is not, updated, as `-o json` prints it. */
export interface WorkloadExplanation {
  readonly workload: ContainerReport['workload'];
  readonly containers: readonly ContainerExplanation[];
  readonly warnings: readonly string[];
}

/** The same of one container: the report of `plimsoll plan`, and what it rests on. */
export interface ContainerExplanation extends Omit<ContainerReport, 'workload' | 'policy'> {
  /** Every field of the effective policy, and where it stands; null where the policy is broken. */
  readonly policy: { readonly fields: readonly PolicyField[]; readonly warnings: readonly string[] } | null;
  /** What else is to be said of what it rests on; conditions of its TrackedImage have the same types. */
  readonly caveats: readonly Caveat[];
  readonly gates: readonly GateExplanation[];
  /** The tags of the repository; null where the policy needs none, or they could not be listed. */
  readonly tags: TagExplanation | null;
}

interface GateExplanation {
  readonly gate: string;
  readonly open: boolean;
  readonly reason: string | null;
  readonly message: string | null;
  /** When it opens by itself (RFC 3339, UTC); null where it does not. */
  readonly opensAt: string | null;
}

/** Every tag with the one reason that it has. */
export interface TagExplanation {
  readonly current: string;
  readonly choice: string | null;
  readonly counts: Readonly<Partial<Record<RejectReason, number>>>;
  readonly reasons: Readonly<Record<string, RejectReason | 'chosen' | 'current'>>;
}

/** Explains what was inspected of one workload. */
export function explanationOf(
  { ref: { kind, namespace, name } }: Workload,
  inspections: readonly Inspection[],
  warnings: readonly string[],
): WorkloadExplanation {
  return { workload: { kind, namespace, name }, containers: inspections.map(explainContainer), warnings };
}

function explainContainer(inspection: Inspection): ContainerExplanation {
  const { workload: _workload, policy: _policy, ...report } = reportOf(inspection);
  const { policy, gates, caveats } = inspection;
  return {
    ...report,
    caveats,
    policy: policy ? { fields: policyFields(policy), warnings: policy.warnings } : null,
    gates: gates.map(({ name, closed }) => ({
      gate: name,
      open: closed === undefined,
      reason: closed?.reason ?? null,
      message: closed?.message ?? null,
      opensAt: timeOf(closed?.opensAt),
    })),
    tags: policy ? tagsOf(inspection, policy) : null,
  };
}

function tagsOf(
  { container, decision, observation, refusals, ages }: Inspection,
  policy: EffectivePolicy,
): TagExplanation | null {
  const parsed = parseImageReference(container.image);
  const listed = observation.tags;
  if (!parsed.ok || listed === undefined) return null;
  const current = parsed.value.tag ?? 'latest';
  const platforms = { policy, platforms: decision.platforms ?? [], running: undefined, known: undefined };
  const inUse = platformsInUse({ ...platforms, manifests: observation.manifests });
  const refuser = new Refuser(refusals, observation, inUse);
  const ageing = new Ageing(ages, observation, current);
  const refuse = (tag: string) => refuser.refuse(tag) ?? ageing.refuse(tag);
  const dated = imageTimes({ registry: parsed.value.registry, current, policy, observation });
  const times = dated.kind === 'known' ? dated.times : undefined;
  const request = { current, policy, tags: listed.tags, now: ages.now, refuse };
  const explained = explainTags({ ...request, ...(times && { times }) });
  if (!explained.ok) return null;
  const { selection, reasons } = explained.value;
  return {
    current,
    choice: selection.choice ?? null,
    counts: selection.counts,
    reasons: Object.fromEntries(reasons),
  };
}
