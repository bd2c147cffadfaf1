import type { KubeClient } from '../../kube/client.ts';
import { isKubeError } from '../../kube/errors.ts';
import { kinds } from '../../kube/kinds.ts';
import { listPath, objectPath, resources } from '../../kube/resources.ts';
import { readTrackedImage } from '../../kube/tracked-images.ts';
import type { TrackedImage } from '../../model/tracked-image.ts';
import type { Workload, WorkloadRef } from '../../model/workload.ts';
import { closest } from '../../policy/closest.ts';
import { resolvePolicies } from '../../policy/effective-policy.ts';
import type { Subject } from '../subject.ts';

/** Which TrackedImages are asked for. */
export interface TrackedQuestion {
  /** Undefined: everything that is tracked. */
  readonly subject: Subject | undefined;
  readonly container: string | undefined;
  /** Undefined: all namespaces. */
  readonly namespace: string | undefined;
}

/** What was asked for, at least one where a subject was named; or one line that says why it is not there. */
export type FoundTracked =
  | { readonly ok: true; readonly images: readonly TrackedImage[] }
  | { readonly ok: false; readonly message: string };

type Reader = Pick<KubeClient, 'get' | 'list'>;

/** Finds TrackedImages, by workload and container. Rejects with a `KubeError` where they cannot be read. */
export async function findTracked(
  client: Reader,
  { subject, container, namespace }: TrackedQuestion,
  signal: AbortSignal,
): Promise<FoundTracked> {
  const all = await listTracked(client, namespace, signal);
  if (subject === undefined || namespace === undefined) return { ok: true, images: all };
  const images = all.filter((image) => belongs(image, subject));
  if (images.length === 0) {
    return { ok: false, message: await absence(client, { subject, namespace, all }, signal) };
  }
  if (container === undefined) return { ok: true, images };
  const named = images.filter(({ ref }) => ref.container === container);
  if (named.length > 0) return { ok: true, images: named };
  const known = images.map(({ ref }) => ref.container);
  const message = `${nameOf(subject)} has no tracked container ${JSON.stringify(container)}; it has ${known.join(', ')}`;
  return { ok: false, message };
}

/** Whether a command line asks for a TrackedImage of the namespaces that it names. */
export function isAskedFor(image: TrackedImage, { subject, container }: TrackedQuestion): boolean {
  if (subject !== undefined && !belongs(image, subject)) return false;
  return container === undefined || image.ref.container === container;
}

/** Every TrackedImage of a namespace, or of all, in the order of namespaces and names. */
async function listTracked(
  client: Reader,
  namespace: string | undefined,
  signal: AbortSignal,
): Promise<readonly TrackedImage[]> {
  const images: TrackedImage[] = [];
  for await (const { items } of client.list(listPath(resources.trackedImages, namespace), { signal })) {
    images.push(...items.map(readTrackedImage).filter((image) => image !== undefined));
  }
  return inOrder(images);
}

/** TrackedImages in the order of namespaces and names. */
export function inOrder(images: readonly TrackedImage[]): readonly TrackedImage[] {
  const keyOf = ({ ref: { workload }, name }: TrackedImage) => `${workload.namespace}/${name}`;
  return images.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

function belongs({ name, ref: { workload } }: TrackedImage, subject: Subject): boolean {
  return subject.of === 'trackedImage'
    ? name === subject.name
    : workload.kind === subject.workload.kind && workload.name === subject.workload.name;
}

interface Missed {
  readonly subject: Subject;
  readonly namespace: string;
  /** What is tracked in the namespace. */
  readonly all: readonly TrackedImage[];
}

/** Why nothing of a subject is tracked, and what to do about it. */
async function absence(
  client: Reader,
  { subject, namespace, all }: Missed,
  signal: AbortSignal,
): Promise<string> {
  const where = `in namespace ${namespace}`;
  if (subject.of === 'trackedImage') {
    const known = all.map(({ name }) => name);
    return `there is no ${nameOf(subject)} ${where}${closest(subject.name, known)}`;
  }
  const { kind, name } = subject.workload;
  const { resource } = kinds[kind];
  try {
    const object = await client.get(objectPath(resource, namespace, name), { signal });
    return untracked(kinds[kind].project(object), nameOf(subject), namespace);
  } catch (error) {
    if (isKubeError(error, 'Forbidden')) {
      return `${nameOf(subject)} is not tracked ${where}, or does not exist; you may not read ${resource.plural} there`;
    }
    if (!isKubeError(error, 'NotFound')) throw error;
    const known = all.flatMap(({ ref }) => (ref.workload.kind === kind ? [ref.workload.name] : []));
    return `there is no ${nameOf(subject)} ${where}${closest(name, known)}`;
  }
}

/** Why a workload that exists has no TrackedImage, as far as it says so itself. */
function untracked(workload: Workload | undefined, what: string, namespace: string): string {
  const policies = workload && resolvePolicies(workload, { interval: 0, keelAnnotations: true });
  if (!workload || (policies?.ok && policies.value.length === 0)) {
    return `${what} is not tracked: annotate it with plimsoll.dev/policy, minor for example, to have it followed`;
  }
  return `${what} has a policy, and the controller has not told of it yet: see that it runs, and works in namespace ${namespace}`;
}

function nameOf(subject: Subject): string {
  if (subject.of === 'trackedImage') return `TrackedImage ${subject.name}`;
  return `${subject.workload.kind} ${subject.workload.name}`;
}

/** A workload as people name it: `deployment/web`. */
export function workloadName({ kind, name }: Pick<WorkloadRef, 'kind' | 'name'>): string {
  return `${kind.toLowerCase()}/${name}`;
}
