import { hostname } from 'node:os';
import { runApp } from '../app.ts';
import { environmentName, type Flag, readProxySettings, readRunConfig, runFlags } from '../config.ts';
import { type ConnectionEnvironment, loadConnection } from '../kube/connection.ts';
import { createLogger, prettyLines } from '../observe/log.ts';
import { RegistriesSource } from '../registry/registries-source.ts';
import { systemClock } from '../runtime/clock.ts';
import { version } from '../version.ts';
import type { Command, CommandContext } from './command.ts';

/** `plimsoll run`: the controller. */
export const runCommand: Command = {
  help: helpText,
  run,
};

async function run({ args, env, complain, terminal, signal }: CommandContext): Promise<number> {
  const configured = readRunConfig(args, env);
  if (!configured.ok) {
    complain(configured.message);
    return 2;
  }
  const { config } = configured;
  const connection = loadConnection({
    kubeconfig: config.kubeconfig,
    context: config.context,
    env: connectionEnvironment(env),
  });
  if (!connection.ok) {
    complain(connection.message);
    return 1;
  }
  const format = config.logFormat ?? (terminal ? 'pretty' : 'json');
  const destination = format === 'pretty' ? await prettyLines() : undefined;
  const logger = createLogger({ level: config.logLevel, destination });
  const registries =
    config.registries === undefined
      ? undefined
      : await RegistriesSource.open(config.registries, { clock: systemClock, logger });
  if (registries?.ok === false) {
    complain(registries.problem.message);
    return 2;
  }
  const inCluster = env['KUBERNETES_SERVICE_HOST'] !== undefined && config.kubeconfig === undefined;
  const { server, contextName } = connection.value;
  logger.info({ version, server: server.href, context: contextName }, 'starting');
  const end = await runApp(
    {
      config,
      connection: connection.value,
      clock: systemClock,
      logger,
      version,
      instance: hostname(),
      leaderElect: config.leaderElect ?? (inCluster && !config.once),
      inCluster,
      registries: registries?.value,
      proxy: readProxySettings(env),
    },
    signal,
  );
  logger.info({ end }, 'stopped');
  return end === 'ended' ? 0 : 1;
}

function connectionEnvironment(env: CommandContext['env']): ConnectionEnvironment {
  return {
    KUBECONFIG: env['KUBECONFIG'],
    HOME: env['HOME'],
    KUBERNETES_SERVICE_HOST: env['KUBERNETES_SERVICE_HOST'],
    KUBERNETES_SERVICE_PORT: env['KUBERNETES_SERVICE_PORT'],
  };
}

function helpText(): string {
  const lines = runFlags.map((flag) => `  ${usage(flag).padEnd(30)} ${flag.help} (default ${flag.default})`);
  return [
    'Usage: plimsoll run [flags]',
    '',
    'Follows the registries of annotated workloads and rolls them forward as their policies allow.',
    '',
    ...lines,
    '',
    `Each flag has an environment twin: --poll-interval is ${environmentName('poll-interval')}.`,
  ].join('\n');
}

function usage({ name, value, repeatable }: Flag): string {
  if (value === undefined) return `--${name}[=true|false]`;
  return `--${name} ${value}${repeatable ? ' …' : ''}`;
}
