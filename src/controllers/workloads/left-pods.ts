import type { KubeClient } from '../../kube/client.ts';
import { isKubeError } from '../../kube/errors.ts';
import { isAllowed } from '../../kube/permission.ts';
import { listPods, type PodView } from '../../kube/pods.ts';
import { objectPath, resources } from '../../kube/resources.ts';
import type { Workload } from '../../model/workload.ts';
import type { Followed } from '../../rollout/new-revision.ts';
import { untouchedPods } from '../../rollout/pod-trouble.ts';
import { rolloutStatus } from '../../rollout/status.ts';
import type { ContainerView } from './container-view.ts';
import type { UpdateTeller } from './update-teller.ts';

/** Milliseconds until it is asked again whether pods may be deleted: nothing tells when a permission is given. */
const rest = 60_000;
/** Milliseconds until a pod is judged again that changed while it was. */
const soon = 1_000;

/**
 * Deletes the pods of an update that was put back, where the workload's own controller does not: a StatefulSet waits for a
 * broken pod whatever its template says meanwhile. Only a pod in which nothing of the update was started goes, and only in
 * a namespace where somebody has permitted it.
 * @see https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#forced-rollback
 */
export class LeftPods {
  readonly #client: Pick<KubeClient, 'create' | 'delete' | 'list'>;
  readonly #teller: UpdateTeller;

  constructor(client: Pick<KubeClient, 'create' | 'delete' | 'list'>, teller: UpdateTeller) {
    this.#client = client;
    this.#teller = teller;
  }

  /** Takes care of the pods that were left; the views say which ones are left to people. Rejects with a `KubeError`. */
  async release(
    workload: Workload,
    views: readonly ContainerView[],
    signal: AbortSignal,
  ): Promise<readonly ContainerView[]> {
    const undone = putBackTogether(views);
    const { kind, namespace } = workload.ref;
    if (kind !== 'StatefulSet' || undone.length === 0) return views;
    if (rolloutStatus(workload, workload.generation).phase !== 'progressing') return views;
    const pods = await listPods(this.#client, namespace, workload.podSelector, signal);
    const left = undone
      .map(followedOf)
      .reduce((some, one) => untouchedPods(some, one), ownPods(pods, workload));
    if (left.length === 0) return views;
    const question = { verb: 'delete', resource: resources.pods, namespace };
    if (await isAllowed(this.#client, question, signal)) {
      const outcomes: Deletion[] = [];
      for (const pod of left) outcomes.push(await this.#delete(workload, pod, signal));
      const refused = left.filter((_pod, index) => outcomes[index] === 'refused');
      if (refused.length > 0) return leave(views, undone, refused);
      return outcomes.includes('changed') ? views.map((view) => ({ ...view, undoRest: soon })) : views;
    }
    return leave(views, undone, left);
  }

  /** A pod that is another one by now, or has changed since it was judged, is left alone. Pods are not watched. */
  async #delete(
    workload: Workload,
    { name, uid, resourceVersion }: PodView,
    signal: AbortSignal,
  ): Promise<Deletion> {
    const path = objectPath(resources.pods, workload.ref.namespace, name);
    try {
      await this.#client.delete(path, { preconditions: { uid, resourceVersion }, signal });
      this.#teller.released(workload, name);
      return 'deleted';
    } catch (error) {
      // A webhook may refuse what the permissions allow; what else is to be done must not wait for it.
      if (isKubeError(error, 'Forbidden', 'BadRequest', 'Invalid')) return 'refused';
      if (!isKubeError(error, 'NotFound', 'Conflict')) throw error;
      return 'changed';
    }
  }
}

type Deletion = 'deleted' | 'changed' | 'refused';

function leave(
  views: readonly ContainerView[],
  undone: readonly ContainerView[],
  pods: readonly PodView[],
): readonly ContainerView[] {
  const message = `${pods.map(({ name }) => `pod ${name}`).join(', ')} must be deleted by somebody to run it again`;
  return views.map((view) =>
    undone.includes(view) ? { ...view, leftToPeople: message, undoRest: rest } : view,
  );
}

/** The containers whose last update, one and the same, was put back and still is. */
function putBackTogether(views: readonly ContainerView[]): readonly ContainerView[] {
  const undone = views.filter(isPutBack);
  const last = undone.map(writtenAt).toSorted().at(-1);
  return undone.filter((view) => writtenAt(view) === last);
}

function isPutBack({ container, memory }: ContainerView): boolean {
  const [entry] = memory.history;
  return entry?.outcome === 'RolledBack' && entry.to !== container.image;
}

/** When the last update was written. */
function writtenAt({ memory }: ContainerView): string {
  return memory.history[0]?.at ?? '';
}

function followedOf({ container, memory }: ContainerView): Followed {
  const { from = '', to = '', at = '', digest } = memory.history[0] ?? {};
  return { container: container.name, entry: { from, to, at, digest } };
}

function ownPods(pods: readonly PodView[], { uid }: Workload): readonly PodView[] {
  return pods.filter(({ owner }) => owner?.uid === uid);
}
