import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { apiClient } from './api-client.ts';
import type { ApiClient } from './api-client.ts';
import { createCredentials, writeKubeconfig } from './credentials.ts';
import type { User } from './credentials.ts';
import { freePort, serviceRange } from './network.ts';
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

const auditPolicy = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [{ level: 'None', nonResourceURLs: ['/readyz*', '/livez*'] }, { level: 'Metadata' }],
};

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
  const certificates = join(directory, 'certificates');
  const auditLog = join(directory, 'logs', 'audit.log');
  const port = await freePort();
  const server = `https://127.0.0.1:${port}`;
  const start = (name: string, ...args: string[]): Program => {
    const program = startProgram({ name, command: options.binary, args: [name, ...args], directory });
    options.teardown.defer(() => program.stop());
    return program;
  };

  const etcdUrl = `http://127.0.0.1:${await freePort()}`;
  const etcd = start('etcd', `--data-dir=${join(directory, 'etcd')}`, `--listen-client-url=${etcdUrl}`);

  writeFileSync(join(directory, 'audit-policy.json'), JSON.stringify(auditPolicy));
  const apiServer = start(
    'kube-apiserver',
    `--etcd-servers=${etcdUrl}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    `--secure-port=${port}`,
    `--cert-dir=${certificates}`, // where it writes a certificate and an authority of its own making
    '--endpoint-reconciler-type=none', // it refuses to publish a loopback address
    `--service-cluster-ip-range=${serviceRange}`,
    '--authorization-mode=RBAC',
    `--token-auth-file=${credentials.tokenFile}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${credentials.serviceAccountPublicKey}`,
    `--service-account-signing-key-file=${credentials.serviceAccountKey}`,
    '--allow-privileged=true',
    '--kubelet-preferred-address-types=InternalIP', // the name of the node resolves nowhere
    '--disable-admission-plugins=TaintNodesByCondition', // nobody runs who would take the taint away
    `--audit-policy-file=${join(directory, 'audit-policy.json')}`,
    `--audit-log-path=${auditLog}`,
    '--audit-log-maxsize=2000', // megabytes; a rotated file would hide requests from the tests
    '--profiling=false',
    ...(options.apiServerFlags ?? []),
  );
  await waitUntil(etcd, 'health', async () => (await fetch(`${etcdUrl}/health`)).ok, signal);
  const authorityFile = join(certificates, 'apiserver.crt');
  await waitUntil(apiServer, 'its certificate', () => Promise.resolve(existsSync(authorityFile)), signal);
  const certificateAuthority = readFileSync(authorityFile);
  const api = apiClient(server, certificateAuthority, credentials.token('admin'));
  await waitUntil(apiServer, 'readiness', async () => (await api.get('/readyz')) === 'ok', signal);

  const kubeconfig = (user: User): string =>
    writeKubeconfig(join(directory, `${user}.kubeconfig`), {
      server,
      certificateAuthority,
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
  return { port, auditLog, api, kubeconfig };
}
