import { createReadStream } from 'node:fs';
import { fields } from '../../policy/fields.ts';
import { systemClock } from '../../runtime/clock.ts';
import type { Explanation } from '../../versioning/select.ts';
import { followsDigest } from '../../versioning/floating.ts';
import { rejectMeanings } from '../../versioning/reject-reason.ts';
import type { Command, CommandContext } from '../command.ts';
import { type CommandFlag, type Given, parseFlags } from '../flags.ts';
import { formatHelp } from '../help.ts';
import { mayColour, printData, readFormat } from '../output.ts';
import { formatTable, wrap } from '../text-table.ts';
import { answerOf } from './answer.ts';
import { answerBatch } from './batch.ts';
import type { Question } from './question.ts';
import { readTagLines } from './tag-lines.ts';
import { type Compiled, Trial } from './trial.ts';

const ownFlags: readonly CommandFlag[] = [
  { name: 'current', value: 'TAG', help: 'the tag that runs' },
  {
    name: 'tags-file',
    value: 'FILE',
    help: 'tags, one a line, each maybe followed by when it was pushed; - or nothing: standard input',
  },
  { name: 'batch', help: 'read questions as JSON lines from standard input and answer each' },
  { name: 'output', short: 'o', value: 'FORMAT', help: 'table, json or yaml (default table)' },
];

/** Every flag of `plimsoll try`: its own, and one for each annotation. */
const tryFlags: readonly CommandFlag[] = [
  ...ownFlags,
  ...Object.keys(fields).map((name) => ({
    name,
    value: 'VALUE',
    repeatable: name === 'allow-tags' || name === 'ignore-tags',
    help: `as the annotation plimsoll.dev/${name}`,
  })),
];

/** `plimsoll try`: what the rules say about a list of tags, without cluster and registry. */
export const tryCommand: Command = {
  flags: tryFlags,
  help: (program) =>
    formatHelp(program, {
      usage: 'try --current TAG --policy POLICY [flags] [TAG …]',
      purpose:
        'Says which of some tags may replace the current one under a policy, and why not the others. The tags are named on the command line, in a file or on standard input. Asks no cluster and no registry.',
      flags: tryFlags,
      notes: [
        'With --batch each line is {"current", "policy", "tags", …}, with the annotations as keys and, for policies that go by time, "metadata": {TAG: {"created", "pushed"}}. The answer is {"choice": TAG|null, "reasons": {TAG: REASON}} or {"error": {"reason", "message"}}, one a line and in order.',
      ],
      examples: [
        {
          what: 'which of some tags may follow 1.5-alpine',
          line: 'try --current 1.5-alpine --policy minor 1.6-alpine 1.6.2-alpine 2.0-alpine',
        },
        {
          what: 'the same of a list in a file, one tag a line',
          line: "try --current 1.2.3 --policy 'semver:1.x' --tags-file tags.txt",
        },
      ],
      exitCodes:
        '0 answered, also where nothing may replace the current tag; 2 wrong usage, or a policy that cannot be read',
    }),
  run,
};

async function run(context: CommandContext): Promise<number> {
  const parsed = parseFlags(context.args, tryFlags);
  if (!parsed.ok) return misused(context, parsed.message);
  const { flags } = parsed.value;
  if (flags.has('batch')) return runBatch(context, parsed.value);
  const [current] = flags.get('current') ?? [];
  if (current === undefined) return misused(context, '--current is missing: the tag that runs');
  if (!flags.has('policy')) return misused(context, '--policy is missing');
  const format = readFormat(flags.get('output')?.[0]);
  if (!format) return misused(context, '--output must be table, json or yaml');

  const trial = new Trial((key) => `--${key}`, systemClock.now());
  const settings = Object.fromEntries(
    [...flags].filter(([key]) => Object.hasOwn(fields, key)).map(([key, texts]) => [key, texts.join('\n')]),
  );
  const compiled = trial.compile(settings);
  if (!compiled.ok) return misused(context, compiled.problem.message);
  const read = await readTags(context, parsed.value);
  if (typeof read === 'string') return misused(context, read);
  const question: Question = { current, ...read, settings };
  const answered = trial.answer(question);
  if (!answered.ok) return misused(context, answered.problem.message);
  if (format === 'table') printTable(context, question, compiled.value, answered.value);
  else await printData(context.print, format, answerOf(answered));
  return 0;
}

async function runBatch({ program, complain, input, print }: CommandContext, given: Given): Promise<number> {
  const others = [...given.flags.keys()].filter((name) => name !== 'batch');
  if (others.length > 0 || given.positionals.length > 0) {
    complain(`${program} try --batch takes no other flags: each line says all; see ${program} try --help`);
    return 2;
  }
  const trial = new Trial((key) => key, systemClock.now());
  for await (const answers of answerBatch(input(), trial)) print(answers.join('\n'));
  return 0;
}

/** The tags to choose from, or one line that says why they cannot be read. */
async function readTags(
  { input }: CommandContext,
  { flags, positionals }: Given,
): Promise<Pick<Question, 'tags' | 'times'> | string> {
  const [file] = flags.get('tags-file') ?? [];
  if (positionals.length > 0) {
    return file === undefined
      ? { tags: positionals, times: new Map() }
      : 'name tags or --tags-file, not both';
  }
  try {
    const read = await readTagLines(file === undefined || file === '-' ? input() : bytesOf(file));
    return read.ok ? read.value : read.problem.message;
  } catch (error) {
    return `${file ?? 'standard input'} cannot be read: ${error instanceof Error ? error.message : String(error)}`;
  }
}

async function* bytesOf(file: string): AsyncGenerator<Uint8Array> {
  for await (const chunk of createReadStream(file)) if (chunk instanceof Uint8Array) yield chunk;
}

function printTable(
  context: CommandContext,
  { current }: Question,
  { policy }: Compiled,
  { selection, reasons }: Explanation,
): void {
  const { choice, latest, outside } = selection;
  const own = outside === undefined ? '' : `; it ${rejectMeanings[outside]}`;
  const moved =
    choice === undefined
      ? `${current} stays: nothing may replace it under ${policy.text}${own}`
      : `${current} -> ${choice} under ${policy.text}`;
  const beyond = latest === undefined || latest === choice || latest === current ? '' : `; newest: ${latest}`;
  const digest = followsDigest(choice ?? current, policy.rule, policy.digest, policy.order)
    ? ['its digest is followed as well']
    : [];
  for (const line of [...wrap(moved + beyond), ...digest]) context.print(line);
  if (reasons.size === 0) return;
  const rows = [...reasons].map(([tag, reason]) => {
    if (reason === 'chosen')
      return { cells: [tag, reason, 'is the newest that fits'], colour: 'green' as const };
    return { cells: [tag, reason, reason === 'current' ? 'is what runs' : rejectMeanings[reason]] };
  });
  context.print('');
  const columns = [
    { title: 'TAG', most: 128, least: 20 },
    { title: 'REASON', most: 16 },
    { title: 'MEANING', most: 60 },
  ];
  for (const line of formatTable(columns, rows, mayColour(context))) context.print(line);
}

function misused({ program, complain }: CommandContext, message: string): number {
  complain(`${program} try: ${message}; see ${program} try --help`);
  return 2;
}
