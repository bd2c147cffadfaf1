import { type JsonObject, listAt, textAt } from '../../model/json.ts';
import { isDeleting } from './ownership.ts';

/** Whether a pod runs or is about to. */
export function isActive(pod: JsonObject): boolean {
  return !isDeleting(pod) && !hasEnded(pod);
}

/** Whether all containers of a pod have ended for good. */
export function hasEnded(pod: JsonObject): boolean {
  const phase = textAt(pod, 'status', 'phase');
  return phase === 'Succeeded' || phase === 'Failed';
}

/** Whether a pod says that it is ready. */
export function isReady(pod: JsonObject): boolean {
  return textAt(readyCondition(pod), 'status') === 'True';
}

/** Milliseconds until a ready pod counts as available (`minReadySeconds`); zero or less when it does. */
export function availableIn(pod: JsonObject, minReadySeconds: number, now: number): number {
  const since = Date.parse(textAt(readyCondition(pod), 'lastTransitionTime') ?? '');
  return minReadySeconds === 0 || Number.isNaN(since) ? 0 : since + minReadySeconds * 1_000 - now;
}

function readyCondition(pod: JsonObject): unknown {
  return listAt(pod, 'status', 'conditions').find((condition) => textAt(condition, 'type') === 'Ready');
}
