import type { EffectivePolicy } from '../model/policy.ts';
import { problem, type Problem, type Result } from '../model/result.ts';
import { isAnnotated } from '../policy/annotations.ts';
import { resolvePolicies, type TrackedContainers } from '../policy/effective-policy.ts';
import { checkPolicy } from '../versioning/select.ts';

/** The parts of a policy that are compiled, in the order in which one rests on the other. */
const parts = ['allowTags', 'ignoreTags', 'rule', 'extract', 'order'] as const;
/** What each part is where nobody speaks of it. */
const silent: Pick<EffectivePolicy, (typeof parts)[number]> = {
  allowTags: [],
  ignoreTags: [],
  rule: { kind: 'major' },
  extract: undefined,
  order: 'version',
};

/**
 * As {@link resolvePolicies}, with all ranges and patterns understood: one that cannot be read is a problem too, which says
 * where it stands, and nothing of the workload is tracked then. So are annotations of a workload that has no containers of its own.
 */
export function understandPolicies(
  ...sources: Parameters<typeof resolvePolicies>
): Result<TrackedContainers> {
  const [{ annotations, templateOf, ref }] = sources;
  if (templateOf !== undefined && isAnnotated(annotations)) {
    const where = `the pod template of this ${ref.kind} is that of ${templateOf} (spec.workloadRef)`;
    return problem('InvalidPolicy', `${where}; annotate that one, which must exist`);
  }
  const resolved = resolvePolicies(...sources);
  if (!resolved.ok) return resolved;
  const fault = resolved.value.map(({ policy }) => faultOf(policy)).find((found) => found !== undefined);
  return fault === undefined ? resolved : problem(fault.reason, fault.message);
}

/** What cannot be understood of a policy, and who wrote it: the first part that cannot be added to those before it. */
function faultOf(policy: EffectivePolicy): Problem | undefined {
  if (checkPolicy(policy).ok) return undefined;
  let understood: EffectivePolicy = { ...policy, ...silent };
  for (const part of parts) {
    understood = { ...understood, [part]: policy[part] };
    const checked = checkPolicy(understood);
    if (checked.ok) continue;
    const { reason, message } = checked.problem;
    const place = [policy.origins[part], part === 'rule' ? policy.text : undefined, message];
    return { reason, message: place.filter((words) => words !== undefined).join(': ') };
  }
  return undefined;
}
