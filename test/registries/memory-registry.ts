import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { buildMemoryRegistry } from './build.ts';

/** The registry of `main.go`, running. */
export interface MemoryRegistry {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  close(): Promise<void>;
}

/** Builds and starts the registry in memory; it ends with this process at the latest. */
export async function startMemoryRegistry(): Promise<MemoryRegistry> {
  const child = spawn(buildMemoryRegistry(), [], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [host] = (await once(createInterface(child.stdout), 'line')) as [string];
  return {
    host,
    async close() {
      child.stdin.end();
      if (child.exitCode === null) await once(child, 'exit');
    },
  };
}
