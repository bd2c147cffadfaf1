import { type JsonObject, listAt, textAt } from '../../model/json.ts';

/** One condition of a Deployment, without its times. */
export interface Finding {
  readonly type: 'Available' | 'Progressing';
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
}

/**
 * Conditions with one put in. The same status and reason leave a condition as it was, times included;
 * the same status keeps the time of its last transition.
 */
export function withCondition(
  conditions: readonly JsonObject[],
  finding: Finding,
  now: string,
): readonly JsonObject[] {
  const current = conditions.find((condition) => condition['type'] === finding.type);
  if (current?.['status'] === finding.status && current['reason'] === finding.reason) return conditions;
  return replaced(conditions, current, finding, now);
}

/** Conditions with one put in whose time of update is now in any case: how progress is told. */
export function withFreshCondition(
  conditions: readonly JsonObject[],
  finding: Finding,
  now: string,
): readonly JsonObject[] {
  const current = conditions.find((condition) => condition['type'] === finding.type);
  return replaced(conditions, current, finding, now);
}

/** The conditions of a Deployment's status. */
export function conditionsOf(deployment: JsonObject): readonly JsonObject[] {
  return listAt(deployment, 'status', 'conditions').flatMap((condition) =>
    typeof condition === 'object' && condition !== null ? [{ ...condition }] : [],
  );
}

/** The condition of a type, where there is one. */
export function findCondition(
  conditions: readonly JsonObject[],
  type: Finding['type'],
): JsonObject | undefined {
  return conditions.find((condition) => condition['type'] === type);
}

function replaced(
  conditions: readonly JsonObject[],
  current: JsonObject | undefined,
  { type, status, reason, message }: Finding,
  now: string,
): readonly JsonObject[] {
  const since = current?.['status'] === status ? textAt(current, 'lastTransitionTime') : undefined;
  const next = { type, status, lastUpdateTime: now, lastTransitionTime: since ?? now, reason, message };
  return [...conditions.filter((condition) => condition['type'] !== type), next];
}
