import type { KubeClient } from '../../kube/client.ts';
import { isAlive, listPods, type PodView } from '../../kube/pods.ts';
import type { Platform } from '../../model/observation.ts';
import type { Workload } from '../../model/workload.ts';
import type { NodePlatforms } from './node-platforms.ts';

/** What the pods of a workload run, and on what. */
export interface RunningImages {
  /** The digests that they report, by container name, each once. */
  readonly digests: ReadonlyMap<string, readonly string[]>;
  /** The platforms of their nodes; undefined where nodes are not read. */
  readonly platforms: readonly Platform[] | undefined;
}

/**
 * Asks the pods of a workload what they run now. Without `nodes` nobody says on what.
 * Rejects with a `KubeError`.
 */
export async function listRunningImages(
  client: Pick<KubeClient, 'list'>,
  nodes: Pick<NodePlatforms, 'of'> | undefined,
  { ref, podSelector }: Workload,
  signal: AbortSignal,
): Promise<RunningImages> {
  return runningImagesOf(await listPods(client, ref.namespace, podSelector, signal), nodes, signal);
}

/** The same of pods that were listed. Rejects with a `KubeError`. */
export async function runningImagesOf(
  listed: readonly PodView[],
  nodes: Pick<NodePlatforms, 'of'> | undefined,
  signal: AbortSignal,
): Promise<RunningImages> {
  const pods = listed.filter(isAlive);
  const digests = new Map<string, string[]>();
  for (const { containers } of pods) {
    for (const { name, digest } of containers) {
      if (digest === undefined) continue;
      const known = digests.get(name) ?? [];
      if (!known.includes(digest)) digests.set(name, [...known, digest]);
    }
  }
  const names = [...new Set(pods.map(({ node }) => node))].filter((name) => name !== '');
  return { digests, platforms: names.length > 0 ? await nodes?.of(names, signal) : undefined };
}
