import type { KubeClient } from '../kube/client.ts';
import { templateWritersAfter } from '../kube/field-owners.ts';
import { kinds } from '../kube/kinds.ts';
import { objectPath } from '../kube/resources.ts';
import type { JsonObject } from '../model/json.ts';
import type { Workload } from '../model/workload.ts';

/** The name under which everything of ours is written. */
export const ourselves = 'plimsoll';

/** Reads a workload with its managedFields, which the cache does not keep. Rejects with a `KubeError`. */
export async function readLive(
  client: Pick<KubeClient, 'get'>,
  { ref }: Workload,
  signal: AbortSignal,
): Promise<JsonObject> {
  return client.get(objectPath(kinds[ref.kind].resource, ref.namespace, ref.name), { signal });
}

/**
 * Who else wrote the pod template after the last update of ours, by the name of its field manager; undefined where nobody
 * did. Times of managers are whole seconds, so that what was written within the second of the update does not count.
 * @param update RFC 3339: when the update was written, by our clock
 */
export async function templateWriterAfter(
  client: Pick<KubeClient, 'get'>,
  workload: Workload,
  update: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const [writer] = templateWritersAfter(
    await readLive(client, workload, signal),
    Date.parse(update),
    ourselves,
  );
  return writer?.manager;
}
