import type { EffectivePolicy } from '../../src/model/policy.ts';
import { resolvePolicies } from '../../src/policy/effective-policy.ts';
import { aWorkload } from './deployments.ts';

/** The policy that annotations (without the prefix) amount to; `policy: minor` where they do not say. */
export function policyOf(annotations: Readonly<Record<string, string>> = {}): EffectivePolicy {
  const prefixed = Object.entries({ policy: 'minor', ...annotations }).map(
    ([key, value]) => [`plimsoll.dev/${key}`, value] as const,
  );
  const workload = aWorkload({ annotations: Object.fromEntries(prefixed) });
  const resolved = resolvePolicies(workload, { interval: 300_000, keelAnnotations: false });
  if (!resolved.ok) throw new TypeError(resolved.problem.message);
  const [tracked] = resolved.value;
  if (!tracked) throw new TypeError('the policy tracks nothing');
  return tracked.policy;
}
