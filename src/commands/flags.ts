import { parseArgs } from 'node:util';
import { closest } from '../policy/closest.ts';

/** One flag of a command, as its help and the documentation show it. */
export interface CommandFlag {
  readonly name: string;
  readonly short?: string;
  /** What stands for its value in the help; a switch has none. */
  readonly value?: string;
  readonly repeatable?: boolean;
  /** A switch that may also be given as `--name=true` or `--name=false`. */
  readonly toggle?: boolean;
  readonly help: string;
}

/** What was given on a command line. */
export interface Given {
  /** The values of each flag that was given, in order; `true` for a switch. */
  readonly flags: ReadonlyMap<string, readonly string[]>;
  readonly positionals: readonly string[];
}

/** What was given, or one line that says what is wrong with it. */
export type ParsedFlags =
  | { readonly ok: true; readonly value: Given }
  | { readonly ok: false; readonly message: string };

/** Reads a command line; a flag that is not repeatable may be given once. */
export function parseFlags(args: readonly string[], flags: readonly CommandFlag[]): ParsedFlags {
  const options = Object.fromEntries(
    flags.map(({ name, short, value }) => [
      name,
      { type: value ? 'string' : 'boolean', multiple: true, ...(short ? { short } : {}) } as const,
    ]),
  );
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options,
      strict: true,
      allowPositionals: true,
    });
    const given = Object.entries(values).map(([name, list]) => [name, (list ?? []).map(String)] as const);
    const repeated = flags.find(({ name, repeatable }) => !repeatable && (values[name]?.length ?? 0) > 1);
    if (repeated) return { ok: false, message: `--${repeated.name} may be given once` };
    return { ok: true, value: { flags: new Map(given), positionals } };
  } catch (error) {
    // parseArgs throws for every fault of the user; its first sentence says which.
    const message = error instanceof Error ? error.message : String(error);
    const unknown = /^Unknown option '-{1,2}([^']*)'/.exec(message)?.[1];
    const hint = unknown === undefined ? '' : closest(unknown, Object.keys(options));
    return { ok: false, message: `${message.split(/\.\s|\n/)[0] ?? message}${hint}` };
  }
}
