import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { SetupError } from './setup-error.ts';

const source = import.meta.dirname;
const keptForDays = 30;

/**
 * Returns the path of the binary that is every program of Kubernetes, building it when the cache has none for these sources.
 *
 * The cache is `$PLIMSOLL_CACHE`, else `$XDG_CACHE_HOME/plimsoll`, else `~/.cache/plimsoll`, below it `kubernetes/<hash>/kubernetes`,
 * the hash being of the Go sources, the Go version and the flags. A cold build takes minutes of two cores and prints to stderr.
 * Two builds at once: the second waits for the first (flock) and takes its result. Throws SetupError without Go, or when the build fails.
 */
export function buildKubernetes(): string {
  const flags = buildFlags();
  const directory = join(cacheDirectory(), 'kubernetes', contentHash([goVersion(), ...flags]));
  const binary = join(directory, 'kubernetes');
  mkdirSync(directory, { recursive: true });

  // The lock belongs to the kernel, so a killed build leaves none; the rename is atomic, so nobody sees half a binary.
  const script = `binary=$1; shift
    test -x "$binary" && exit
    echo 'building Kubernetes for the test cluster: minutes, once' >&2
    "$@" && mv "$binary.partial" "$binary"`;
  const command = ['go', 'build', ...flags, '-o', `${binary}.partial`, '.'];
  const { status, error } = spawnSync(
    'flock',
    [join(directory, 'lock'), 'sh', '-c', script, 'sh', binary, ...command],
    {
      cwd: source,
      env: goEnvironment(),
      stdio: ['ignore', 2, 2],
    },
  );
  if (error)
    throw new SetupError('flock is missing; install the Debian package util-linux', { cause: error });
  if (status !== 0) throw new SetupError('the Go build of the cluster binary failed; its output is above');

  const now = new Date();
  utimesSync(directory, now, now);
  forgetOldBuilds(dirname(directory), now);
  return binary;
}

function cacheDirectory(): string {
  const { PLIMSOLL_CACHE: own, XDG_CACHE_HOME: shared } = process.env;
  return own ?? join(shared ?? join(homedir(), '.cache'), 'plimsoll');
}

function goEnvironment(): NodeJS.ProcessEnv {
  // CGO off makes the binary static; flags or a workspace of the user would change what is built behind the hash.
  return { ...process.env, CGO_ENABLED: '0', GOFLAGS: '', GOWORK: 'off' };
}

function goVersion(): string {
  try {
    return execFileSync('go', ['env', 'GOVERSION'], {
      cwd: source,
      env: goEnvironment(),
      encoding: 'utf8',
    }).trim();
  } catch (cause) {
    const advice =
      'install Go 1.26 or later (https://go.dev/dl/; an older Go from 1.21 on fetches it by itself)';
    throw new SetupError(`the command go is missing or fails: ${advice}`, { cause });
  }
}

/** The flags, with the version of k8s.io/kubernetes in go.mod as what the programs say they are. */
function buildFlags(): string[] {
  const version = /k8s\.io\/kubernetes (v1\.(\d+)\.\d+)/.exec(readFileSync(join(source, 'go.mod'), 'utf8'));
  const [, full, minor] = version ?? [];
  if (full === undefined || minor === undefined)
    throw new SetupError('go.mod does not name k8s.io/kubernetes');
  const values = {
    gitVersion: full,
    gitMajor: '1',
    gitMinor: minor,
    gitCommit: 'unknown',
    gitTreeState: 'clean',
  };
  const settings = ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'].flatMap((module) =>
    Object.entries(values).map(([name, value]) => `-X ${module}.${name}=${value}`),
  );
  return ['-mod=readonly', '-trimpath', '-buildvcs=false', `-ldflags=-s -w ${settings.join(' ')}`];
}

function contentHash(words: readonly string[]): string {
  const hash = createHash('sha256').update(JSON.stringify(words));
  const files = readdirSync(source).filter(
    (name) => name.endsWith('.go') || name === 'go.mod' || name === 'go.sum',
  );
  for (const name of files.toSorted()) hash.update(`\n${name}\n`).update(readFileSync(join(source, name)));
  return hash.digest('hex').slice(0, 16);
}

/** Removes builds that nobody has asked for in a month: each is 150 MB. */
function forgetOldBuilds(parent: string, now: Date): void {
  for (const name of readdirSync(parent)) {
    const ageDays = (now.getTime() - statSync(join(parent, name)).mtimeMs) / 86_400_000;
    if (ageDays > keptForDays) rmSync(join(parent, name), { recursive: true });
  }
}

if (import.meta.main) console.log(buildKubernetes());
