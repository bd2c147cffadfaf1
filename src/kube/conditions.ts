import { isJsonObject, listAt, textAt } from '../model/json.ts';
import type { Condition } from '../model/workload.ts';

/** Reads `status.conditions` of any object; entries without type or status are left out. */
export function conditionsOf(object: unknown): readonly Condition[] {
  const found: Condition[] = [];
  for (const entry of listAt(object, 'status', 'conditions')) {
    const type = textAt(entry, 'type');
    const status = textAt(entry, 'status');
    if (type === undefined || status === undefined) continue;
    found.push({
      type,
      status,
      reason: textAt(entry, 'reason') ?? '',
      message: textAt(entry, 'message') ?? '',
    });
  }
  return found;
}

/** As {@link conditionsOf}, with the time of the last transition; empty where it is missing. */
export function timedConditionsOf(
  object: unknown,
): readonly (Condition & { readonly lastTransitionTime: string })[] {
  const times = new Map(
    listAt(object, 'status', 'conditions')
      .filter(isJsonObject)
      .map((entry) => [textAt(entry, 'type'), textAt(entry, 'lastTransitionTime')]),
  );
  return conditionsOf(object).map((condition) => ({
    ...condition,
    lastTransitionTime: times.get(condition.type) ?? '',
  }));
}
