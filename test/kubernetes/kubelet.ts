import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ControlPlane } from './control-plane.ts';
import { nodeAddress } from './network.ts';
import { startProgram, waitUntil } from './program.ts';
import type { Teardown } from './teardown.ts';

/** The name of the one node. */
const nodeName = 'node';

/** What a kubelet needs on a small machine: no cgroups of its own, no eviction, no garbage collection, no throttling of itself. */
function configuration(directory: string, runtime: string): object {
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    containerRuntimeEndpoint: runtime,
    podLogsDir: join(directory, 'pod-logs'),
    staticPodPath: '',
    // Everything that reaches this port is the test's own; `kubectl logs` and `exec` go through it.
    authentication: { anonymous: { enabled: true }, webhook: { enabled: false } },
    authorization: { mode: 'AlwaysAllow' },
    address: nodeAddress,
    healthzPort: 0,
    failCgroupV1: false,
    cgroupDriver: 'cgroupfs',
    cgroupsPerQOS: false,
    enforceNodeAllocatable: [],
    failSwapOn: false,
    clusterDNS: ['127.0.0.1'], // there is no name server; in a pod this address refuses at once
    resolvConf: '',
    evictionHard: {
      'memory.available': '1Mi',
      'nodefs.available': '0.1%',
      'nodefs.inodesFree': '0.1%',
      'imagefs.available': '0.1%',
    },
    imageGCHighThresholdPercent: 100,
    // Three restarts within seconds instead of more than a minute: what is tested is what follows from them.
    featureGates: { KubeletCrashLoopBackOffMax: true },
    crashLoopBackOff: { maxContainerRestartPeriod: '2s' },
    serializeImagePulls: false,
    registryPullQPS: 0,
    eventRecordQPS: 0,
    kubeAPIQPS: 200,
    kubeAPIBurst: 400,
    maxPods: 500,
  };
}

/** Starts the kubelet on this machine and waits until its node is ready. Registers with `teardown` how to end it. */
export async function startKubelet({
  binary,
  directory,
  runtime,
  controlPlane,
  teardown,
  signal,
}: {
  readonly binary: string;
  readonly directory: string;
  /** The address that `startContainerd` returned. */
  readonly runtime: string;
  readonly controlPlane: ControlPlane;
  readonly teardown: Teardown;
  readonly signal: AbortSignal;
}): Promise<void> {
  const file = join(directory, 'kubelet.json');
  writeFileSync(file, JSON.stringify(configuration(directory, runtime)));
  const args = [
    'kubelet',
    `--config=${file}`,
    `--kubeconfig=${controlPlane.kubeconfig('kubelet')}`,
    `--root-dir=${join(directory, 'kubelet')}`,
    `--cert-dir=${join(directory, 'kubelet-certificates')}`,
    `--hostname-override=${nodeName}`,
    `--node-ip=${nodeAddress}`, // a loopback address is refused
  ];
  const kubelet = startProgram({ name: 'kubelet', command: binary, args, directory });
  teardown.defer(() => kubelet.stop());
  const ready = async (): Promise<boolean> =>
    isReady(await controlPlane.api.get(`/api/v1/nodes/${nodeName}`));
  await waitUntil(kubelet, 'a ready node', ready, signal);
}

/** Whether a Node, as the API server sends it, has the condition Ready. */
function isReady(node: unknown): boolean {
  const conditions = field(field(node, 'status'), 'conditions');
  if (!Array.isArray(conditions)) return false;
  return conditions.some((one) => field(one, 'type') === 'Ready' && field(one, 'status') === 'True');
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
