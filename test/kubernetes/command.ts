import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { searchedEnvironment, searchOutput } from '../support/searched-output.ts';
import { SetupError } from './setup-error.ts';

/**
 * Runs a command whose output is passed on and resolves to its exit code: 128 + n when signal n ended it, and 1 in place of 0
 * when a secret of the tests was in its output.
 *
 * Aborting the signal sends SIGTERM, and SIGKILL 10 s later, to the command's process group. Rejects with a SetupError when there is no such command.
 */
export async function runCommand(
  [command = '', ...args]: readonly string[],
  environment: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<number> {
  // A group of its own, so that one signal reaches the test runner and the processes of its test files.
  const child = spawn(command, args, {
    env: searchedEnvironment(environment),
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const kill = (name: NodeJS.Signals): void => {
    if (child.pid !== undefined) process.kill(-child.pid, name);
  };
  let impatience: NodeJS.Timeout | undefined;
  const abort = (): void => {
    kill('SIGTERM');
    impatience = setTimeout(() => kill('SIGKILL'), 10_000);
  };
  signal.addEventListener('abort', abort);
  try {
    if (signal.aborted) abort();
    return (await searchOutput(child)) ?? 128 + signalNumber(child.signalCode);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new SetupError(`cannot run ${command}: ${why}`, { cause });
  } finally {
    signal.removeEventListener('abort', abort);
    clearTimeout(impatience);
  }
}

function signalNumber(name: NodeJS.Signals | null): number {
  return name === null ? 0 : constants.signals[name];
}
