import { at, type JsonObject, textAt } from '../../model/json.ts';

/** What stands on one node for a DaemonSet. */
export interface NodePods {
  readonly node: string;
  /** Its pod that is not going; undefined where there is none. */
  readonly pod: JsonObject | undefined;
  /** Whether the pod has been ready for `minReadySeconds`. */
  readonly available: boolean;
  /** Whether the pod is of the present template. */
  readonly updated: boolean;
}

/**
 * The pods of old templates that may be deleted now: those that do not work anyway, and as many others as leave no more
 * than `maxUnavailable` nodes without a pod. `maxSurge` is not simulated: the old pod always goes first.
 */
export function podsToReplace(set: JsonObject, nodes: readonly NodePods[]): readonly JsonObject[] {
  if (textAt(set, 'spec', 'updateStrategy', 'type') === 'OnDelete') return [];
  const old = nodes.filter(({ pod, updated }) => pod !== undefined && !updated);
  const broken = old.filter(({ available }) => !available);
  const working = old.filter(({ available }) => available);
  const missing = nodes.filter(({ available }) => !available).length;
  const room = Math.max(0, mostUnavailable(set, nodes.length) - missing);
  return [...broken, ...working.slice(0, room)].map(({ pod }) => pod).filter((pod) => pod !== undefined);
}

function mostUnavailable(set: JsonObject, nodes: number): number {
  const value = at(set, 'spec', 'updateStrategy', 'rollingUpdate', 'maxUnavailable');
  if (typeof value === 'number') return Math.max(1, value);
  const percent = typeof value === 'string' ? /^(\d+)%$/.exec(value)?.[1] : undefined;
  return percent === undefined ? 1 : Math.max(1, Math.ceil((Number(percent) / 100) * nodes));
}
