import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { pushBuiltImage } from '../image/push.ts';
import { busyboxLayer } from '../support/busybox.ts';
import { pushImage } from '../support/push-image.ts';
import { startContainerd } from './containerd.ts';
import { startControlPlane } from './control-plane.ts';
import type { ControlPlane } from './control-plane.ts';
import { startKubelet } from './kubelet.ts';
import { nodeAddress, routeServiceToApiServer, setUpNetwork } from './network.ts';
import { hideFixedPlaces } from './mounts.ts';
import { busybox } from './prerequisites.ts';
import { startProgram } from './program.ts';
import { nodeRegistryAddress, registryAddress, startRegistry } from './registry.ts';
import type { Teardown } from './teardown.ts';

const controllerImage = 'plimsoll-test/controller:1';

/** What a cluster is started from. */
export type ClusterOptions = {
  /** The result of `buildKubernetes`. */
  readonly binary: string;
  /** An empty directory, which the caller removes. */
  readonly directory: string;
  /** Without a node there are no scheduler, containerd and kubelet: pods stay pending until somebody plays kubelet. */
  readonly node: boolean;
  /** The result of `buildImage`, where controllers are to run as pods of that image. */
  readonly image: string | undefined;
  readonly teardown: Teardown;
  readonly signal: AbortSignal;
};

/** A running cluster, as the environment variables by which the tests find it. */
export type Cluster = { readonly variables: Readonly<Record<string, string>> };

/**
 * Starts a whole cluster in the network, mount and process namespaces of this process, which must be fresh (`enterNamespaces`).
 *
 * Resolves when the node is ready and the default service account exists. Registers with `teardown` how to end each part, also
 * when it throws; run backwards that is the order which works: kubelet, containers, containerd, registry, control plane.
 */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const { binary, directory, image } = options;
  setUpNetwork();
  hideFixedPlaces();

  // The two halves start side by side. When one fails the other must be told and waited for: it still registers what to undo.
  const failure = new AbortController();
  const signal = AbortSignal.any([options.signal, failure.signal]);
  const stopOther = (error: unknown): never => {
    failure.abort(error);
    throw error;
  };
  const halves = await Promise.allSettled([
    startControlPlane({ ...options, signal }).catch(stopOther),
    startImageSide({ ...options, signal }).catch(stopOther),
  ]);
  failure.signal.throwIfAborted();
  const [controlPlane, runtime] = halves;
  if (controlPlane.status === 'rejected') throw controlPlane.reason;
  if (runtime.status === 'rejected') throw runtime.reason;

  if (runtime.value !== undefined) await startNode(options, controlPlane.value, runtime.value);

  return {
    variables: {
      PLIMSOLL_TEST_BACKEND: 'cluster',
      PLIMSOLL_TEST_KUBECONFIG: controlPlane.value.kubeconfig('admin'),
      PLIMSOLL_TEST_REGISTRY: registryAddress,
      PLIMSOLL_TEST_AUDIT_LOG: controlPlane.value.auditLog,
      PLIMSOLL_TEST_KUBECTL: linkKubectl(binary, directory),
      PLIMSOLL_TEST_BUSYBOX: busybox,
      PLIMSOLL_TEST_NODE_ADDRESS: nodeAddress,
      ...(image !== undefined && {
        PLIMSOLL_TEST_CONTROLLER_IMAGE: `${nodeRegistryAddress}/${controllerImage}`,
      }),
      // kubectl keeps what it discovers by host and port, in the caller's home; ports come back with another cluster behind them.
      KUBECACHEDIR: join(directory, 'kubectl-cache'),
      KUBERC: 'off',
    },
  };
}

/** Starts the registry and, when there is to be a node, containerd, with the image that every pod's sandbox runs. */
async function startImageSide(options: ClusterOptions): Promise<string | undefined> {
  const { image } = options;
  await startRegistry(options);
  if (!options.node) return undefined;
  const sandbox = { registry: registryAddress, repository: 'plimsoll-test/pause', tag: '1' };
  await pushImage({ ...sandbox, layers: [busyboxLayer(busybox)], config: { Cmd: ['/bin/stay'] } });
  const sandboxImage = `${sandbox.registry}/${sandbox.repository}:${sandbox.tag}`;
  const [runtime] = await Promise.all([
    startContainerd({ ...options, sandboxImage }),
    image === undefined ? undefined : pushBuiltImage(image, `${registryAddress}/${controllerImage}`),
  ]);
  return runtime;
}

async function startNode(
  options: ClusterOptions,
  controlPlane: ControlPlane,
  runtime: string,
): Promise<void> {
  const { binary, directory, teardown } = options;
  routeServiceToApiServer(controlPlane.port);
  const args = [
    'kube-scheduler',
    `--kubeconfig=${controlPlane.kubeconfig('scheduler')}`,
    '--leader-elect=false',
    '--secure-port=0',
    '--profiling=false',
  ];
  const scheduler = startProgram({ name: 'kube-scheduler', command: binary, args, directory });
  teardown.defer(() => scheduler.stop());
  await startKubelet({ ...options, runtime, controlPlane });
}

/** The binary is kubectl when it is called so. */
function linkKubectl(binary: string, directory: string): string {
  const link = join(directory, 'bin', 'kubectl');
  mkdirSync(join(directory, 'bin'));
  symlinkSync(binary, link);
  return link;
}
