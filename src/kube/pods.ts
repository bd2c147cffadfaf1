import { isDigest } from '../model/image-reference.ts';
import { at, isJsonObject, type JsonObject, listAt, numberAt, textAt } from '../model/json.ts';
import type { KubeClient } from './client.ts';
import { isKubeError } from './errors.ts';
import { listPath, resources } from './resources.ts';

/** Why a pod or a container does not run, in Kubernetes' words: `Evicted`, `ImagePullBackOff`, `CrashLoopBackOff`. */
interface Why {
  readonly reason: string;
  readonly message: string;
}

/** A container of a pod, as its kubelet last reported it. */
export interface PodContainer {
  readonly name: string;
  readonly role: 'main' | 'init';
  /** Some reference under which the node knows the content; not always the one of the pod template. */
  readonly image: string;
  /** `imageID` as reported; empty until the image was pulled. */
  readonly imageId: string;
  /** The registry digest within `imageID`; undefined where there is none (loaded by hand, or only a config ID). */
  readonly digest: string | undefined;
  readonly ready: boolean;
  readonly running: boolean;
  readonly restartCount: number;
  readonly waiting: Why | undefined;
  /** How it ended now, or before its last restart. */
  readonly terminated: (Why & { readonly exitCode: number }) | undefined;
}

/** A pod, reduced to what a rollout or a running digest needs. */
export interface PodView {
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  /** Its controller: a ReplicaSet for a Deployment. */
  readonly owner: { readonly kind: string; readonly name: string; readonly uid: string } | undefined;
  /** Which revision it belongs to: `pod-template-hash` or `controller-revision-hash`. */
  readonly revision: string | undefined;
  /** The image that its specification names, by container. */
  readonly images: ReadonlyMap<string, string>;
  /** Its template's `kubectl.kubernetes.io/restartedAt`, where set. */
  readonly restartedAt: string | undefined;
  readonly phase: string;
  /** Why the pod as a whole was ended (`Evicted`, `NodeShutdown`) or finds no node (`Unschedulable`). */
  readonly trouble: Why | undefined;
  readonly deleting: boolean;
  readonly ready: boolean;
  /** Empty until it is scheduled. */
  readonly node: string;
  readonly containers: readonly PodContainer[];
}

/**
 * The pods that a selector chooses now. An empty selector chooses none: it would mean every pod of the namespace.
 * Rejects with a `KubeError`.
 */
export async function listPods(
  client: Pick<KubeClient, 'list'>,
  namespace: string,
  selector: string,
  signal: AbortSignal,
): Promise<readonly PodView[]> {
  if (selector === '') return [];
  return listPodsAs(client, { namespace, selector, read: readPod }, signal);
}

/** Pods to list: `read` reduces each of them, undefined leaves it out. */
interface PodQuery<T> {
  readonly namespace: string;
  /** Not empty: that would choose every pod of the namespace. */
  readonly selector: string;
  readonly read: (object: JsonObject) => T | undefined;
}

/** The same, with what a caller wants to keep of each pod. */
export async function listPodsAs<T>(
  client: Pick<KubeClient, 'list'>,
  { namespace, selector, read }: PodQuery<T>,
  signal: AbortSignal,
): Promise<readonly T[]> {
  const once = async () => {
    const found: T[] = [];
    const options = { query: { labelSelector: selector }, signal };
    for await (const page of client.list(listPath(resources.pods, namespace), options)) {
      found.push(...page.items.map(read).filter((pod) => pod !== undefined));
    }
    return found;
  };
  try {
    return await once();
  } catch (error) {
    // The continuation of a long list can expire; a list from its beginning cannot.
    if (!isKubeError(error, 'Gone')) throw error;
    return once();
  }
}

/** Whether a pod runs or is about to; one that ended keeps reporting the images of its time. */
export function isAlive({ deleting, phase }: PodView): boolean {
  return !deleting && phase !== 'Failed' && phase !== 'Succeeded';
}

