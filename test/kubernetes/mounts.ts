import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';

/** Directories whose place no flag of containerd, of a CNI plug-in or of the kubelet can change. Two clusters must not share them. */
const fixedPlaces = ['/run', '/var/lib/cni', '/var/lib/kubelet', '/var/log/containers'];

/**
 * Gives the mount namespace of this process private, empty directories in the fixed places of the node's components.
 *
 * Must be called in a mount namespace of one's own: nothing is seen outside, and all goes with the namespace.
 * What stays on the machine are the three directories themselves, empty, where there were none.
 */
export function hideFixedPlaces(): void {
  // Mounts of volumes have to reach the containers that are already there, so the tree is shared, with this namespace alone.
  execFileSync('mount', ['--make-rshared', '/']);
  for (const place of fixedPlaces) {
    mkdirSync(place, { recursive: true });
    execFileSync('mount', ['-t', 'tmpfs', 'plimsoll-test', place]);
  }
}
