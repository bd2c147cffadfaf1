import type { TrackedImage } from '../../model/tracked-image.ts';
import {
  type ClusterSession,
  clusterFlags,
  everywhereFlag,
  namespaceFlag,
} from '../cluster/cluster-session.ts';
import { useCluster } from '../cluster/use-cluster.ts';
import type { Command, CommandContext } from '../command.ts';
import { type CommandFlag, type Given, parseFlags } from '../flags.ts';
import { type Example, formatHelp } from '../help.ts';
import { mayColour, type OutputFormat, printData, readFormat } from '../output.ts';
import { readSubject, type Subject } from '../subject.ts';
import { findTracked } from './tracked-lookup.ts';
import { watchTracked } from './watch-tracked.ts';

/** A command that shows what TrackedImages hold. */
export interface Show {
  readonly name: string;
  readonly purpose: string;
  readonly examples: readonly Example[];
  /** Whether it may go on with what changes, under `--watch`. */
  readonly watchable: boolean;
  /** What `-o json` prints. */
  readonly data: (images: readonly TrackedImage[]) => unknown;
  /** The same for people. `named`: the command line names what is shown; `everywhere`: it may lie in any namespace. */
  readonly lines: (
    images: readonly TrackedImage[],
    how: { readonly named: boolean; readonly everywhere: boolean; readonly colour: boolean },
  ) => readonly string[];
}

const watchFlag: CommandFlag = {
  name: 'watch',
  short: 'w',
  help: 'go on showing what changes, until Ctrl-C: drawn anew on a terminal, a line for each change elsewhere',
};

const showFlags: readonly CommandFlag[] = [
  { name: 'container', short: 'c', value: 'NAME', help: 'one container of the workload' },
  namespaceFlag,
  everywhereFlag,
  ...clusterFlags,
  { name: 'output', short: 'o', value: 'FORMAT', help: 'table, json or yaml (default table)' },
];

/** Makes a command of what is to be shown. */
export function showCommand(show: Show): Command {
  const { name, purpose, examples, watchable } = show;
  const flags = watchable ? [...showFlags, watchFlag] : showFlags;
  const ended = watchable ? 'shown, or watched until Ctrl-C' : 'shown';
  const exitCodes = `0 ${ended}; 1 it cannot be: nothing of that name, no access; 2 wrong usage`;
  return {
    flags,
    words: ['workload'],
    help: (program) =>
      formatHelp(program, { usage: `${name} [KIND/NAME] [flags]`, purpose, flags, examples, exitCodes }),
    run: (context) => run(context, show, flags),
  };
}

interface Question {
  readonly given: Given;
  readonly subject: Subject | undefined;
  readonly format: OutputFormat;
  readonly everywhere: boolean;
}

async function run(context: CommandContext, show: Show, flags: readonly CommandFlag[]): Promise<number> {
  const name = `${context.program} ${show.name}`;
  const question = readQuestion(context.args, flags);
  if (typeof question === 'string') {
    context.complain(`${name}: ${question}; see ${name} --help`);
    return 2;
  }
  const { given } = question;
  return useCluster(context, { name, given }, (session) => print(context, show, question, session));
}

function readQuestion(args: readonly string[], flags: readonly CommandFlag[]): Question | string {
  const parsed = parseFlags(args, flags);
  if (!parsed.ok) return parsed.message;
  const given = parsed.value;
  const format = readFormat(given.flags.get('output')?.[0]);
  if (!format) return '--output must be table, json or yaml';
  if (format === 'yaml' && given.flags.has('watch')) return '--watch goes with table or json';
  const everywhere = given.flags.has('all-namespaces');
  if (given.positionals.length === 0) {
    return given.flags.has('container')
      ? '--container goes with KIND/NAME'
      : { given, subject: undefined, format, everywhere };
  }
  const read = readSubject(given.positionals);
  if (!read.ok) return read.message;
  if (read.rest.length > 0) return `what is ${JSON.stringify(read.rest[0])}? Name one workload as KIND/NAME`;
  if (everywhere) return 'name a workload or give -A, not both';
  return { given, subject: read.subject, format, everywhere };
}

/** Prints what was asked for; resolves with the exit code, or why it cannot be. */
async function print(
  context: CommandContext,
  show: Show,
  { given: { flags }, subject, format, everywhere }: Question,
  { client, namespace: ofContext }: ClusterSession,
): Promise<number | string> {
  const namespace = everywhere ? undefined : (flags.get('namespace')?.[0] ?? ofContext);
  const question = { subject, container: flags.get('container')?.[0], namespace };
  const found = await findTracked(client, question, context.signal);
  if (!found.ok) return found.message;
  if (flags.has('watch')) {
    const lines = (images: readonly TrackedImage[]) =>
      show.lines(images, { named: subject !== undefined, everywhere, colour: mayColour(context) });
    return watchTracked(context, { client, question, everywhere, json: format === 'json', lines });
  }
  if (format !== 'table') {
    await printData(context.print, format, show.data(found.images));
  } else if (found.images.length === 0) {
    context.complain(
      `nothing is tracked ${namespace === undefined ? 'in this cluster' : `in namespace ${namespace}`}`,
    );
  } else {
    const how = { named: subject !== undefined, everywhere, colour: mayColour(context) };
    for (const line of show.lines(found.images, how)) context.print(line);
  }
  return 0;
}
