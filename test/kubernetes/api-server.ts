import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { apiClient } from './api-client.ts';
import type { ApiClient } from './api-client.ts';
import type { ClusterCredentials } from './credentials.ts';
import { serviceRange } from './network.ts';
import { startProgram, waitUntil } from './program.ts';
import type { Program } from './program.ts';

const auditPolicy = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [{ level: 'None', nonResourceURLs: ['/readyz*', '/livez*'] }, { level: 'Metadata' }],
};

/** What an API server is started from. */
export type ApiServerOptions = {
  /** The result of `buildKubernetes`. */
  readonly binary: string;
  readonly directory: string;
  readonly credentials: ClusterCredentials;
  readonly etcdUrl: string;
  /** A free port of the loopback, which it keeps over restarts. */
  readonly port: number;
  readonly signal: AbortSignal;
};

/** An API server that can be killed and started again: its address, certificates, data and audit log stay the same. */
export type ApiServer = {
  readonly server: URL;
  /** The PEM of the authority to trust; it exists once the server has been started. */
  readonly authorityFile: string;
  /** Every request that was answered, one JSON object a line, at level Metadata. */
  readonly auditLog: string;
  /** Speaks as the administrator, once the server has been started. */
  readonly api: ApiClient;
  /** Starts it with flags beside ours, and resolves when it is ready. It must not be running. */
  start(...flags: readonly string[]): Promise<void>;
  /** Ends it in good order. */
  stop(): Promise<void>;
  /** Ends it as a lack of memory would: in the middle of whatever it does. */
  kill(): Promise<void>;
};

/** Prepares an API server with RBAC and an audit log; it is not started yet. */
export function createApiServer(options: ApiServerOptions): ApiServer {
  const { directory, credentials, signal, binary } = options;
  const server = new URL(`https://127.0.0.1:${options.port}`);
  const auditLog = join(directory, 'logs', 'audit.log');
  const authorityFile = join(directory, 'certificates', 'apiserver.crt');
  writeFileSync(join(directory, 'audit-policy.json'), JSON.stringify(auditPolicy));
  const api: ApiClient = {
    get: (path) => apiClient(server.href, readFileSync(authorityFile), credentials.token('admin')).get(path),
  };
  let program: Program | undefined;
  return {
    server,
    authorityFile,
    auditLog,
    api,
    async start(...flags) {
      const args = ['kube-apiserver', ...flagsOf(options, auditLog), ...flags];
      program = startProgram({ name: 'kube-apiserver', command: binary, args, directory });
      await waitUntil(program, 'its certificate', async () => existsSync(authorityFile), signal);
      await waitUntil(program, 'readiness', async () => (await api.get('/readyz')) === 'ok', signal);
    },
    stop: async () => program?.stop(),
    kill: async () => program?.kill(),
  };
}

function flagsOf({ directory, credentials, etcdUrl, port }: ApiServerOptions, auditLog: string): string[] {
  return [
    `--etcd-servers=${etcdUrl}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    `--secure-port=${port}`,
    `--cert-dir=${join(directory, 'certificates')}`, // where it writes a certificate and an authority of its own making
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
  ];
}
