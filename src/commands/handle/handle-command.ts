import { parseDuration } from '../../model/duration.ts';
import type { TrackedImage } from '../../model/tracked-image.ts';
import { systemClock } from '../../runtime/clock.ts';
import { clusterFlags, namespaceFlag } from '../cluster/cluster-session.ts';
import { useCluster } from '../cluster/use-cluster.ts';
import type { Command, CommandContext } from '../command.ts';
import { type CommandFlag, type Given, parseFlags } from '../flags.ts';
import { formatHelp } from '../help.ts';
import { readSubject, type Subject } from '../subject.ts';
import { ask, type AskOptions, type Wish } from './ask.ts';
import type { Handle } from './handle.ts';
import { outcomeText } from './outcome-text.ts';
import { findTargets, targetName } from './targets.ts';

/** Every flag of a handle. */
function handleFlags({ flags, single }: Pick<Handle, 'flags' | 'single'>): readonly CommandFlag[] {
  const which = single ? 'the container; needed where several are tracked' : 'one container (default all)';
  return [
    ...flags,
    { name: 'container', short: 'c', value: 'NAME', help: which },
    namespaceFlag,
    ...clusterFlags,
    { name: 'wait', value: 'BOOLEAN', help: 'wait for what the controller makes of it (default true)' },
    { name: 'timeout', value: 'DURATION', help: 'how long to wait at most (default 30s)' },
  ];
}

/** Makes a command of a handle. */
export function handleCommand(handle: Handle): Command {
  const { name, words, purpose, image, examples } = handle;
  return {
    flags: handleFlags(handle),
    words: image === undefined ? ['workload'] : ['workload', image],
    help: (program) =>
      formatHelp(program, {
        usage: [name, 'KIND/NAME', ...(words === '' ? [] : [words]), '[flags]'].join(' '),
        purpose,
        flags: handleFlags(handle),
        notes: ['It only writes the spec of the TrackedImage, with the rights of who asks.'],
        examples,
        exitCodes: '0 done, 1 refused, not answered in time, or no access; 2 wrong usage',
      }),
    run: (context) => run(context, handle),
  };
}

interface Question {
  readonly given: Given;
  readonly subject: Subject;
  readonly wish: Wish;
  readonly patience: number | undefined;
}

async function run(context: CommandContext, handle: Handle): Promise<number> {
  const { program, complain, signal } = context;
  const name = `${program} ${handle.name}`;
  const question = readQuestion(context.args, handle);
  if (typeof question === 'string') {
    complain(`${name}: ${question}; see ${name} --help`);
    return 2;
  }
  const { given, subject, wish, patience } = question;
  return useCluster(context, { name, given }, async ({ client, namespace: ofContext }) => {
    const namespace = given.flags.get('namespace')?.[0] ?? ofContext;
    const container = given.flags.get('container')?.[0];
    const found = await findTargets(client, { subject, container, namespace }, handle.single, signal);
    const options = { client, clock: systemClock, patience, signal };
    return found.ok ? askAll(context, options, found.images, { wish, name }) : found.message;
  });
}

function readQuestion(args: readonly string[], handle: Handle): Question | string {
  const parsed = parseFlags(args, handleFlags(handle));
  if (!parsed.ok) return parsed.message;
  const given = parsed.value;
  const { flags, positionals } = given;
  const wait = flags.get('wait')?.[0] ?? 'true';
  if (wait !== 'true' && wait !== 'false') return '--wait must be true or false';
  const patience = parseDuration(flags.get('timeout')?.[0] ?? '30s');
  if (patience === undefined) return '--timeout must be a duration such as 30s or 2m';
  const read = readSubject(positionals);
  if (!read.ok) return read.message;
  const wish = handle.read(read.rest, flags, new Date(systemClock.now()).toISOString());
  if (typeof wish === 'string') return wish;
  return { given, subject: read.subject, wish, patience: wait === 'true' ? patience : undefined };
}

/** Asks for the same of several containers at once, and prints how it ended for each; returns the exit code. */
async function askAll(
  { print, complain }: CommandContext,
  options: AskOptions,
  images: readonly TrackedImage[],
  { wish, name }: { readonly wish: Wish; readonly name: string },
): Promise<number> {
  const ended = await Promise.all(
    images.map(async (image) => ({
      target: targetName(image),
      ...outcomeText(await ask(options, image, wish), image, wish),
    })),
  );
  for (const { well, target, line } of ended) {
    if (well) print(`${target}: ${line}`);
    else complain(`${name}: ${target}: ${line}`);
  }
  return ended.every(({ well }) => well) ? 0 : 1;
}
