import type { CommandFlag } from './flags.ts';

/** Where a command reads from and writes to, so that tests can stand in for the process. */
export interface CommandContext {
  /** What people typed before the name of the command: `plimsoll` or `kubectl plimsoll`. */
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Standard output and standard error, one line each call. */
  readonly print: (line: string) => void;
  readonly complain: (line: string) => void;
  /** Standard output as it is, for what draws on a terminal. */
  readonly write: (text: string) => void;
  /** Whether standard output is a terminal. */
  readonly terminal: boolean;
  /** Standard input; nothing is read from it before this is called. */
  readonly input: () => AsyncIterable<Uint8Array>;
  /** Calls back on each signal of that name, from then on. */
  readonly onSignal: (name: 'SIGUSR1' | 'SIGUSR2', callback: () => void) => void;
  /** Aborted on the first SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
}

/** What a word of a command line names, so that a shell can complete it. */
export type WordKind = 'workload' | 'candidate' | 'past image' | 'shell';

/** One command of the program, without its name: see `commands/catalogue.ts`. */
export interface Command {
  /** Every flag, as help, documentation and completion show it. */
  readonly flags: readonly CommandFlag[];
  /** What its words name, in order; nothing where left out. */
  readonly words?: readonly WordKind[];
  /** `program`: see {@link CommandContext.program}. */
  readonly help: (program: string) => string;
  /** Runs to its end; resolves with the exit code: 0 well, 1 failed, 2 wrong usage. */
  readonly run: (context: CommandContext) => Promise<number>;
}
