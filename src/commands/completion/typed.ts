import type { CommandFlag } from '../flags.ts';

/** A command line that is being typed, after the name of its command. */
export interface Typed {
  /** The values that were given, the last one of each flag. */
  readonly values: ReadonlyMap<string, string>;
  /** The words that are no flags, without the one that is being typed. */
  readonly words: readonly string[];
  /** The flag whose value is being typed; undefined where it is a word, or a flag. */
  readonly valueOf: CommandFlag | undefined;
  /** What there is of the last word. */
  readonly last: string;
}

/** Reads a command line that is not complete; what cannot be understood is passed over. */
export function readTyped(args: readonly string[], flags: readonly CommandFlag[]): Typed {
  const values = new Map<string, string>();
  const words: string[] = [];
  let valueOf: CommandFlag | undefined;
  for (const arg of args.slice(0, -1)) {
    if (valueOf !== undefined) {
      values.set(valueOf.name, arg);
      valueOf = undefined;
      continue;
    }
    const [, name, value] = /^(--?[^=]+)(?:=(.*))?$/s.exec(arg) ?? [];
    const flag = name === undefined ? undefined : flagNamed(name, flags);
    if (flag !== undefined && value !== undefined) values.set(flag.name, value);
    else if (flag?.value !== undefined) valueOf = flag;
    else if (!arg.startsWith('-')) words.push(arg);
  }
  return { values, words, valueOf, last: args.at(-1) ?? '' };
}

function flagNamed(text: string, flags: readonly CommandFlag[]): CommandFlag | undefined {
  return flags.find(
    ({ name, short }) => text === `--${name}` || (short !== undefined && text === `-${short}`),
  );
}
