import type { CommandFlag } from './flags.ts';
import { wrap } from './text-table.ts';

/** A command line that is worth copying. */
export interface Example {
  /** What it is for, without a full stop. */
  readonly what: string;
  /** What follows the name of the program. */
  readonly line: string;
}

/** What the help of a command says. Paragraphs are broken into lines here. */
export interface HelpParts {
  /** What follows the name of the program: `hold KIND/NAME [flags]`. */
  readonly usage: string;
  readonly purpose: string;
  readonly flags: readonly CommandFlag[];
  /** Paragraphs after the flags. */
  readonly notes?: readonly string[];
  readonly examples: readonly Example[];
  /** Which exit code means what: `0 shown, 1 …; 2 wrong usage`. */
  readonly exitCodes: string;
}

const widestLine = 100;
const widestUsage = 32;

/** The help of a command, in lines of at most 100 columns. */
export function formatHelp(program: string, parts: HelpParts): string {
  const { usage, purpose, flags, notes = [], examples, exitCodes } = parts;
  return [
    `Usage: ${program} ${usage}`,
    '',
    ...wrap(purpose),
    '',
    ...flagLines(flags),
    ...notes.flatMap((note) => ['', ...wrap(note)]),
    '',
    'Examples:',
    ...examples.flatMap(({ what, line }) => [`  # ${what}`, `  ${program} ${line}`]),
    '',
    ...wrap(`Exit code: ${exitCodes}.`),
  ].join('\n');
}

/** How a flag is written, as its help and the documentation show it: `-n, --namespace NAME …`. */
function usageOf({ name, short, value, repeatable, toggle }: CommandFlag): string {
  const spelled = `${short ? `-${short}, ` : ''}--${name}${value ? ` ${value}` : ''}`;
  return `${spelled}${toggle ? '[=true|false]' : ''}${repeatable ? ' …' : ''}`;
}

function flagLines(flags: readonly CommandFlag[]): readonly string[] {
  if (flags.length === 0) return ['It has no flags.'];
  const width = Math.min(widestUsage, Math.max(...flags.map((flag) => usageOf(flag).length)));
  const room = widestLine - width - 4;
  return flags.flatMap((flag) =>
    wrap(flag.help, '', room).map(
      (line, index) => `  ${(index === 0 ? usageOf(flag) : '').padEnd(width)}  ${line}`,
    ),
  );
}
