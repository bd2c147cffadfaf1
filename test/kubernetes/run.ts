import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildActionlint } from '../actionlint/build.ts';
import { buildHelm } from '../helm/build.ts';
import { buildImage } from '../image/build.ts';
import { buildMemoryRegistry } from '../registries/build.ts';
import { buildKubernetes } from './build.ts';
import { runCommand } from './command.ts';
import { enterNamespaces } from './namespaces.ts';
import { readOptions } from './options.ts';
import type { RunOptions } from './options.ts';
import { busybox, checkPrerequisites } from './prerequisites.ts';
import { SetupError, startFailed } from './setup-error.ts';

/**
 * `npm run test:cluster`: runs tests against a real Kubernetes cluster that lives as long as the run.
 *
 * Standard output is the tests' alone; what the runner has to say goes to standard error. The exit code is the tests'.
 */
async function main(args: readonly string[]): Promise<number> {
  const options = readOptions(args);
  if (process.env['PLIMSOLL_TEST_KUBECONFIG']) return runInGivenCluster(options);

  checkPrerequisites(options);
  const binary = buildKubernetes();
  // Inside there is no network to build these with.
  buildMemoryRegistry();
  process.env['PLIMSOLL_TEST_HELM'] = buildHelm();
  process.env['PLIMSOLL_TEST_ACTIONLINT'] = buildActionlint();
  if (options.image) process.env['PLIMSOLL_TEST_IMAGE'] = buildImage();
  const directory = mkdtempSync(join(tmpdir(), 'plimsoll-cluster-'));
  const code = await runInOwnCluster([directory, binary, ...args], options);
  if (code === 0 || code > 128) {
    rmSync(directory, { recursive: true });
    return code;
  }
  for (const name of readdirSync(directory).filter((entry) => entry !== 'logs')) {
    rmSync(join(directory, name), { recursive: true });
  }
  say(`the logs of all components are in ${join(directory, 'logs')}`);
  return code === startFailed ? 1 : code;
}

/** Runs `inside.ts` in namespaces of its own. The first signal asks it to stop in good order, a second one ends it all at once. */
async function runInOwnCluster(args: readonly string[], { keep }: RunOptions): Promise<number> {
  const child = enterNamespaces(join(import.meta.dirname, 'inside.ts'), args);
  let stoppedBy: NodeJS.Signals | undefined;
  const onSignal = (name: NodeJS.Signals): void => {
    if (stoppedBy !== undefined) child.kill('SIGKILL');
    else if (child.connected) child.disconnect();
    stoppedBy = name;
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal).on('SIGHUP', onSignal);
  child.on('message', (variables) => {
    if (typeof variables === 'string') say(howToUse(child.pid, variables));
  });

  const code = await new Promise<number | null>((resolve) => child.once('exit', resolve));
  // A kept cluster is ended by Ctrl-C; that says nothing about the tests before it.
  if (stoppedBy !== undefined && !keep) return 128 + constants.signals[stoppedBy];
  return code ?? startFailed;
}

function howToUse(pid: number | undefined, variables: string): string {
  const enter = `nsenter --target=${pid} --net`;
  return [
    'kept until Ctrl-C; another terminal enters its network and uses it by',
    ...variables.split('\n').map((variable) => `export ${variable}`),
    `${enter} "$PLIMSOLL_TEST_KUBECTL" --kubeconfig="$PLIMSOLL_TEST_KUBECONFIG" get pods --all-namespaces`,
    `${enter} node --test test/cluster/node.test.ts`,
  ].join('\n  ');
}

/** Uses the cluster and the registry that the caller names, starts nothing and ends nothing. */
async function runInGivenCluster({ command }: RunOptions): Promise<number> {
  if (!process.env['PLIMSOLL_TEST_REGISTRY']) {
    throw new SetupError(
      'PLIMSOLL_TEST_KUBECONFIG is set, so PLIMSOLL_TEST_REGISTRY must name a registry that its nodes pull from',
    );
  }
  if (command.length === 0) throw new SetupError('the cluster is not ours to keep: name tests or a command');
  const defaults = { PLIMSOLL_TEST_KUBECTL: 'kubectl', PLIMSOLL_TEST_BUSYBOX: busybox };
  const environment = { ...defaults, ...process.env, PLIMSOLL_TEST_BACKEND: 'cluster' };
  return runCommand(command, environment, new AbortController().signal);
}

function say(text: string): void {
  process.stderr.write(`test cluster: ${text}\n`);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  say(error.message);
  process.exitCode = 1;
}
