import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ApiClient } from './api-client.ts';
import { createApiServer } from './api-server.ts';
import type { ApiServer } from './api-server.ts';
import { createCredentials, writeKubeconfig } from './credentials.ts';
import type { User } from './credentials.ts';
import { freePort } from './network.ts';
import { startProgram, waitUntil } from './program.ts';
import type { Program } from './program.ts';
import type { Teardown } from './teardown.ts';

/** Everything but what only nodes, clouds and volumes need. Without its own list the controller manager would run all of them. */
const controllers = [
  'clusterrole-aggregation-controller',
  'cronjob-controller',
  'daemonset-controller',
  'deployment-controller',
  'disruption-controller',
  'garbage-collector-controller',
  'job-controller',
  'namespace-controller',
  'replicaset-controller',
  'replicationcontroller-controller',
  'root-ca-certificate-publisher-controller',
  'serviceaccount-controller',
  'serviceaccount-token-controller',
  'statefulset-controller',
];

/** What a control plane is started from. */
export type ControlPlaneOptions = {
  /** The result of `buildKubernetes`. */
  readonly binary: string;
  /** An empty directory for data, keys and logs. */
  readonly directory: string;
  readonly teardown: Teardown;
  readonly signal: AbortSignal;
  /** Flags of the API server beside ours: a small --min-request-timeout for short watches, --max-requests-inflight for 429, and so on. */
  readonly apiServerFlags?: readonly string[];
};

/** A running control plane. */
export type ControlPlane = {
  readonly port: number;
  /** Every request that was answered, one JSON object a line, at level Metadata. */
  readonly auditLog: string;
  /** Speaks as the administrator. */
  readonly api: ApiClient;
  /** The path of the kubeconfig of a user. */
  kubeconfig(user: User): string;
  /** For tests that interrupt it. */
  readonly apiServer: Pick<ApiServer, 'kill' | 'start'>;
  /** For tests of fleets that need no pods: it is slower to make ReplicaSets than they are to make Deployments. */
  readonly controllerManager: Pick<Program, 'stop'>;
  /** Where etcd speaks gRPC, and JSON under `/v3`. */
  readonly etcdUrl: string;
};

/**
 * Starts etcd, the API server (RBAC, audit log) and the controller manager on free ports of the loopback, and waits until
 * the default service account exists. Registers with `teardown` how to end them, also when it throws.
 *
 * Needs neither root nor a namespace of its own. There is no scheduler and no node: pods stay pending until somebody plays kubelet.
 */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const { directory, signal } = options;
  mkdirSync(join(directory, 'logs'), { recursive: true });
  const credentials = createCredentials(directory);
  const start = (name: string, ...args: string[]): Program => {
    const program = startProgram({ name, command: options.binary, args: [name, ...args], directory });
    options.teardown.defer(() => program.stop());
    return program;
  };

  const etcdUrl = `http://127.0.0.1:${await freePort()}`;
  const etcd = start('etcd', `--data-dir=${join(directory, 'etcd')}`, `--listen-client-url=${etcdUrl}`);
  await waitUntil(etcd, 'health', async () => (await fetch(`${etcdUrl}/health`)).ok, signal);

  const apiServer = createApiServer({ ...options, credentials, etcdUrl, port: await freePort() });
  options.teardown.defer(() => apiServer.stop());
  await apiServer.start(...(options.apiServerFlags ?? []));
  const { server, authorityFile, api, auditLog } = apiServer;

  const kubeconfig = (user: User): string =>
    writeKubeconfig(join(directory, `${user}.kubeconfig`), {
      server: server.origin,
      certificateAuthority: readFileSync(authorityFile),
      token: credentials.token(user),
    });
  const manager = start(
    'kube-controller-manager',
    `--kubeconfig=${kubeconfig('controllerManager')}`,
    '--leader-elect=false',
    '--secure-port=0',
    `--controllers=${controllers.join(',')}`,
    `--service-account-private-key-file=${credentials.serviceAccountKey}`,
    `--root-ca-file=${authorityFile}`,
    '--kube-api-qps=500', // its own throttling would dominate every measurement
    '--kube-api-burst=1000',
    '--profiling=false',
  );
  const account = '/api/v1/namespaces/default/serviceaccounts/default';
  await waitUntil(
    manager,
    'the default service account',
    async () => Boolean(await api.get(account)),
    signal,
  );
  const port = Number(server.port);
  return { port, auditLog, api, kubeconfig, apiServer, controllerManager: manager, etcdUrl };
}
