import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { componentEnvironment } from './environment.ts';
import { SetupError } from './setup-error.ts';

/** A component that was started, under a process id of its own. */
export type Program = {
  readonly name: string;
  readonly log: string;
  /** Resolves when the process has ended. */
  readonly ended: Promise<void>;
  hasEnded(): boolean;
  /** Asks the process to end, kills it after 10 s, and resolves when it has ended. May be called twice. */
  stop(): Promise<void>;
  /** Kills the process at once, and resolves when it has ended. */
  kill(): Promise<void>;
};

/** What to start, and the directory of the cluster: the log goes to `logs/<name>.log` in it. */
export type ProgramOptions = {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly directory: string;
};

/** Starts a component with the bare environment of `componentEnvironment`, in a process group of its own. */
export function startProgram({ name, command, args, directory }: ProgramOptions): Program {
  const log = logOf(directory, name);
  const output = openSync(log, 'a');
  // Its own group: a Ctrl-C in the terminal must reach the runner alone, which ends the components in their order.
  const child = spawn(command, args, {
    cwd: directory,
    env: componentEnvironment(directory),
    stdio: ['ignore', output, output],
    detached: true,
  });
  closeSync(output);

  // Whoever starts a cluster outside of namespaces of its own must not leave it behind.
  const killWithUs = (): boolean => child.kill('SIGKILL');
  process.once('exit', killWithUs);

  let over = false;
  const ended = new Promise<void>((resolve) => {
    const end = (): void => {
      over = true;
      process.off('exit', killWithUs);
      resolve();
    };
    child.once('exit', end);
    child.once('error', end); // it never started; the log stays empty
  });
  return {
    name,
    log,
    ended,
    hasEnded: () => over,
    async stop() {
      if (over) return;
      child.kill('SIGTERM');
      const patience = new AbortController();
      await Promise.race([
        ended,
        sleep(10_000, undefined, { signal: patience.signal }).catch(() => undefined),
      ]);
      patience.abort();
      if (!over) child.kill('SIGKILL');
      await ended;
    },
    async kill() {
      if (!over) child.kill('SIGKILL');
      await ended;
    },
  };
}

/**
 * Resolves when the condition holds; a condition that throws does not hold yet.
 *
 * Throws a SetupError with the last 30 lines of the program's log when the program ends first or a minute is over, and the
 * signal's reason when it is aborted.
 */
export async function waitUntil(
  program: Program,
  what: string,
  condition: () => Promise<boolean>,
  signal: AbortSignal,
): Promise<void> {
  const deadline = Date.now() + 60_000;
  let last: unknown;
  for (;;) {
    signal.throwIfAborted();
    if (program.hasEnded()) throw componentFailure(program, `ended before ${what}`);
    const holds = await condition().catch((error: unknown) => {
      last = error;
      return false;
    });
    if (holds) return;
    if (Date.now() > deadline) throw componentFailure(program, `no sign of ${what} within a minute`, last);
    await sleep(50, undefined, { signal });
  }
}

/** Where a component of the cluster in this directory writes what it has to say. */
function logOf(directory: string, name: string): string {
  return join(directory, 'logs', `${name}.log`);
}

function componentFailure(program: Program, what: string, cause?: unknown): SetupError {
  const tail = readFileSync(program.log, 'utf8').trimEnd().split('\n').slice(-30);
  return new SetupError([`${program.name}: ${what}; the end of its log:`, ...tail].join('\n  '), { cause });
}
