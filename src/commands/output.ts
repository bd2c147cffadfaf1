import type { CommandContext } from './command.ts';

/** How an answer is written: for people, or for programs. */
export type OutputFormat = 'table' | 'json' | 'yaml';

const formats: readonly OutputFormat[] = ['table', 'json', 'yaml'];

/** The format that a text names, or undefined. */
export function readFormat(text: string | undefined): OutputFormat | undefined {
  return formats.find((format) => format === (text ?? 'table'));
}

/** Whether colours may be used: on a terminal, unless `NO_COLOR` is set (https://no-color.org). */
export function mayColour({ terminal, env }: Pick<CommandContext, 'terminal' | 'env'>): boolean {
  return terminal && (env['NO_COLOR'] ?? '') === '';
}

/** Prints a value as JSON or YAML; keys keep their order. */
export async function printData(
  print: CommandContext['print'],
  format: Exclude<OutputFormat, 'table'>,
  value: unknown,
): Promise<void> {
  if (format === 'json') return print(JSON.stringify(value, null, 2));
  // A program that asks for JSON does not wait for a YAML library.
  const { stringify } = await import('yaml');
  return print(stringify(value, { lineWidth: 0 }).trimEnd());
}
