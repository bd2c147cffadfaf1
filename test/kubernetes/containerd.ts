import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { componentEnvironment } from './environment.ts';
import { nodeAddress } from './network.ts';
import { cniDirectory } from './prerequisites.ts';
import { startProgram, waitUntil } from './program.ts';
import type { Teardown } from './teardown.ts';

const run = promisify(execFile);

/**
 * Starts a containerd of its own (root, state, socket, CNI) and waits until it answers; returns the address of its CRI.
 *
 * Registers with `teardown` how to end it and every container that still runs then. Any registry on 127.0.0.1 or on the node's
 * address is spoken to over plain HTTP, and what would come from Docker Hub comes from there.
 */
export async function startContainerd({
  directory,
  sandboxImage,
  teardown,
  signal,
}: {
  readonly directory: string;
  readonly sandboxImage: string;
  readonly teardown: Teardown;
  readonly signal: AbortSignal;
}): Promise<string> {
  const paths = {
    root: join(directory, 'containerd'),
    state: join(directory, 'containerd-state'),
    socket: join(directory, 'containerd.sock'),
    cni: join(directory, 'cni'),
    registries: join(directory, 'registries'),
  };
  writeCniConfiguration(paths.cni, join(directory, 'cni-addresses'));
  writeRegistryHosts(paths.registries);
  const file = join(directory, 'containerd.toml');
  writeFileSync(file, configuration({ ...paths, sandboxImage }));

  const containerd = startProgram({
    name: 'containerd',
    command: 'containerd',
    args: ['--config', file],
    directory,
  });
  teardown.defer(() => containerd.stop());
  const ctr = async (...args: string[]): Promise<string> => {
    const env = componentEnvironment(directory);
    return (await run('ctr', ['--address', paths.socket, '--namespace', 'k8s.io', ...args], { env })).stdout;
  };
  await waitUntil(containerd, 'an answer on its socket', async () => Boolean(await ctr('version')), signal);
  teardown.defer(() => endContainers(ctr));
  return `unix://${paths.socket}`;
}

/** Kills what the kubelet left running. A sandbox is a container like the others here. */
async function endContainers(ctr: (...args: string[]) => Promise<string>): Promise<void> {
  const tasks = (await ctr('tasks', 'list', '--quiet')).split('\n').filter(Boolean);
  // A task that ended by itself meanwhile is no failure.
  await Promise.allSettled(tasks.map(async (task) => ctr('tasks', 'delete', '--force', task)));
}

/** Version 2 of the format: containerd 1.x reads it, 2.x converts it. JSON strings are TOML strings. */
function configuration(options: {
  root: string;
  state: string;
  socket: string;
  cni: string;
  registries: string;
  sandboxImage: string;
}): string {
  const text = JSON.stringify;
  return `version = 2
root = ${text(options.root)}
state = ${text(options.state)}
# The plug-in "opt" would make /opt/containerd; the snapshotters need file systems of their own.
disabled_plugins = ["io.containerd.internal.v1.opt", "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs"]
[grpc]
address = ${text(options.socket)}
[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = ${text(options.sandboxImage)}
# Without CAP_SYS_RESOURCE runc may not lower the score and dies: "can't get final child's PID from pipe: EOF".
restrict_oom_score_adj = true
netns_mounts_under_state_dir = true
[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = ${text(cniDirectory)}
conf_dir = ${text(options.cni)}
[plugins."io.containerd.grpc.v1.cri".registry]
config_path = ${text(options.registries)}
`;
}

function writeCniConfiguration(directory: string, addresses: string): void {
  mkdirSync(directory);
  const ipam = {
    type: 'host-local',
    subnet: '10.88.0.0/16',
    dataDir: addresses,
    routes: [{ dst: '0.0.0.0/0' }],
  };
  const plugins = [{ type: 'ptp', ipam }];
  const configuration = { cniVersion: '1.0.0', name: 'plimsoll-test', plugins };
  writeFileSync(join(directory, 'plimsoll-test.conflist'), JSON.stringify(configuration));
}

/**
 * containerd speaks HTTP to loopback addresses by itself; for another address it has to be told. Docker Hub is out of reach,
 * and the registry of the cluster plays a mirror of it, as in a network without internet.
 */
function writeRegistryHosts(registries: string): void {
  const registry = `http://${nodeAddress}:5000`;
  const hosts = [
    [`${nodeAddress}:5000`, registry],
    ['docker.io', 'https://registry-1.docker.io'],
  ] as const;
  for (const [host, server] of hosts) {
    mkdirSync(join(registries, host), { recursive: true });
    // containerd 1.6 refuses a file without a `host` table.
    const table = `[host."${registry}"]\n  capabilities = ["pull", "resolve"]\n`;
    writeFileSync(join(registries, host, 'hosts.toml'), `server = "${server}"\n${table}`);
  }
}
