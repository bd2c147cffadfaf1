import { parseArgs } from 'node:util';
import type { ConnectionEnvironment } from './kube/connection.ts';
import { parseDuration } from './model/duration.ts';
import { logLevels, type LogLevel } from './observe/log.ts';

/** The settings of `plimsoll run`. */
export interface RunConfig {
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  /** Namespaces to work in; empty: all. */
  readonly namespaces: readonly string[];
  /** Namespaces to leave alone, where it is all others. */
  readonly excludedNamespaces: readonly string[];
  /** Milliseconds between two looks, where a workload does not say. */
  readonly pollInterval: number;
  /** The registries file, where there is one. */
  readonly registries: string | undefined;
  /** Undefined: on inside a cluster, off outside. */
  readonly leaderElect: boolean | undefined;
  readonly address: string;
  readonly logLevel: LogLevel;
  /** Undefined: pretty on a terminal, JSON elsewhere. */
  readonly logFormat: 'json' | 'pretty' | undefined;
  readonly maxRollouts: number;
  readonly keelAnnotations: boolean;
  readonly readOnly: boolean;
  /** Whether each container that is behind has series of its own in the metrics. */
  readonly containerMetrics: boolean;
  readonly once: boolean;
  /** Whether to show all of this and end. */
  readonly printConfig: boolean;
}

/** What was said of one flag, as it was written, and where; nothing where its default holds. */
export interface Setting {
  readonly flag: Flag;
  readonly values: readonly string[];
  readonly origin: 'flag' | 'environment' | 'default';
}

/** One flag of the command line, with what `--help` and the documentation say of it. */
export interface Flag {
  readonly name: string;
  /** What stands for its value in the help; a switch has none. */
  readonly value?: string;
  readonly repeatable?: boolean;
  readonly default: string;
  readonly help: string;
}

/** Every flag of `plimsoll run`; each has an environment twin, see {@link environmentName}. */
export const runFlags: readonly Flag[] = [
  {
    name: 'kubeconfig',
    value: 'FILE',
    default: 'as kubectl',
    help: 'kubeconfig file; without one KUBECONFIG, the service account of the pod and ~/.kube/config are tried',
  },
  { name: 'context', value: 'NAME', default: 'current', help: 'context of the kubeconfig' },
  {
    name: 'namespace',
    value: 'NAME',
    repeatable: true,
    default: 'all',
    help: 'work in this namespace only; may be given several times',
  },
  {
    name: 'exclude-namespace',
    value: 'NAME',
    repeatable: true,
    default: 'none',
    help: 'leave this namespace alone, whatever its workloads ask for; may be given several times',
  },
  {
    name: 'poll-interval',
    value: 'DURATION',
    default: '5m',
    help: 'how often a repository is looked at, where a workload does not say',
  },
  {
    name: 'registries',
    value: 'FILE',
    default: 'none',
    help: 'mirrors, credentials, TLS and limits of registries, in the format of registries.yaml of K3s; read again when it changes',
  },
  {
    name: 'leader-elect',
    default: 'on in a cluster',
    help: 'work only while holding the Lease "plimsoll", so that several replicas may run',
  },
  {
    name: 'address',
    value: 'ADDRESS',
    default: ':8080',
    help: 'where /metrics, /livez and /readyz are served',
  },
  { name: 'log-level', value: 'LEVEL', default: 'info', help: `one of ${logLevels.join(', ')}` },
  { name: 'log-format', value: 'FORMAT', default: 'pretty on a terminal', help: 'json or pretty' },
  {
    name: 'max-rollouts',
    value: 'COUNT',
    default: '10',
    help: 'how many rollouts may be incomplete at once',
  },
  { name: 'keel-annotations', default: 'true', help: 'read keel.sh/* annotations and labels' },
  { name: 'read-only', default: 'false', help: 'decide and tell, but change no workload' },
  {
    name: 'container-metrics',
    default: 'false',
    help: 'show each container that is behind in the metrics, not only their number',
  },
  {
    name: 'once',
    default: 'false',
    help: 'look at everything once, apply what may be applied, follow the rollouts, then exit',
  },
  { name: 'print-config', default: 'false', help: 'show every setting and where it comes from, then exit' },
];

/** The configuration, or one line that says what is wrong with it. */
export type Configured =
  | { readonly ok: true; readonly config: RunConfig; readonly settings: readonly Setting[] }
  | { readonly ok: false; readonly message: string };

/** The environment twin of a flag: `poll-interval` is `PLIMSOLL_POLL_INTERVAL`. */
export function environmentName(flag: string): string {
  return `PLIMSOLL_${flag.toUpperCase().replaceAll('-', '_')}`;
}

/**
 * The proxies that an environment names. The names in lower case count first, as for curl; the upper-case `HTTP_PROXY`
 * is not heeded where a CGI program could have been given it by a request.
 */
export function readProxySettings(env: Readonly<Record<string, string | undefined>>): {
  readonly http: string | undefined;
  readonly https: string | undefined;
  readonly no: string | undefined;
} {
  const read = (name: string) => env[name] ?? env[name.toUpperCase()];
  const isGateway = env['REQUEST_METHOD'] !== undefined;
  return {
    http: isGateway ? env['http_proxy'] : read('http_proxy'),
    https: read('https_proxy'),
    no: read('no_proxy'),
  };
}

/** The variables of an environment that say where the cluster is. */
export function readConnectionEnvironment(
  env: Readonly<Record<string, string | undefined>>,
): ConnectionEnvironment {
  return {
    KUBECONFIG: env['KUBECONFIG'],
    HOME: env['HOME'],
    KUBERNETES_SERVICE_HOST: env['KUBERNETES_SERVICE_HOST'],
    KUBERNETES_SERVICE_PORT: env['KUBERNETES_SERVICE_PORT'],
  };
}

