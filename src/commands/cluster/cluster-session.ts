import { environmentName, readConnectionEnvironment } from '../../config.ts';
import { KubeClient } from '../../kube/client.ts';
import { loadConnection } from '../../kube/connection.ts';
import { systemClock } from '../../runtime/clock.ts';
import { version } from '../../version.ts';
import type { CommandContext } from '../command.ts';
import type { CommandFlag, Given } from '../flags.ts';

/** The flags that say which cluster is meant, as kubectl has them. */
export const clusterFlags: readonly CommandFlag[] = [
  { name: 'kubeconfig', value: 'FILE', help: 'kubeconfig file; without one as kubectl' },
  { name: 'context', value: 'NAME', help: 'context of the kubeconfig (default the current one)' },
];

/** The flag that names one namespace. */
export const namespaceFlag: CommandFlag = {
  name: 'namespace',
  short: 'n',
  value: 'NAME',
  help: 'namespace (default that of the context)',
};

/** The flag that names all of them. */
export const everywhereFlag: CommandFlag = {
  name: 'all-namespaces',
  short: 'A',
  help: 'all namespaces of the cluster',
};

/** A cluster as the person who asks may use it. To be closed by who opened it. */
export interface ClusterSession {
  readonly client: KubeClient;
  /** The namespace of the context. */
  readonly namespace: string;
}

/** A session, or one line that says why there is none. */
export type OpenedCluster =
  | ({ readonly ok: true } & ClusterSession)
  | { readonly ok: false; readonly message: string };

/** Opens the cluster that flags, their environment twins and the kubeconfig name. Makes no request. */
export function openCluster({ env }: Pick<CommandContext, 'env'>, { flags }: Given): OpenedCluster {
  const flag = (name: string) => flags.get(name)?.[0] ?? env[environmentName(name)];
  const connection = loadConnection({
    kubeconfig: flag('kubeconfig'),
    context: flag('context'),
    env: readConnectionEnvironment(env),
  });
  if (!connection.ok) return connection;
  const client = new KubeClient({
    connection: connection.value,
    clock: systemClock,
    metrics: { kubeRequest: () => {} },
    userAgent: `plimsoll/${version}`,
  });
  return { ok: true, client, namespace: connection.value.namespace };
}
