import { ok, type Result } from '../../model/result.ts';
import { type PolicyLayer, readSetting } from '../../policy/policy-layer.ts';
import { everywhereFlag } from '../cluster/cluster-session.ts';
import type { Command, CommandContext } from '../command.ts';
import { type CommandFlag, type Given, parseFlags } from '../flags.ts';
import { formatHelp } from '../help.ts';
import { mayColour, type OutputFormat, printData, readFormat } from '../output.ts';
import { reportOf } from '../preview/container-report.ts';
import { openPreview, previewFlags, type PreviewSession } from '../preview/session.ts';
import { planLines } from './plan-table.ts';
import { type Plan, planOf } from './plan-report.ts';

/** Every flag of `plimsoll plan`. */
const planFlags: readonly CommandFlag[] = [
  ...previewFlags,
  everywhereFlag,
  { name: 'all', help: 'also workloads that nobody gave a policy, as if they had that of --policy' },
  { name: 'policy', value: 'POLICY', help: 'with --all: the policy to try (default minor)' },
];

/** `plimsoll plan`: what would happen now, without doing it. */
export const planCommand: Command = {
  flags: planFlags,
  help: (program) =>
    formatHelp(program, {
      usage: 'plan [-f FILE …] [flags]',
      purpose:
        'Says what would happen now, and does nothing: by the rules of the controller, with its looks at the registries. Reads the cluster of the kubeconfig, or manifests: YAML of several documents, lists, the output of kustomize. From manifests no pull secret is read; --registries may name credentials.',
      flags: planFlags,
      examples: [
        { what: 'what would happen in a namespace', line: 'plan -n shop' },
        { what: 'the same for manifests, before they are applied', line: 'plan -f deploy/ -R' },
        {
          what: 'how far behind a whole cluster is, before anybody annotates anything',
          line: 'plan -A --all',
        },
      ],
      exitCodes:
        '0 nothing to do, 2 updates are available (also such that are held), 1 an error, or wrong usage',
    }),
  run,
};

async function run(context: CommandContext): Promise<number> {
  const fail = (message: string) => {
    context.complain(`${context.program} plan: ${message}`);
    return 1;
  };
  const help = `see ${context.program} plan --help`;
  const parsed = parseFlags(context.args, planFlags);
  if (!parsed.ok) return fail(`${parsed.message}; ${help}`);
  const given = parsed.value;
  const fault = faultOf(given);
  if (fault !== undefined) return fail(`${fault}; ${help}`);
  const format = readFormat(given.flags.get('output')?.[0]);
  if (!format) return fail(`--output must be table, json or yaml; ${help}`);
  const tried = readTried(given);
  if (!tried.ok) return fail(`${tried.problem.message}; ${help}`);

  const everywhere = given.flags.has('all-namespaces');
  const session = await openPreview(context, { given, everywhere, layer: tried.value });
  if (!session.ok) return fail(session.problem.message);
  try {
    return await plan(context, session.value, format);
  } finally {
    await session.value.close();
  }
}

/** The policy of workloads that nobody gave one, under `--all`. */
function readTried({ flags }: Given): Result<PolicyLayer | undefined> {
  if (!flags.has('all')) return ok(undefined);
  return readSetting('policy', flags.get('policy')?.[0] ?? 'minor', '--policy');
}

async function plan(
  context: CommandContext,
  { inspector, landscape }: PreviewSession,
  format: OutputFormat,
): Promise<number> {
  const inspections = await inspector.inspect(landscape.workloads, context.signal);
  const report = planOf(inspections.map(reportOf), landscape.warnings);
  if (format === 'table') for (const line of planLines(report, mayColour(context))) context.print(line);
  else await printData(context.print, format, report);
  return exitCode(report);
}

function exitCode({ summary }: Plan): number {
  if (summary.failing > 0) return 1;
  return summary.updates + summary.held > 0 ? 2 : 0;
}

function faultOf({ flags, positionals }: Given): string | undefined {
  if (positionals.length > 0) return `what is ${JSON.stringify(positionals[0])}? Manifests are named by -f`;
  if (flags.has('policy') && !flags.has('all')) return '--policy goes with --all';
  if (flags.has('filename') && flags.has('all-namespaces')) return '-A is for a cluster, not for -f';
  return undefined;
}
