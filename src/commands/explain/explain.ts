import type { Workload, WorkloadRef } from '../../model/workload.ts';
import { closest } from '../../policy/closest.ts';
import type { Command, CommandContext } from '../command.ts';
import { type CommandFlag, type Given, parseFlags } from '../flags.ts';
import { formatHelp } from '../help.ts';
import { mayColour, type OutputFormat, printData, readFormat } from '../output.ts';
import { openPreview, previewFlags, type PreviewSession } from '../preview/session.ts';
import { readSubject } from '../subject.ts';
import { explanationOf } from './explanation.ts';
import { explanationLines } from './explanation-lines.ts';

/** Every flag of `plimsoll explain`. */
const explainFlags: readonly CommandFlag[] = previewFlags.map((flag) =>
  flag.name === 'namespace' ? { ...flag, repeatable: false } : flag,
);

/** `plimsoll explain`: why a workload is, or is not, updated. */
export const explainCommand: Command = {
  flags: explainFlags,
  words: ['workload'],
  help: (program) =>
    formatHelp(program, {
      usage: 'explain KIND/NAME [flags]',
      purpose:
        'Says for each tracked container of a workload which policy holds and where each of its fields stands, what would be chosen, which gates are open, and for every tag of the repository why it was not chosen. Changes nothing.',
      flags: explainFlags,
      examples: [
        {
          what: 'every tag of its repository, and why it was not chosen',
          line: 'explain deployment/web -n shop',
        },
        { what: 'the same for a manifest', line: 'explain deployment/web -f deploy/web.yaml' },
      ],
      exitCodes: '0 explained, 1 it cannot be: no such workload, a broken policy, no access; or wrong usage',
    }),
  run,
};

async function run(context: CommandContext): Promise<number> {
  const fail = (message: string) => {
    context.complain(`${context.program} explain: ${message}`);
    return 1;
  };
  const help = `see ${context.program} explain --help`;
  const parsed = parseFlags(context.args, explainFlags);
  if (!parsed.ok) return fail(`${parsed.message}; ${help}`);
  const format = readFormat(parsed.value.flags.get('output')?.[0]);
  if (!format) return fail(`--output must be table, json or yaml; ${help}`);
  const named = readWorkload(parsed.value);
  if (typeof named === 'string') return fail(`${named}; ${help}`);

  const session = await openPreview(context, { given: parsed.value, everywhere: false });
  if (!session.ok) return fail(session.problem.message);
  try {
    const { workloads } = session.value.landscape;
    const found = workloads.filter(({ ref }) => ref.kind === named.kind && ref.name === named.name);
    const [workload, another] = found;
    if (!workload) return fail(`there is no ${named.kind} ${named.name}${hint(named.name, workloads)}`);
    if (another) return fail(`several are called ${named.kind} ${named.name}; choose one with --namespace`);
    return await explain(context, session.value, workload, format);
  } finally {
    await session.value.close();
  }
}

async function explain(
  context: CommandContext,
  { inspector, landscape }: PreviewSession,
  workload: Workload,
  format: OutputFormat,
): Promise<number> {
  const inspections = await inspector.inspect([workload], context.signal);
  const explanation = explanationOf(workload, inspections, landscape.warnings);
  if (format === 'table')
    for (const line of explanationLines(explanation, mayColour(context))) context.print(line);
  else await printData(context.print, format, explanation);
  return inspections.some(({ policy }) => policy === undefined) ? 1 : 0;
}

function readWorkload({ positionals }: Given): Pick<WorkloadRef, 'kind' | 'name'> | string {
  const read = readSubject(positionals);
  if (!read.ok) return read.message;
  const { subject, rest } = read;
  return subject.of === 'workload' && rest.length === 0 ? subject.workload : 'name one workload as KIND/NAME';
}

function hint(name: string, workloads: readonly Workload[]): string {
  return closest(
    name,
    workloads.map(({ ref }) => ref.name),
  );
}
