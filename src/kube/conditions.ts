import { listAt, textAt } from '../model/json.ts';
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
