import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { SetupError } from './setup-error.ts';

/**
 * Runs a command with the standard streams of this process and resolves to its exit code, 128 + n when signal n ended it.
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
    env: environment,
    stdio: ['ignore', 'inherit', 'inherit'],
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
    return await new Promise((resolve, reject) => {
      child.once('error', (cause) =>
        reject(new SetupError(`cannot run ${command}: ${cause.message}`, { cause })),
      );
      child.once('exit', (code, name) => resolve(code ?? 128 + signalNumber(name)));
      if (signal.aborted) abort();
    });
  } finally {
    signal.removeEventListener('abort', abort);
    clearTimeout(impatience);
  }
}

function signalNumber(name: NodeJS.Signals | null): number {
  return name === null ? 0 : constants.signals[name];
}
