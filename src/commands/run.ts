import { hostname } from 'node:os';
import { type AppOptions, runApp } from '../app.ts';
import {
  environmentName,
  readConnectionEnvironment,
  readProxySettings,
  readRunConfig,
  runFlags,
  type Setting,
} from '../config.ts';
import { loadConnection } from '../kube/connection.ts';
import { type AdjustableLogger, createLogger, type LogLevel, prettyLines } from '../observe/log.ts';
import type { ProxySettings } from '../registry/proxy.ts';
import { RegistriesSource } from '../registry/registries-source.ts';
import { systemClock } from '../runtime/clock.ts';
import { version } from '../version.ts';
import type { Command, CommandContext } from './command.ts';
import { effectiveConfig } from './effective-config.ts';
import type { CommandFlag } from './flags.ts';
import { formatHelp } from './help.ts';

/** Every flag of `plimsoll run`. */
const flags: readonly CommandFlag[] = runFlags.map((flag) => ({
  ...flag,
  toggle: flag.value === undefined,
  help: `${flag.help} (default ${flag.default})`,
}));

/** `plimsoll run`: the controller. */
export const runCommand: Command = {
  flags,
  help: helpText,
  run,
};

async function run(context: CommandContext): Promise<number> {
  const prepared = await prepare(context);
  if (typeof prepared === 'number') return prepared;
  const { app, logger, logFormat, settings } = prepared;
  const { server, contextName } = app.connection;
  if (app.config.printConfig) {
    const leaderElect = String(app.leaderElect);
    const resolved = { 'leader-elect': leaderElect, 'log-format': logFormat, context: contextName };
    const registryHosts = Object.keys(app.registries?.present.hosts ?? {});
    const around = { resolved, server: server.origin, context: contextName, proxy: app.proxy, registryHosts };
    context.print(effectiveConfig(settings, around));
    return 0;
  }
  followSignals(context, logger);
  // Only where it is: the path of an address may hold a token.
  logger.info({ version, server: server.origin, context: contextName }, 'starting');
  const end = await runApp(app, context.signal);
  logger.info({ end }, 'stopped');
  return end === 'ended' ? 0 : 1;
}

/** What the controller is built from, and what it was made of. */
interface Prepared {
  readonly app: AppOptions & { readonly proxy: ProxySettings };
  readonly logger: AdjustableLogger;
  readonly logFormat: 'json' | 'pretty';
  readonly settings: readonly Setting[];
}

/** Reads everything that may be wrong; the exit code where something is, after it was told. */
async function prepare({ args, env, complain, terminal }: CommandContext): Promise<Prepared | number> {
  const configured = readRunConfig(args, env);
  if (!configured.ok) {
    complain(configured.message);
    return 2;
  }
  const { config, settings } = configured;
  const { kubeconfig, context, registries: path } = config;
  const connection = loadConnection({ kubeconfig, context, env: readConnectionEnvironment(env) });
  if (!connection.ok) {
    complain(connection.message);
    return 1;
  }
  const logFormat = config.logFormat ?? (terminal ? 'pretty' : 'json');
  const logger = await openLog(config.logLevel, logFormat, terminal && (env['NO_COLOR'] ?? '') === '');
  const clock = systemClock;
  const registries = path === undefined ? undefined : await RegistriesSource.open(path, { clock, logger });
  if (registries?.ok === false) {
    complain(registries.problem.message);
    return 2;
  }
  const inCluster = env['KUBERNETES_SERVICE_HOST'] !== undefined && kubeconfig === undefined;
  const app = {
    config,
    connection: connection.value,
    clock,
    logger,
    version,
    instance: hostname(),
    leaderElect: config.leaderElect ?? (inCluster && !config.once),
    inCluster,
    registries: registries?.value,
    proxy: readProxySettings(env),
  };
  return { app, logger, logFormat, settings };
}

async function openLog(
  level: LogLevel,
  format: Prepared['logFormat'],
  colour: boolean,
): Promise<AdjustableLogger> {
  const destination = format === 'pretty' ? await prettyLines({ colour }) : undefined;
  return createLogger({ level, destination });
}

/** SIGUSR1 asks for every detail, and SIGUSR2 for no more than before. Unheard, SIGUSR1 would open Node's inspector. */
function followSignals({ onSignal }: CommandContext, logger: AdjustableLogger): void {
  const configured = logger.level;
  const turnTo = (level: string) => {
    logger.level = level;
    logger.warn({}, `the log level is now ${level}`);
  };
  onSignal('SIGUSR1', () => turnTo('debug'));
  onSignal('SIGUSR2', () => turnTo(configured));
}

function helpText(program: string): string {
  return formatHelp(program, {
    usage: 'run [flags]',
    purpose: 'Follows the registries of annotated workloads and rolls them forward as their policies allow.',
    flags,
    notes: [`Each flag has an environment twin: --poll-interval is ${environmentName('poll-interval')}.`],
    examples: [
      {
        what: 'decide and tell for one namespace, and change nothing',
        line: 'run --namespace shop --read-only',
      },
      {
        what: 'one complete pass over everything, then end: for a CronJob or a pipeline',
        line: 'run --once',
      },
    ],
    exitCodes:
      '0 it was told to stop, or --once is done and all is well (held counts as well); 1 no way to the cluster, the lease was lost, or --once is done and something is in an error; 2 wrong usage',
  });
}
