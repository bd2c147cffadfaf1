import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { insideEnvironment } from './environment.ts';

/**
 * Runs a script of Node as the only inhabitant of new network, mount and process namespaces, and returns the process that holds them.
 *
 * All that is started, mounted and configured inside ends with the namespaces: the kernel sees to it, however the run ends.
 * `nsenter --target=<pid> --net` leads into the network. The script has an IPC channel to its caller.
 */
export function enterNamespaces(script: string, args: readonly string[]): ChildProcess {
  const namespaces = ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
  // The first process of a process namespace inherits the orphans (containerd's shims); a waiting shell buries them, Node would not.
  const first = ['sh', '-c', '"$@" & wait $!', 'sh'];
  return spawn('unshare', [...namespaces, ...first, process.execPath, script, ...args], {
    // A Ctrl-C in the terminal is for the caller alone, who passes it on through the channel.
    detached: true,
    env: insideEnvironment(),
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
}