/** Reduces a pod; undefined where it has no name. */
export function readPod(object: JsonObject): PodView | undefined {
  const name = textAt(object, 'metadata', 'name');
  if (name === undefined) return undefined;
  const conditions = listAt(object, 'status', 'conditions');
  return {
    name,
    uid: textAt(object, 'metadata', 'uid') ?? '',
    resourceVersion: textAt(object, 'metadata', 'resourceVersion') ?? '',
    owner: ownerOf(object),
    revision:
      textAt(object, 'metadata', 'labels', 'pod-template-hash') ??
      textAt(object, 'metadata', 'labels', 'controller-revision-hash'),
    images: imagesIn(object),
    restartedAt: textAt(object, 'metadata', 'annotations', 'kubectl.kubernetes.io/restartedAt'),
    phase: textAt(object, 'status', 'phase') ?? 'Unknown',
    trouble: podTroubleOf(object['status']) ?? unscheduled(conditions),
    deleting: textAt(object, 'metadata', 'deletionTimestamp') !== undefined,
    ready: conditions.some((each) => textAt(each, 'type') === 'Ready' && textAt(each, 'status') === 'True'),
    node: textAt(object, 'spec', 'nodeName') ?? '',
    containers: [
      ...containersIn(object, 'initContainerStatuses', 'init'),
      ...containersIn(object, 'containerStatuses', 'main'),
    ],
  };
}

/** `repo@sha256:…` and `docker-pullable://repo@sha256:…` name a manifest; a bare `sha256:…` is the ID of a configuration. */
export function digestOfImageId(imageId: string): string | undefined {
  const sign = imageId.lastIndexOf('@');
  const digest = imageId.slice(sign + 1);
  return sign > 0 && isDigest(digest) ? digest : undefined;
}

function ownerOf(object: JsonObject): PodView['owner'] {
  for (const owner of listAt(object, 'metadata', 'ownerReferences')) {
    if (at(owner, 'controller') !== true) continue;
    const name = textAt(owner, 'name') ?? '';
    return { kind: textAt(owner, 'kind') ?? '', name, uid: textAt(owner, 'uid') ?? '' };
  }
  return undefined;
}

function imagesIn(object: JsonObject): ReadonlyMap<string, string> {
  const containers = [...listAt(object, 'spec', 'initContainers'), ...listAt(object, 'spec', 'containers')];
  return new Map(containers.map((one) => [textAt(one, 'name') ?? '', textAt(one, 'image') ?? '']));
}

function containersIn(object: JsonObject, list: string, role: PodContainer['role']): readonly PodContainer[] {
  return listAt(object, 'status', list)
    .filter(isJsonObject)
    .map((status) => {
      const imageId = textAt(status, 'imageID') ?? '';
      return {
        name: textAt(status, 'name') ?? '',
        role,
        image: textAt(status, 'image') ?? '',
        imageId,
        digest: digestOfImageId(imageId),
        ready: at(status, 'ready') === true,
        running: isJsonObject(at(status, 'state', 'running')),
        restartCount: numberAt(status, 'restartCount') ?? 0,
        waiting: troubleOf(at(status, 'state', 'waiting')),
        terminated:
          terminationOf(at(status, 'state', 'terminated')) ??
          terminationOf(at(status, 'lastState', 'terminated')),
      };
    });
}

/** Whoever ends a whole pod writes why into its status; a container that ends by itself writes nothing there. */
function podTroubleOf(status: unknown): Why | undefined {
  const reason = textAt(status, 'reason') ?? '';
  return reason === '' ? undefined : { reason, message: textAt(status, 'message') ?? '' };
}

function unscheduled(conditions: readonly unknown[]): Why | undefined {
  const condition = conditions.find((each) => textAt(each, 'type') === 'PodScheduled');
  return textAt(condition, 'status') === 'False' ? troubleOf(condition) : undefined;
}

function troubleOf(state: unknown): Why | undefined {
  if (!isJsonObject(state)) return undefined;
  return { reason: textAt(state, 'reason') ?? '', message: textAt(state, 'message') ?? '' };
}

function terminationOf(state: unknown): PodContainer['terminated'] {
  const trouble = troubleOf(state);
  return trouble && { ...trouble, exitCode: numberAt(state, 'exitCode') ?? 0 };
}
