import { globSync, readFileSync } from 'node:fs';
import { testCommand } from '../support/test-command.ts';
import { SetupError } from './setup-error.ts';

/** In this order: what stands last looks back at all of them. */
const defaultPatterns = [
  'test/behaviour/**/*.test.ts',
  'test/cluster/**/*.test.ts',
  'test/whole-run/**/*.test.ts',
];

const usage = `usage: node test/kubernetes/run.ts [--no-node] [--no-pods] [--keep] [--] [node --test options] [test files or globs]
       node test/kubernetes/run.ts [--no-node] [--keep] --exec command [arguments]

  --no-node   control plane and registry only: no scheduler, containerd and kubelet
  --no-pods   controllers of the tests work in the process of the tests, as without a node, and not as pods of our image
  --keep      leave the cluster up until Ctrl-C: after the tests, or without any when no file is named
  --exec      run a command in the cluster instead of tests

Options of node --test are written as one word (--test-name-pattern=title). Without files: ${defaultPatterns.join(' ')}`;

/** What a run was asked to do. */
export type RunOptions = {
  readonly node: boolean;
  readonly keep: boolean;
  /** Whether controllers of the tests run as pods of our own image. */
  readonly pods: boolean;
  /** Whether that image has to be built, for them or for tests that install it. */
  readonly image: boolean;
  /** The command to run inside, empty for none. */
  readonly command: readonly string[];
};

/** Reads the command line. Throws a SetupError for an unknown option and when no test file matches: node itself would call that success. */
export function readOptions(args: readonly string[]): RunOptions {
  const { own, rest } = takeOwn(args);
  const node = !own.has('--no-node');
  const common = { node, keep: own.has('--keep'), pods: false, image: false };

  if (own.has('--exec')) {
    if (rest.length === 0) throw new SetupError(`--exec needs a command\n${usage}`);
    return { ...common, command: rest };
  }
  const patterns = rest.filter((word) => !word.startsWith('-'));
  if (common.keep && patterns.length === 0) return { ...common, command: [] };
  const files = testFiles(patterns);
  const flags = rest.filter((word) => word.startsWith('-'));
  const pods = node && !own.has('--no-pods') && files.some(speaksOf('startBackend()', 'openShop(defer)'));
  const image = pods || (node && files.some(speaksOf('Checkout')));
  // One file after the other unless told otherwise: they share a cluster, and two cores.
  const command = [process.execPath, ...testCommand(files, { concurrency: 1, flags })];
  return { ...common, pods, image, command };
}

/** Takes the runner's own options off the front, up to the command after --exec. */
function takeOwn(args: readonly string[]): {
  readonly own: ReadonlySet<string>;
  readonly rest: readonly string[];
} {
  const own = new Set<string>();
  const rest = [...args];
  while (rest[0]?.startsWith('--') && rest[0] !== '--') {
    const option = rest.shift() ?? '';
    if (option === '--help') throw new SetupError(usage);
    if (!['--no-node', '--no-pods', '--keep', '--exec'].includes(option))
      throw new SetupError(`unknown option ${option}\n${usage}`);
    own.add(option);
    if (option === '--exec') break;
  }
  if (rest[0] === '--') rest.shift();
  return { own, rest };
}

/** Whether a file of tests uses one of some things: only then it is worth the time that it takes. */
function speaksOf(...names: readonly string[]): (file: string) => boolean {
  return (file) => {
    const text = readFileSync(file, 'utf8');
    return names.some((name) => text.includes(name));
  };
}

function testFiles(patterns: readonly string[]): readonly string[] {
  const files = globSync(patterns.length > 0 ? patterns : defaultPatterns).toSorted();
  if (files.length === 0)
    throw new SetupError(`no test file matches ${patterns.join(' ') || defaultPatterns.join(' ')}`);
  return files;
}
