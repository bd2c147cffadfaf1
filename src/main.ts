#!/usr/bin/env -S node --max-semi-space-size=2 --heap-growing-percent=20 --liftoff-only --no-flush-bytecode
import { basename } from 'node:path';
import { catalogue } from './commands/catalogue.ts';
import type { CommandContext } from './commands/command.ts';
import { closest } from './policy/closest.ts';
import { version } from './version.ts';

process.exitCode = await main(contextOfProcess());

async function main(context: CommandContext): Promise<number> {
  const { program } = context;
  const [name, ...args] = context.args;
  if (name === '__complete')
    return (await import('./commands/completion/complete.ts')).complete({ ...context, args });
  if (name === '--version' || name === 'version') {
    context.print(version);
    return 0;
  }
  const command = await catalogue.find((known) => known.name === name)?.load();
  if (command && args.some((arg) => arg === '--help' || arg === '-h')) {
    context.print(command.help(program));
    return 0;
  }
  if (command) return command.run({ ...context, args });
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    context.print(overview(program));
    return 0;
  }
  const hint = closest(
    name,
    catalogue.map((known) => known.name),
  );
  context.complain(`${program}: there is no command ${JSON.stringify(name)}${hint}; see ${program} --help`);
  return 2;
}

function overview(program: string): string {
  const lines = catalogue.map(({ name, summary }) => `  ${name.padEnd(10)} ${summary}`);
  return [`Usage: ${program} COMMAND [flags]`, '', ...lines, '', `See ${program} COMMAND --help.`].join('\n');
}

/** Under this name kubectl finds its plug-in, and people type it as two words. */
function programName(path = ''): string {
  return basename(path).startsWith('kubectl-plimsoll') ? 'kubectl plimsoll' : 'plimsoll';
}

/** Under the name by which kubectl asks for completions of a plug-in, all that was typed is to be completed. */
function argumentsOf([, path = '', ...args]: readonly string[]): readonly string[] {
  return basename(path).startsWith('kubectl_complete-plimsoll') ? ['__complete', ...args] : args;
}

function contextOfProcess(): CommandContext {
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () => stop.abort(new Error(`${name} was received`)));
  }
  // Whoever read our output has seen enough, as in `plimsoll try … | head`.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  return {
    program: programName(process.argv[1]),
    args: argumentsOf(process.argv),
    env: process.env,
    print: (line) => process.stdout.write(`${line}\n`),
    complain: (line) => process.stderr.write(`${line}\n`),
    write: (text) => process.stdout.write(text),
    terminal: process.stdout.isTTY === true,
    input: () => process.stdin,
    onSignal: (name, callback) => process.on(name, callback),
    signal: stop.signal,
  };
}
