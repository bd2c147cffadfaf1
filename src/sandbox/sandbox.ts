import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type KubeConnection, loadConnection } from '../kube/connection.ts';
import type { Clock } from '../model/ports.ts';
import { type EmbeddedApiServer, startEmbeddedApiServer } from './api-server/embedded-api-server.ts';
import type { Pace } from './cluster/container-run.ts';
import { registryImages } from './cluster/registry-images.ts';
import { startSimulatedCluster } from './cluster/simulated-cluster.ts';
import {
  type EmbeddedRegistry,
  type EmbeddedRegistryOptions,
  startEmbeddedRegistry,
} from './registry/embedded-registry.ts';

/** How a sandbox is started. */
export interface SandboxOptions {
  readonly clock: Clock;
  /** The bearer token of the API server; a random one where left out. */
  readonly token?: string;
  readonly registry?: EmbeddedRegistryOptions;
  /** How quickly its node works; as a real one where left out. */
  readonly pace?: Pace;
}

/** A whole cluster in this process: API server, workload controller, node and registry. */
export interface Sandbox {
  readonly api: EmbeddedApiServer;
  readonly registry: EmbeddedRegistry;
  /** A kubeconfig file with all rights; it goes with the sandbox. */
  readonly kubeconfig: string;
  readonly connection: KubeConnection;
  close(): Promise<void>;
}

/** Starts a sandbox; images whose content begins with `crashes` end as soon as they are started. */
export async function startSandbox({
  clock,
  token,
  registry: options,
  pace,
}: SandboxOptions): Promise<Sandbox> {
  const registry = await startEmbeddedRegistry({ clock, ...options });
  const api = await startEmbeddedApiServer({ clock, ...(token !== undefined && { token }) });
  const folder = await mkdtemp(join(tmpdir(), 'plimsoll-sandbox-'));
  const kubeconfig = join(folder, 'kubeconfig');
  await writeFile(kubeconfig, api.kubeconfig(), { mode: 0o600 });
  const connection = connectTo(kubeconfig);
  const cluster = await startSimulatedCluster({
    connection,
    clock,
    ...registryImages(registry),
    ...(pace ? { pace } : {}),
  });
  return {
    api,
    registry,
    kubeconfig,
    connection,
    close: async () => {
      await cluster.close();
      await api.close();
      await registry.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function connectTo(kubeconfig: string): KubeConnection {
  const loaded = loadConnection({ kubeconfig, env: {} });
  if (!loaded.ok) throw new Error(loaded.message);
  return loaded.value;
}
