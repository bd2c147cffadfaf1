import type { Command } from '../../src/commands/command.ts';
import { shown } from './shown.ts';

/** What a command did. */
export interface CommandRun {
  readonly code: number;
  /** Standard output. */
  readonly output: string;
  /** Standard error. */
  readonly complaints: string;
}

/** Where a command is run, besides its arguments. */
export interface CommandSurroundings {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly terminal?: boolean;
  /** Aborted where a person types Ctrl-C. */
  readonly signal?: AbortSignal;
}

/** Runs a command in this process, with a console of its own. */
export async function runCommandLine(
  command: Pick<Command, 'run'>,
  args: readonly string[],
  { input = '', env = {}, terminal = false, signal = new AbortController().signal }: CommandSurroundings = {},
): Promise<CommandRun> {
  const output: string[] = [];
  const complaints: string[] = [];
  const code = await command.run({
    program: 'plimsoll',
    args,
    env,
    terminal,
    print: (line) => output.push(line),
    complain: (line) => complaints.push(line),
    write: (text) => output.push(text),
    input: async function* chunks() {
      yield Buffer.from(input);
    },
    onSignal: () => undefined,
    signal,
  });
  const said = { output: output.join('\n'), complaints: complaints.join('\n') };
  shown('the command line', `${said.output}\n${said.complaints}`);
  return { code, ...said };
}
