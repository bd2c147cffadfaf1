import type { KubeClient } from '../kube/client.ts';
import { isAlive, listPods } from '../kube/pods.ts';
import type { Workload } from '../model/workload.ts';

/** The digests that the pods of a workload report now, by container name, each once. Rejects with a `KubeError`. */
export async function listRunningDigests(
  client: Pick<KubeClient, 'list'>,
  { ref, podSelector }: Workload,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const pods = await listPods(client, ref.namespace, podSelector, signal);
  const running = new Map<string, string[]>();
  for (const { containers } of pods.filter(isAlive)) {
    for (const { name, digest } of containers) {
      if (digest === undefined) continue;
      const digests = running.get(name) ?? [];
      if (!digests.includes(digest)) running.set(name, [...digests, digest]);
    }
  }
  return running;
}
