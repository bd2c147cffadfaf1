import { accessSync, constants, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { SetupError } from './setup-error.ts';

/** A command, and the Debian package that brings it. */
const commands = {
  containerd: 'containerd',
  ctr: 'containerd',
  runc: 'runc',
  'docker-registry': 'docker-registry',
  prometheus: 'prometheus',
  promtool: 'prometheus',
  ip: 'iproute2',
  iptables: 'iptables',
  mount: 'mount',
  nsenter: 'util-linux',
  unshare: 'util-linux',
  flock: 'util-linux',
  buildah: 'buildah',
} as const;

const cniPlugins = ['ptp', 'host-local', 'loopback'];
const controlPlaneCommands = new Set<string>([
  'docker-registry',
  'prometheus',
  'promtool',
  'ip',
  'mount',
  'nsenter',
  'unshare',
  'flock',
]);

/** Where Debian keeps the CNI plug-ins. */
export const cniDirectory = '/usr/lib/cni';

/** The path that components and checks use: Debian's sbin directories are not in everybody's. */
export const searchPath = [
  process.env['PATH'] ?? '',
  '/usr/local/sbin',
  '/usr/sbin',
  '/sbin',
  '/usr/bin',
  '/bin',
].join(delimiter);

/** The static busybox of Debian, which is the content of all test images. */
export const busybox = '/bin/busybox';

/**
 * Throws a SetupError that names every missing prerequisite of the cluster at once, with the Debian package that brings it.
 *
 * Go is not among them: `buildKubernetes` says so itself. With `node` false, what only containerd and the kubelet need is
 * not asked for; with `image` false, what builds our own image.
 */
export function checkPrerequisites({
  node,
  image,
}: {
  readonly node: boolean;
  readonly image: boolean;
}): void {
  const problems: string[] = [];
  if (process.platform !== 'linux') problems.push('the test cluster runs on Linux only');
  if (process.getuid?.() !== 0)
    problems.push('the test cluster needs root (namespaces, mounts, cgroups); use sudo');

  const packages = new Set<string>();
  for (const [command, debianPackage] of Object.entries(commands)) {
    if (command === 'buildah' ? !image : !(node || controlPlaneCommands.has(command))) continue;
    if (searchPath.split(delimiter).some((directory) => isExecutable(join(directory, command)))) continue;
    problems.push(`the command ${command} is missing (Debian package ${debianPackage})`);
    packages.add(debianPackage);
  }
  if (!isStatic(busybox)) {
    problems.push(`a static ${busybox} is missing (Debian package busybox-static)`);
    packages.add('busybox-static');
  }
  if (node && !cniPlugins.every((plugin) => isExecutable(join(cniDirectory, plugin)))) {
    problems.push(`${cniDirectory} lacks CNI plug-ins (Debian package containernetworking-plugins)`);
    packages.add('containernetworking-plugins');
  }

  if (problems.length === 0) return;
  const remedy = packages.size > 0 ? [`install: apt-get install ${[...packages].join(' ')}`] : [];
  throw new SetupError(['the test cluster cannot run here:', ...problems, ...remedy].join('\n  '));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Whether a file is a 64-bit little-endian ELF program without an interpreter (PT_INTERP), hence runs in an empty image. */
function isStatic(path: string): boolean {
  if (!isExecutable(path)) return false;
  const file = readFileSync(path);
  if (file.toString('latin1', 0, 6) !== '\u007fELF\u0002\u0001') return false;
  const start = Number(file.readBigUInt64LE(32));
  const size = file.readUInt16LE(54);
  const count = file.readUInt16LE(56);
  const types = Array.from({ length: count }, (_, index) => file.readUInt32LE(start + index * size));
  return !types.includes(3);
}
