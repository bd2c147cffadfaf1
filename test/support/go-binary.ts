import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SetupError } from '../kubernetes/setup-error.ts';
import { cacheDirectory, forgetOldBuilds } from './build-cache.ts';

/** A Go module of ours to build. */
export interface GoModule {
  /** What the binary is called. */
  readonly name: string;
  /** The directory with go.mod. */
  readonly source: string;
  /** The command to build, where it is not the module's own: one of a module that it requires. */
  readonly command?: string;
  readonly flags: readonly string[];
  /** How long it takes, for the person who waits. */
  readonly why: string;
}

const commonFlags = ['-mod=readonly', '-trimpath', '-buildvcs=false'];

/**
 * Returns the path of a Go binary of ours, building it when the cache has none for these sources.
 *
 * It lies in the {@link cacheDirectory} under `<name>/<hash>/<name>`, the hash being of the Go sources, the Go version and
 * the flags. A cold build prints to stderr. Two builds at once: the second waits for the first (flock) and takes its
 * result. Throws SetupError without Go, or when the build fails.
 */
export function buildGo({ name, source, command, flags: own, why }: GoModule): string {
  const flags = [...commonFlags, ...own];
  const directory = join(
    cacheDirectory(),
    name,
    contentHash(source, [goVersion(source), ...flags, ...(command ? [command] : [])]),
  );
  const binary = join(directory, name);
  mkdirSync(directory, { recursive: true });

  // The lock belongs to the kernel, so a killed build leaves none; the rename is atomic, so nobody sees half a binary.
  const script = `binary=$1 what=$2; shift 2
    test -x "$binary" && exit
    echo "building $what" >&2
    "$@" && mv "$binary.partial" "$binary"`;
  const build = ['go', 'build', ...flags, '-o', `${binary}.partial`, command ?? '.'];
  const { status, error } = spawnSync(
    'flock',
    [join(directory, 'lock'), 'sh', '-c', script, 'sh', binary, `${name} for the tests: ${why}`, ...build],
    { cwd: source, env: goEnvironment(), stdio: ['ignore', 2, 2] },
  );
  if (error)
    throw new SetupError('flock is missing; install the Debian package util-linux', { cause: error });
  if (status !== 0) throw new SetupError(`the Go build of ${name} failed; its output is above`);

  forgetOldBuilds(directory);
  return binary;
}

function goEnvironment(): NodeJS.ProcessEnv {
  // CGO off makes the binary static; flags or a workspace of the user would change what is built behind the hash.
  return { ...process.env, CGO_ENABLED: '0', GOFLAGS: '', GOWORK: 'off' };
}

function goVersion(source: string): string {
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

function contentHash(source: string, words: readonly string[]): string {
  const hash = createHash('sha256').update(JSON.stringify(words));
  const files = readdirSync(source).filter(
    (name) => name.endsWith('.go') || name === 'go.mod' || name === 'go.sum',
  );
  for (const name of files.toSorted()) hash.update(`\n${name}\n`).update(readFileSync(join(source, name)));
  return hash.digest('hex').slice(0, 16);
}
