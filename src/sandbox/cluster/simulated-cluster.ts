import { KubeClient } from '../../kube/client.ts';
import { resources } from '../../kube/resources.ts';
import { replicaSets as replicaSetResource } from './cluster-resources.ts';
import { collectionOf } from './collection.ts';
import { DeploymentController } from './deployment-controller.ts';
import { type Closable, type FakeKubeletOptions, startFakeKubelet } from './fake-kubelet.ts';
import { noLog, noMetrics } from './no-telemetry.ts';
import { ReplicaSetController } from './replica-set-controller.ts';

/** How a simulated cluster is started: on any API server that has no controllers of its own. */
export type SimulatedClusterOptions = FakeKubeletOptions;

/**
 * Starts what turns Deployments into pods that seem to run: deployment controller, ReplicaSet controller and one node.
 * It speaks to the API server over HTTP, as the real ones do. Resolves once it follows everything.
 */
export async function startSimulatedCluster(options: SimulatedClusterOptions): Promise<Closable> {
  const { connection, clock, log = noLog } = options;
  const kubelet = await startFakeKubelet(options);
  const client = new KubeClient({
    connection,
    clock,
    metrics: noMetrics,
    userAgent: 'kube-controller-manager',
  });
  const parts = { client, clock, log };
  const deployments = collectionOf(resources.deployments, parts);
  const replicaSets = collectionOf(replicaSetResource, parts);
  const pods = collectionOf(resources.pods, parts);
  const deploymentController = new DeploymentController({ ...parts, deployments, replicaSets, pods });
  const replicaSetController = new ReplicaSetController({ ...parts, replicaSets, pods });
  const stop = new AbortController();
  const { signal } = stop;
  const collections = [deployments, replicaSets, pods];
  const following = collections.map((collection) => collection.run(signal));
  // Deciding before everything is known would create what is there already.
  await Promise.all(collections.map((collection) => collection.whenSynced(signal)));
  const working = [deploymentController.run(signal), replicaSetController.run(signal)];
  return {
    async close() {
      stop.abort(new Error('the simulated cluster was closed'));
      await Promise.all([...following, ...working]);
      await client.close();
      await kubelet.close();
    },
  };
}
