import { type JsonObject, textAt } from '../model/json.ts';
import type { Platform } from '../model/observation.ts';
import type { KubeClient } from './client.ts';
import { isKubeError } from './errors.ts';
import { listPath, resources } from './resources.ts';

/** What each node of the cluster can run, by its name. Rejects with a `KubeError`. */
export async function listNodePlatforms(
  client: Pick<KubeClient, 'list'>,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Platform>> {
  const once = async () => {
    const found = new Map<string, Platform>();
    for await (const page of client.list(listPath(resources.nodes), { signal })) {
      for (const node of page.items) {
        const platform = platformOf(node);
        if (platform) found.set(textAt(node, 'metadata', 'name') ?? '', platform);
      }
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

/** What the kubelet says of its machine; labels say the same, and people can change them. */
function platformOf(node: JsonObject): Platform | undefined {
  const os = textAt(node, 'status', 'nodeInfo', 'operatingSystem');
  const architecture = textAt(node, 'status', 'nodeInfo', 'architecture');
  return os && architecture ? { os, architecture } : undefined;
}
