import { at, type JsonObject, textAt } from '../../model/json.ts';
import { byAge, desiredReplicas, statusCount } from './replica-set.ts';

/** How far a rollout may stray from the number of replicas. */
export interface Limits {
  /** Pods more than desired. */
  readonly surge: number;
  /** Pods fewer than desired. */
  readonly unavailable: number;
}

/** A ReplicaSet and the number of replicas that it shall have. */
export interface Scaling {
  readonly replicaSet: JsonObject;
  readonly replicas: number;
}

/** The limits of a Deployment in pods; percentages round up for the surge and down for what may be missing. */
export function limitsOf(deployment: JsonObject): Limits {
  const desired = desiredReplicas(deployment);
  if (textAt(deployment, 'spec', 'strategy', 'type') === 'Recreate')
    return { surge: 0, unavailable: desired };
  const rolling = at(deployment, 'spec', 'strategy', 'rollingUpdate');
  const surge = Math.ceil(share(at(rolling, 'maxSurge') ?? '25%', desired));
  const unavailable = Math.min(desired, Math.floor(share(at(rolling, 'maxUnavailable') ?? '25%', desired)));
  return surge === 0 && unavailable === 0 ? { surge, unavailable: 1 } : { surge, unavailable };
}

function share(value: unknown, whole: number): number {
  if (typeof value === 'number') return value;
  const percent = typeof value === 'string' ? /^(\d+)%$/.exec(value)?.[1] : undefined;
  return (Number(percent ?? 0) / 100) * whole;
}

/**
 * The next step of a rolling update: the new ReplicaSet grows as far as the surge allows, else the old ones shrink as
 * far as availability allows, those first whose pods do not run anyway. Empty where there is nothing to do but wait.
 */
export function nextScalings(
  deployment: JsonObject,
  current: JsonObject,
  old: readonly JsonObject[],
): readonly Scaling[] {
  const desired = desiredReplicas(deployment);
  const limits = limitsOf(deployment);
  if (desiredReplicas(current) > desired) return [{ replicaSet: current, replicas: desired }];
  const grown = growth(desired, limits, current, old);
  if (grown > desiredReplicas(current)) return [{ replicaSet: current, replicas: grown }];
  return shrinkage(desired, limits, current, old);
}

/** How many replicas a new ReplicaSet begins with. */
export function firstReplicas(deployment: JsonObject, old: readonly JsonObject[]): number {
  const recreate = textAt(deployment, 'spec', 'strategy', 'type') === 'Recreate';
  if (recreate && sum(old, desiredReplicas) > 0) return 0;
  return growth(desiredReplicas(deployment), limitsOf(deployment), { spec: { replicas: 0 } }, old);
}

/** With `Recreate` the new pods come when the old ones are gone. */
export function nextRecreation(
  deployment: JsonObject,
  current: JsonObject,
  old: readonly JsonObject[],
  oldPods: number,
): readonly Scaling[] {
  const shrinking = old.filter((replicaSet) => desiredReplicas(replicaSet) > 0);
  if (shrinking.length > 0) return shrinking.map((replicaSet) => ({ replicaSet, replicas: 0 }));
  const desired = desiredReplicas(deployment);
  return oldPods === 0 && desiredReplicas(current) !== desired
    ? [{ replicaSet: current, replicas: desired }]
    : [];
}

function growth(desired: number, limits: Limits, current: JsonObject, old: readonly JsonObject[]): number {
  const total = sum([current, ...old], desiredReplicas);
  const room = desired + limits.surge - total;
  return Math.min(desired, desiredReplicas(current) + Math.max(0, room));
}

function shrinkage(
  desired: number,
  limits: Limits,
  current: JsonObject,
  old: readonly JsonObject[],
): readonly Scaling[] {
  const least = desired - limits.unavailable;
  const waiting = desiredReplicas(current) - statusCount(current, 'availableReplicas');
  // Pods of the new template that are not up yet may not be counted on.
  let spare = sum([current, ...old], desiredReplicas) - least - Math.max(0, waiting);
  if (spare <= 0) return [];
  const scalings = new Map<JsonObject, number>();
  for (const replicaSet of [...old].sort(byAge)) {
    const broken = desiredReplicas(replicaSet) - statusCount(replicaSet, 'availableReplicas');
    const cut = Math.max(0, Math.min(spare, broken));
    if (cut > 0) scalings.set(replicaSet, desiredReplicas(replicaSet) - cut);
    spare -= cut;
  }
  let available =
    sum([current, ...old], (replicaSet) => statusCount(replicaSet, 'availableReplicas')) - least;
  for (const replicaSet of [...old].sort(byAge)) {
    const replicas = scalings.get(replicaSet) ?? desiredReplicas(replicaSet);
    const cut = Math.max(0, Math.min(available, replicas));
    if (cut > 0) scalings.set(replicaSet, replicas - cut);
    available -= cut;
  }
  return [...scalings].map(([replicaSet, replicas]) => ({ replicaSet, replicas }));
}

function sum(replicaSets: readonly JsonObject[], count: (replicaSet: JsonObject) => number): number {
  return replicaSets.reduce((total, replicaSet) => total + count(replicaSet), 0);
}
