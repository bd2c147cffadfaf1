import type { Command, CommandContext } from '../command.ts';
import { parseFlags } from '../flags.ts';
import { formatHelp } from '../help.ts';
import { completionScripts, isShell, shells } from './scripts.ts';

/** `plimsoll completion`: what makes a shell complete command lines. */
export const completionCommand: Command = {
  flags: [],
  words: ['shell'],
  help: (program) =>
    formatHelp(program, {
      usage: 'completion bash|zsh|fish',
      purpose:
        'Prints a script that lets a shell complete command lines of plimsoll: commands, flags, and what is tracked in the cluster. For kubectl plimsoll a link is enough: the same executable under the name kubectl_complete-plimsoll, in a folder of the PATH; the completion of kubectl itself asks it.',
      flags: [],
      examples: [
        {
          what: 'bash',
          line: 'completion bash > ~/.local/share/bash-completion/completions/plimsoll',
        },
        { what: 'zsh; the folder must be one of its fpath', line: 'completion zsh > ~/.zfunc/_plimsoll' },
        { what: 'fish', line: 'completion fish > ~/.config/fish/completions/plimsoll.fish' },
      ],
      exitCodes: '0 printed, 2 wrong usage',
    }),
  run,
};

async function run({ program, args, complain, print }: CommandContext): Promise<number> {
  const parsed = parseFlags(args, []);
  const [shell = '', ...more] = parsed.ok ? parsed.value.positionals : [];
  if (!isShell(shell) || more.length > 0) {
    const what = parsed.ok ? `name one shell: ${shells.join(', ')}` : parsed.message;
    complain(`${program} completion: ${what}; see ${program} completion --help`);
    return 2;
  }
  print(completionScripts[shell]);
  return 0;
}
