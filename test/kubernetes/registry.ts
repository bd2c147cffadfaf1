import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nodeAddress } from './network.ts';
import { startProgram, waitUntil } from './program.ts';
import type { Teardown } from './teardown.ts';

const port = 5000;

/** The registry as the tests, the kubelet and the controller under test name it: all share one loopback. */
export const registryAddress = `127.0.0.1:${port}`;

/** The same registry as pods name it. */
export const nodeRegistryAddress = `${nodeAddress}:${port}`;

/** The configuration of distribution: deletion allowed, everything in one directory, no access control, only warnings. */
function configuration(directory: string): object {
  return {
    version: 0.1,
    log: { level: 'warn', accesslog: { disabled: true } },
    storage: {
      filesystem: { rootdirectory: join(directory, 'registry') },
      delete: { enabled: true },
      maintenance: { uploadpurging: { enabled: false } },
    },
    // On all addresses of the namespace, since a pod reaches the machine by the node's address only.
    http: { addr: `:${port}`, secret: 'of a test' },
  };
}

/** Starts Debian's docker-registry on port 5000 and waits until it answers. Registers with `teardown` how to end it. */
export async function startRegistry({
  directory,
  teardown,
  signal,
}: {
  readonly directory: string;
  readonly teardown: Teardown;
  readonly signal: AbortSignal;
}): Promise<void> {
  mkdirSync(join(directory, 'logs'), { recursive: true });
  const file = join(directory, 'registry.json');
  writeFileSync(file, JSON.stringify(configuration(directory)));
  const registry = startProgram({
    name: 'docker-registry',
    command: 'docker-registry',
    args: ['serve', file],
    directory,
  });
  teardown.defer(() => registry.stop());
  await waitUntil(
    registry,
    'an answer',
    async () => (await fetch(`http://${registryAddress}/v2/`)).ok,
    signal,
  );
}
