#!/usr/bin/env -S node --max-semi-space-size=2
import { catalogue } from './commands/catalogue.ts';
import type { CommandContext } from './commands/command.ts';
import { version } from './version.ts';

process.exitCode = await main(contextOfProcess());

async function main(context: CommandContext): Promise<number> {
  const [name, ...args] = context.args;
  if (name === '--version' || name === 'version') {
    context.print(version);
    return 0;
  }
  const command = await catalogue.find((known) => known.name === name)?.load();
  if (command && args.some((arg) => arg === '--help' || arg === '-h')) {
    context.print(command.help());
    return 0;
  }
  if (command) return command.run({ ...context, args });
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    context.print(overview());
    return 0;
  }
  context.complain(`plimsoll: there is no command ${JSON.stringify(name)}; see plimsoll --help`);
  return 2;
}

function overview(): string {
  const lines = catalogue.map(({ name, summary }) => `  ${name.padEnd(8)} ${summary}`);
  return ['Usage: plimsoll COMMAND [flags]', '', ...lines, '', 'See plimsoll COMMAND --help.'].join('\n');
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
    args: process.argv.slice(2),
    env: process.env,
    print: (line) => process.stdout.write(`${line}\n`),
    complain: (line) => process.stderr.write(`${line}\n`),
    write: (text) => process.stdout.write(text),
    terminal: process.stdout.isTTY === true,
    input: () => process.stdin,
    signal: stop.signal,
  };
}