/** Reads the flags of `plimsoll run` and their environment twins; a flag is stronger than its twin. */
export function readRunConfig(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Configured {
  const given = readFlags(args);
  if (typeof given === 'string') return { ok: false, message: given };
  const settings = runFlags.map((flag): Setting => {
    const values = given.get(flag.name);
    if (values !== undefined) return { flag, values, origin: 'flag' };
    const twin = env[environmentName(flag.name)] ?? '';
    if (twin === '') return { flag, values: [], origin: 'default' };
    return { flag, values: flag.repeatable ? twin.split(',') : [twin], origin: 'environment' };
  });
  const valuesOf = (name: string) => settings.find(({ flag }) => flag.name === name)?.values ?? [];
  try {
    return { ok: true, config: buildConfig(valuesOf), settings };
  } catch (error) {
    if (error instanceof WrongUsage) return { ok: false, message: error.message };
    throw error;
  }
}

/** A value that cannot be used; its message is one line for the user. */
class WrongUsage extends Error {}

function readFlags(args: readonly string[]): Map<string, readonly string[]> | string {
  const options = Object.fromEntries(
    runFlags.map(({ name, value }) => [
      name,
      { type: value ? 'string' : 'boolean', multiple: true } as const,
    ]),
  );
  try {
    const { values } = parseArgs({
      args: splitSwitches(args),
      options,
      allowNegative: true,
      strict: true,
      allowPositionals: false,
    });
    return new Map(Object.entries(values).map(([name, list]) => [name, (list ?? []).map(String)]));
  } catch (error) {
    const message = error instanceof Error ? error.message.split('\n')[0] : String(error);
    return `${message}; see plimsoll run --help`;
  }
}

/** `--leader-elect=false` is how Kubernetes programs are told; parseArgs knows `--no-leader-elect`. */
function splitSwitches(args: readonly string[]): string[] {
  const switches = runFlags.filter(({ value }) => value === undefined).map(({ name }) => name);
  return args.map((arg) => {
    const [, name, value] = /^--([a-z-]+)=(true|false)$/.exec(arg) ?? [];
    if (name === undefined || !switches.includes(name)) return arg;
    return value === 'true' ? `--${name}` : `--no-${name}`;
  });
}

function buildConfig(read: (name: string) => readonly string[]): RunConfig {
  const last = (name: string) => read(name).at(-1);
  const pollInterval = duration('poll-interval', last('poll-interval') ?? '5m');
  const address = last('address') ?? ':8080';
  if (!isAddress(address)) throw wrong('address', 'must be an address such as :8080');
  const logLevel = logLevels.find((level) => level === (last('log-level') ?? 'info'));
  if (!logLevel) throw wrong('log-level', `must be one of ${logLevels.join(', ')}`);
  const logFormat = last('log-format');
  if (logFormat !== undefined && logFormat !== 'json' && logFormat !== 'pretty')
    throw wrong('log-format', 'must be json or pretty');
  return {
    kubeconfig: last('kubeconfig'),
    context: last('context'),
    ...scope(read('namespace'), read('exclude-namespace')),
    pollInterval,
    registries: last('registries'),
    leaderElect: toggle('leader-elect', last('leader-elect')),
    address,
    logLevel,
    logFormat,
    maxRollouts: count('max-rollouts', last('max-rollouts') ?? '10'),
    keelAnnotations: toggle('keel-annotations', last('keel-annotations')) ?? true,
    readOnly: toggle('read-only', last('read-only')) ?? false,
    containerMetrics: toggle('container-metrics', last('container-metrics')) ?? false,
    once: toggle('once', last('once')) ?? false,
    printConfig: toggle('print-config', last('print-config')) ?? false,
  };
}

function duration(name: string, text: string): number {
  const milliseconds = parseDuration(text);
  if (milliseconds === undefined) throw wrong(name, 'must be a duration such as 90s, 5m or 1h30m');
  if (milliseconds < 1_000) throw wrong(name, 'must be at least 1s');
  return milliseconds;
}

function count(name: string, text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw wrong(name, 'must be a whole number from 1');
  return Number(text);
}

function isAddress(text: string): boolean {
  const port = /^(?:[^\s:]*|\[[0-9a-fA-F:]+\]):(\d{1,5})$/.exec(text)?.[1];
  return port !== undefined && Number(port) <= 65_535;
}

function toggle(name: string, text: string | undefined): boolean | undefined {
  if (text === undefined) return undefined;
  if (text !== 'true' && text !== 'false') throw wrong(name, 'must be true or false');
  return text === 'true';
}

function scope(
  only: readonly string[],
  except: readonly string[],
): Pick<RunConfig, 'namespaces' | 'excludedNamespaces'> {
  const namespaces = namespaceNames('namespace', only);
  const excludedNamespaces = namespaceNames('exclude-namespace', except);
  if (namespaces.length > 0 && excludedNamespaces.length > 0)
    throw wrong('exclude-namespace', 'takes from all namespaces, so it cannot go with --namespace');
  return { namespaces, excludedNamespaces };
}

function namespaceNames(flag: string, names: readonly string[]): readonly string[] {
  for (const name of names) {
    if (!/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(name))
      throw wrong(flag, `${JSON.stringify(name)} is not a namespace name`);
  }
  return [...new Set(names)];
}

function wrong(name: string, what: string): WrongUsage {
  return new WrongUsage(`--${name} (${environmentName(name)}) ${what}; see plimsoll run --help`);
}
