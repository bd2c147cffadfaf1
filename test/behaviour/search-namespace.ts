import type { KubeClient } from '../../src/kube/client.ts';
import { listPath, resources } from '../../src/kube/resources.ts';
import { shown } from '../support/shown.ts';

const { events, trackedImages, imagePolicies, deployments, statefulSets, daemonSets, cronJobs } = resources;
const written = [events, trackedImages, imagePolicies, deployments, statefulSets, daemonSets, cronJobs];

/** Searches everything that a controller writes into a namespace for secrets of the tests. */
export async function searchNamespace(client: KubeClient, namespace: string): Promise<void> {
  const { signal } = new AbortController();
  for (const resource of written) {
    for await (const { items } of client.list(listPath(resource, namespace), { signal })) {
      shown(`a list of ${resource.plural}`, JSON.stringify(items));
    }
  }
}

/** Searches the metrics that a controller serves at an address such as `127.0.0.1:8080`, where it still does. */
export async function searchMetrics(address: string): Promise<void> {
  const signal = AbortSignal.timeout(5_000);
  const read = async () => (await fetch(`http://${address}/metrics`, { signal })).text();
  shown('/metrics', await read().catch(() => ''));
}
