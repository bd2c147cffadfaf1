import { type JsonObject, numberAt, textAt } from '../../model/json.ts';
import { revisionOfPod } from './controller-revision.ts';
import { isDeleting, nameOf } from './ownership.ts';
import { hasEnded } from './pod-condition.ts';
import { desiredReplicas } from './replica-set.ts';

/** One step of a StatefulSet. */
export type SetStep =
  | { readonly kind: 'create'; readonly ordinal: number; readonly revision: 'current' | 'update' }
  | { readonly kind: 'delete'; readonly pod: JsonObject };

/** What the next steps rest on. */
export interface SetState {
  readonly set: JsonObject;
  readonly pods: readonly JsonObject[];
  /** Name of the revision of the present template. */
  readonly updateRevision: string;
  /** Whether a pod has been ready for `minReadySeconds`. */
  readonly isAvailable: (pod: JsonObject) => boolean;
}

/**
 * The next steps of a StatefulSet: first its pods are made in order, each when those before it are available, then those
 * beyond `replicas` go, and only when all that is well are pods of another revision replaced, the last one first. So a
 * broken pod stays until somebody deletes it, whatever the template says meanwhile.
 * @see https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#forced-rollback
 */
export function nextSetSteps(state: SetState): readonly SetStep[] {
  const { set, pods } = state;
  const inOrder = textAt(set, 'spec', 'podManagementPolicy') !== 'Parallel';
  const repairing = repairs(state);
  const steps = (inOrder ? repairing.slice(0, 1) : repairing).filter((step) => step !== undefined);
  if (steps.length > 0 || (inOrder && repairing.length > 0)) return steps;
  const condemned = pods
    .filter((pod) => ordinalOf(pod) >= desiredReplicas(set))
    .toSorted((one, other) => ordinalOf(other) - ordinalOf(one));
  if (condemned.length > 0) {
    const [last] = condemned;
    if (inOrder && last !== undefined && isDeleting(last)) return [];
    const going = condemned.filter((pod) => !isDeleting(pod));
    return (inOrder ? going.slice(0, 1) : going).map((pod) => ({ kind: 'delete', pod }));
  }
  return textAt(set, 'spec', 'updateStrategy', 'type') === 'OnDelete' ? [] : updateSteps(state);
}

/** The ordinal at the end of a pod's name; -1 where there is none. */
function ordinalOf(pod: JsonObject): number {
  const digits = /-(\d+)$/.exec(nameOf(pod))?.[1];
  return digits === undefined ? -1 : Number(digits);
}

/** Pods with a lower ordinal keep the revision that the set had before. */
function partitionOf(set: JsonObject): number {
  return numberAt(set, 'spec', 'updateStrategy', 'rollingUpdate', 'partition') ?? 0;
}

/** For each ordinal whose pod is not well, in order: how to make it so, or undefined where it must come by itself. */
function repairs({ set, pods, isAvailable }: SetState): readonly (SetStep | undefined)[] {
  const byOrdinal = new Map(pods.map((pod) => [ordinalOf(pod), pod]));
  const partition = partitionOf(set);
  return Array.from({ length: desiredReplicas(set) }, (_, ordinal) => ordinal).flatMap<SetStep | undefined>(
    (ordinal) => {
      const pod = byOrdinal.get(ordinal);
      if (pod === undefined) {
        return [{ kind: 'create', ordinal, revision: ordinal < partition ? 'current' : 'update' }];
      }
      if (isDeleting(pod)) return [undefined];
      if (hasEnded(pod)) return [{ kind: 'delete', pod }];
      return isAvailable(pod) ? [] : [undefined];
    },
  );
}

/** One pod at a time: the last of another revision, unless one that was replaced is not available yet. */
function updateSteps({ set, pods, updateRevision, isAvailable }: SetState): readonly SetStep[] {
  const partition = partitionOf(set);
  const replaceable = pods
    .filter((pod) => ordinalOf(pod) >= partition)
    .toSorted((one, other) => ordinalOf(other) - ordinalOf(one));
  for (const pod of replaceable) {
    if (isDeleting(pod)) return [];
    if (revisionOfPod(pod) !== updateRevision) return [{ kind: 'delete', pod }];
    if (!isAvailable(pod)) return [];
  }
  return [];
}
