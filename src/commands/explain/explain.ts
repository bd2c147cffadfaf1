import { kinds } from '../../kube/kinds.ts';
import { type Workload, type WorkloadKind, workloadKinds } from '../../model/workload.ts';
import { closest } from '../../policy/closest.ts';
import type { Command, CommandContext } from '../command.ts';
import { type CommandFlag, flagLines, type Given, parseFlags } from '../flags.ts';
import { mayColour, type OutputFormat, printData, readFormat } from '../output.ts';
import { openPreview, previewFlags, type PreviewSession } from '../preview/session.ts';
import { explanationOf } from './explanation.ts';
import { explanationLines } from './explanation-lines.ts';

/** Every flag of `plimsoll explain`. */
export const explainFlags: readonly CommandFlag[] = previewFlags.map((flag) =>
  flag.name === 'namespace' ? { ...flag, repeatable: false } : flag,
);

/** What people call kinds besides their names, as kubectl lets them. */
const shortNames: Readonly<Record<string, WorkloadKind>> = {
  deploy: 'Deployment',
  sts: 'StatefulSet',
  ds: 'DaemonSet',
  cj: 'CronJob',
  ro: 'Rollout',
};

/** `plimsoll explain`: why a workload is, or is not, updated. */
export const explainCommand: Command = {
  help: () =>
    [
      'Usage: plimsoll explain KIND/NAME [flags]',
      '',
      'Says for each tracked container of a workload which policy holds and where each of its fields stands, what would be',
      'chosen, which gates are open, and for every tag of the repository why it was not chosen. Changes nothing.',
      '',
      ...flagLines(explainFlags),
      '',
      'Exit code: 0 explained, 1 it cannot be: no such workload, a broken policy, no access; or wrong usage.',
    ].join('\n'),
  run,
};

async function run(context: CommandContext): Promise<number> {
  const fail = (message: string) => {
    context.complain(`plimsoll explain: ${message}`);
    return 1;
  };
  const help = 'see plimsoll explain --help';
  const parsed = parseFlags(context.args, explainFlags);
  if (!parsed.ok) return fail(`${parsed.message}; ${help}`);
  const format = readFormat(parsed.value.flags.get('output')?.[0]);
  if (!format) return fail(`--output must be table, json or yaml; ${help}`);
  const named = readName(parsed.value);
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

interface Named {
  readonly kind: WorkloadKind;
  readonly name: string;
}

function readName({ positionals }: Given): Named | string {
  const [first = '', second, more] = positionals;
  const [word = '', name = second] = first.split('/', 2);
  if (name === undefined || name === '' || more !== undefined) return 'name one workload as KIND/NAME';
  const kind = readKind(word.toLowerCase());
  if (!kind) {
    const known = workloadKinds.map((one) => one.toLowerCase());
    return `${JSON.stringify(word)} is not a kind that is followed${closest(word.toLowerCase(), known)}`;
  }
  return { kind, name };
}

function readKind(word: string): WorkloadKind | undefined {
  const short = Object.hasOwn(shortNames, word) ? shortNames[word] : undefined;
  return workloadKinds.find(
    (kind) => kind === short || word === kind.toLowerCase() || word === kinds[kind].resource.plural,
  );
}

function hint(name: string, workloads: readonly Workload[]): string {
  return closest(
    name,
    workloads.map(({ ref }) => ref.name),
  );
}
