import { systemClock } from '../../runtime/clock.ts';
import { catalogue } from '../catalogue.ts';
import type { Command, CommandContext, WordKind } from '../command.ts';
import { shells } from './scripts.ts';
import {
  namespaces,
  pastImages,
  trackedContainers,
  trackedWorkloads,
  trackedCandidates,
} from './tracked-words.ts';
import { readTyped, type Typed } from './typed.ts';

/** What may stand where a person types, with a few words about it where there are any. */
export interface Suggestion {
  readonly word: string;
  readonly about?: string;
}

/** What follows the suggestions, in the words of cobra, whose completions kubectl reads. */
const directives = { files: ':0', noFiles: ':4' };

/** Nobody waits longer for a completion; milliseconds. */
const patience = 3_000;

/**
 * Prints what may stand in place of the last word of a command line that is being typed: one suggestion a line, after a tab
 * what it is, and in the end a colon and whether files may stand there as well. Quiet about whatever goes wrong.
 * @see https://kubernetes.io/docs/tasks/extend-kubectl/kubectl-plugins/ and `kubectl plugin --help` for `kubectl_complete-NAME`
 */
export async function complete(context: CommandContext): Promise<number> {
  const stop = new AbortController();
  const timer = systemClock.schedule(patience, () => stop.abort());
  const signal = AbortSignal.any([context.signal, stop.signal]);
  const found = await suggest({ ...context, signal }).catch(() => []);
  timer.cancel();
  if (found === 'files') {
    context.print(directives.files);
    return 0;
  }
  const last = context.args.at(-1) ?? '';
  for (const { word, about } of found.filter((one) => one.word.startsWith(last))) {
    context.print(about === undefined ? word : `${word}\t${about}`);
  }
  context.print(directives.noFiles);
  return 0;
}

async function suggest(context: CommandContext): Promise<readonly Suggestion[] | 'files'> {
  const [name, ...rest] = context.args;
  if (rest.length === 0) return catalogue.map((entry) => ({ word: entry.name, about: entry.summary }));
  const command = await catalogue.find((entry) => entry.name === name)?.load();
  if (!command) return [];
  const typed = readTyped(rest, command.flags);
  if (typed.valueOf !== undefined) return valuesOf(context, typed, typed.valueOf);
  if (typed.last.startsWith('-')) {
    return command.flags.map((flag) => ({ word: `--${flag.name}`, about: flag.help }));
  }
  return wordsOf(context, typed, command);
}

/** What may be the value of a flag; by what stands for it in the help. */
async function valuesOf(
  context: CommandContext,
  typed: Typed,
  { name, value }: NonNullable<Typed['valueOf']>,
): Promise<readonly Suggestion[] | 'files'> {
  if (value === 'FILE') return 'files';
  if (value === 'BOOLEAN') return ['true', 'false'].map((word) => ({ word }));
  if (value === 'FORMAT') return ['table', 'json', 'yaml'].map((word) => ({ word }));
  if (name === 'namespace') return namespaces(context, typed);
  return name === 'container' ? trackedContainers(context, typed) : [];
}

const offers: Readonly<Record<WordKind, typeof trackedWorkloads>> = {
  workload: trackedWorkloads,
  candidate: trackedCandidates,
  'past image': pastImages,
  shell: async () => shells.map((word) => ({ word })),
};

async function wordsOf(
  context: CommandContext,
  typed: Typed,
  { words = [] }: Pick<Command, 'words'>,
): Promise<readonly Suggestion[]> {
  const kind = words[typed.words.length];
  return kind === undefined ? [] : offers[kind](context, typed);
}
