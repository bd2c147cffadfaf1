import { environmentName, readProxySettings } from '../../config.ts';
import { isKubeError } from '../../kube/errors.ts';
import { ok, problem, type Result } from '../../model/result.ts';
import type { PolicyLayer } from '../../policy/policy-layer.ts';
import { createRegistryClient } from '../../registry/client.ts';
import { emptySource, RegistriesSource } from '../../registry/registries-source.ts';
import { systemClock } from '../../runtime/clock.ts';
import { version } from '../../version.ts';
import { clusterFlags, namespaceFlag, openCluster } from '../cluster/cluster-session.ts';
import type { CommandContext } from '../command.ts';
import type { CommandFlag, Given } from '../flags.ts';
import { Inspector } from './inspector.ts';
import { readCluster } from './landscape-of-cluster.ts';
import { landscapeOfFiles } from './landscape-of-files.ts';
import type { ConfiguredCredentials, Landscape } from './landscape.ts';
import { readManifests } from './manifests.ts';

/** The flags that say what a preview looks at. */
export const previewFlags: readonly CommandFlag[] = [
  {
    name: 'filename',
    short: 'f',
    value: 'FILE',
    repeatable: true,
    help: 'manifests instead of a cluster: a file, a folder, or - for standard input',
  },
  { name: 'recursive', short: 'R', help: 'with -f FOLDER: the folders within it as well' },
  ...clusterFlags,
  {
    ...namespaceFlag,
    repeatable: true,
    help: 'namespace (default that of the context); with -f: where it is not said',
  },
  {
    name: 'registries',
    value: 'FILE',
    help: 'mirrors, credentials and TLS of registries, as for plimsoll run',
  },
  {
    name: 'keel-annotations',
    value: 'BOOLEAN',
    help: 'read keel.sh/* annotations and labels (default true)',
  },
  { name: 'output', short: 'o', value: 'FORMAT', help: 'table, json or yaml (default table)' },
];

/** What a preview is asked to look at. */
export interface PreviewQuestion {
  readonly given: Given;
  /** All namespaces of the cluster. */
  readonly everywhere: boolean;
  /** Settings that are weaker than any other source. */
  readonly layer?: PolicyLayer | undefined;
}

/** A landscape and who inspects it. To be closed by who opened it. */
export interface PreviewSession {
  readonly landscape: Landscape;
  readonly inspector: Inspector;
  readonly close: () => Promise<void>;
}

/** How long a repository would rest between two looks; a preview looks once. */
const interval = 300_000;
const silentMetrics = {
  registryRequest: () => {},
  registryQuota: () => {},
  registryPause: () => {},
  registryThrottled: () => {},
};
const silentLogger = { info: () => {}, warn: () => {} };
const userAgent = `plimsoll/${version}`;

/** Opens what a preview looks at: manifests, or the cluster of the kubeconfig. A problem is one line for the user. */
export async function openPreview(
  context: CommandContext,
  question: PreviewQuestion,
): Promise<Result<PreviewSession>> {
  const { given, layer } = question;
  const file = given.flags.get('registries')?.[0] ?? context.env[environmentName('registries')];
  const registries =
    file === undefined
      ? ok(emptySource)
      : await RegistriesSource.open(file, { clock: systemClock, logger: silentLogger });
  if (!registries.ok) return registries;
  const { present } = registries.value;
  const configured: ConfiguredCredentials = (need) => present.credentialsFor(need);
  const landscape = given.flags.has('filename')
    ? await readFromFiles(context, given, configured)
    : await readFromCluster(context, question, configured);
  if (!landscape.ok) return landscape;
  const registry = createRegistryClient({
    clock: systemClock,
    metrics: silentMetrics,
    userAgent,
    hosts: () => present.hosts,
    proxy: readProxySettings(context.env),
  });
  const keelAnnotations = given.flags.get('keel-annotations')?.[0] !== 'false';
  const inspector = new Inspector({
    landscape: landscape.value.landscape,
    registry,
    clock: systemClock,
    defaults: { interval, keelAnnotations, ...(layer && { layer }) },
  });
  const close = async () => {
    await Promise.all([registry.close(), landscape.value.close()]);
  };
  return ok({ landscape: landscape.value.landscape, inspector, close });
}

interface Opened {
  readonly landscape: Landscape;
  readonly close: () => Promise<void>;
}

async function readFromFiles(
  context: CommandContext,
  { flags }: Given,
  configured: ConfiguredCredentials,
): Promise<Result<Opened>> {
  const paths = flags.get('filename') ?? [];
  const recursive = flags.has('recursive');
  const objects = await readManifests({ paths, recursive, input: context.input });
  if (!objects.ok) return objects;
  const landscape = landscapeOfFiles(objects.value, flags.get('namespace')?.[0] ?? 'default', configured);
  if (landscape.workloads.length === 0) {
    return problem('InvalidPolicy', `${paths.join(', ')} holds no workload that can be followed`);
  }
  return ok({ landscape, close: async () => {} });
}

async function readFromCluster(
  context: CommandContext,
  { given, everywhere }: PreviewQuestion,
  configured: ConfiguredCredentials,
): Promise<Result<Opened>> {
  const opened = openCluster(context, given);
  if (!opened.ok) return problem('Unavailable', opened.message);
  const { client, namespace } = opened;
  const namespaces = everywhere ? [] : (given.flags.get('namespace') ?? [namespace]);
  const reading = { client, clock: systemClock, configured, namespaces };
  try {
    const landscape = await readCluster(reading, context.signal);
    return ok({ landscape, close: () => client.close() });
  } catch (error) {
    await client.close();
    if (!isKubeError(error)) throw error;
    return problem('Unavailable', error.message);
  }
}
