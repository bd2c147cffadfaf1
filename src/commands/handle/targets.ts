import type { KubeClient } from '../../kube/client.ts';
import type { TrackedImage } from '../../model/tracked-image.ts';
import {
  findTracked,
  type FoundTracked,
  type TrackedQuestion,
  workloadName,
} from '../tracked/tracked-lookup.ts';

/**
 * The containers that a wish is for: those of a workload that are tracked, or the only one where the wish speaks of an image.
 * Rejects with a `KubeError` where they cannot be read.
 */
export async function findTargets(
  client: Pick<KubeClient, 'get' | 'list'>,
  question: TrackedQuestion,
  single: boolean,
  signal: AbortSignal,
): Promise<FoundTracked> {
  const found = await findTracked(client, question, signal);
  if (!found.ok) return found;
  const images = found.images.filter(({ status }) => status?.reason !== 'NotTracked');
  const [first] = found.images;
  if (images.length === 0 && first) {
    return { ok: false, message: `${targetName(first)} is not tracked: ${first.status?.message ?? ''}` };
  }
  if (!single || images.length === 1) return { ok: true, images };
  const names = images.map(({ ref }) => ref.container).join(', ');
  return { ok: false, message: `several containers are tracked, choose one with --container: ${names}` };
}

/** A container as people name it: `deployment/web app`. */
export function targetName({ ref: { workload, container } }: TrackedImage): string {
  return `${workloadName(workload)} ${container}`;
}
