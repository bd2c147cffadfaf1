import { KubeClient } from '../../kube/client.ts';
import { resources } from '../../kube/resources.ts';
import * as others from './cluster-resources.ts';
import { collectionOf } from './collection.ts';
import { CronJobController } from './cron-job-controller.ts';
import { DaemonSetController } from './daemon-set-controller.ts';
import { DeploymentController } from './deployment-controller.ts';
import { type Closable, type FakeKubeletOptions, startFakeKubelet } from './fake-kubelet.ts';
import { JobController } from './job-controller.ts';
import { noLog, noMetrics } from './no-telemetry.ts';
import { ReplicaSetController } from './replica-set-controller.ts';
import { StatefulSetController } from './stateful-set-controller.ts';

/** How a simulated cluster is started: on any API server that has no controllers of its own. */
export type SimulatedClusterOptions = FakeKubeletOptions;

/**
 * Starts what turns Deployments, StatefulSets, DaemonSets and CronJobs into pods that seem to run: their controllers and one node.
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
  const collections = {
    deployments: collectionOf(resources.deployments, parts),
    replicaSets: collectionOf(others.replicaSets, parts),
    statefulSets: collectionOf(resources.statefulSets, parts),
    daemonSets: collectionOf(resources.daemonSets, parts),
    controllerRevisions: collectionOf(others.controllerRevisions, parts),
    cronJobs: collectionOf(resources.cronJobs, parts),
    jobs: collectionOf(others.jobs, parts),
    pods: collectionOf(resources.pods, parts),
    nodes: collectionOf(others.nodes, parts),
  };
  const all = { ...parts, ...collections };
  const controllers = [
    new DeploymentController(all),
    new ReplicaSetController(all),
    new StatefulSetController(all),
    new DaemonSetController(all),
    new CronJobController(all),
    new JobController(all),
  ];
  const stop = new AbortController();
  const { signal } = stop;
  const followed = Object.values(collections);
  const following = followed.map((collection) => collection.run(signal));
  // Deciding before everything is known would create what is there already.
  await Promise.all(followed.map((collection) => collection.whenSynced(signal)));
  const working = controllers.map((controller) => controller.run(signal));
  return {
    async close() {
      stop.abort(new Error('the simulated cluster was closed'));
      await Promise.all([...following, ...working]);
      await client.close();
      await kubelet.close();
    },
  };
}
