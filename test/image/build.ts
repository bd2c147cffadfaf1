import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { SetupError } from '../kubernetes/setup-error.ts';
import { cacheDirectory, forgetOldBuilds } from '../support/build-cache.ts';
import { layOutStandIns } from './stand-ins.ts';

const root = join(import.meta.dirname, '..', '..');

/** An architecture that the image is built for, as Go and the OCI specification call it. */
export type Architecture = 'amd64' | 'arm64';

/** That of this machine, on which the image can also be run, and the one on which it cannot. */
export const [ownArchitecture, otherArchitecture]: readonly [Architecture, Architecture] =
  process.arch === 'arm64' ? ['arm64', 'amd64'] : ['amd64', 'arm64'];

/**
 * Builds the image of the Dockerfile with buildah, and returns the directory in which buildah keeps it.
 *
 * Stand-ins take the place of the base images. Stand-ins and the layer of `npm ci` are made once for a lock file; then it
 * takes some seconds and no network. Throws a SetupError when it fails, with the end of what buildah said.
 */
export function buildImage(): string {
  const directory = join(cacheDirectory(), 'image', contentHash());
  mkdirSync(directory, { recursive: true });
  const again = [join(directory, 'lock'), process.execPath, import.meta.filename, directory];
  const { status } = spawnSync('flock', again, { stdio: ['ignore', 2, 2] });
  if (status !== 0) throw new SetupError('the image could not be built; what buildah said is above');
  forgetOldBuilds(directory);
  return directory;
}

/** The arguments of `buildah` that build the Dockerfile on the stand-ins. Name a tag and a context behind them. */
export function buildArguments(directory: string, architecture: Architecture): readonly string[] {
  return [
    ...storageArguments(directory),
    'build',
    '--isolation=chroot',
    '--layers',
    `--platform=linux/${architecture}`,
    // Debian's buildah does not set it when it is told a platform.
    `--build-arg=BUILDPLATFORM=linux/${ownArchitecture}`,
    // So that equal content gives equal layers.
    '--timestamp=0',
    ...baseImages().map(
      ([name, stage]) => `--build-context=${name}=container-image://${standIn(stage, architecture)}`,
    ),
  ];
}

/** The arguments of `buildah` that name where it keeps images. */
export function storageArguments(directory: string): readonly string[] {
  return [`--root=${join(directory, 'storage')}`, `--runroot=${join(directory, 'run')}`];
}

/** What the image of an architecture is called in the storage. */
export function imageName(architecture: Architecture): string {
  return `localhost/plimsoll:${architecture}`;
}

function buildAll(directory: string): void {
  const made = join(directory, 'stand-ins-made');
  if (!existsSync(made)) {
    makeStandIns(directory);
    mkdirSync(made);
  }
  // Of one state of the sources, also while somebody is editing them.
  const context = join(directory, 'context');
  rmSync(context, { recursive: true, force: true });
  mkdirSync(context);
  execFileSync('cp', ['-a', '--parents', ...contextFiles(), context], { cwd: root });
  for (const architecture of [ownArchitecture, otherArchitecture]) {
    buildah([...buildArguments(directory, architecture), `--tag=${imageName(architecture)}`, context]);
  }
}

/** What .dockerignore does not ignore. */
function contextFiles(): readonly string[] {
  const ignored = readFileSync(join(root, '.dockerignore'), 'utf8').split('\n');
  const copied = ignored.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
  return ['Dockerfile', '.dockerignore', ...copied];
}

function makeStandIns(directory: string): void {
  console.error('building the base of the image for the tests: half a minute, once');
  const context = join(directory, 'stand-ins');
  rmSync(context, { recursive: true, force: true });
  layOutStandIns(context);
  const make = (stage: string, architecture: Architecture) =>
    buildah([
      ...storageArguments(directory),
      'build',
      '--isolation=chroot',
      `--target=${stage}`,
      `--build-arg=ARCHITECTURE=${architecture}`,
      `--tag=${standIn(stage, architecture)}`,
      context,
    ]);
  make('build', ownArchitecture);
  // Were the base the same, buildah would take the image of one architecture out of its cache for that of the other.
  for (const architecture of [ownArchitecture, otherArchitecture]) make('runtime', architecture);
  rmSync(context, { recursive: true });
}

/** The base images of the Dockerfile, as it spells them, with the stage of `stand-ins.Dockerfile` for each. */
function baseImages(): readonly (readonly [string, string])[] {
  const named = readFileSync(join(root, 'Dockerfile'), 'utf8').matchAll(/^FROM (?:--platform=\S+ )?(\S+)/gm);
  const [build, runtime, ...more] = [...named].map(([, name]) => name);
  if (!build || !runtime || more.length > 0) throw new SetupError('the Dockerfile has not two base images');
  return [
    [build, 'build'],
    [runtime, 'runtime'],
  ];
}

function standIn(stage: string, architecture: Architecture): string {
  return `localhost/stand-in-${stage}:${stage === 'build' ? ownArchitecture : architecture}`;
}

/** Runs buildah and shows what it said only where it failed. */
function buildah(args: readonly string[]): void {
  const { error, status, stderr } = spawnSync('buildah', args, { encoding: 'utf8' });
  if (error)
    throw new SetupError('the command buildah is missing (Debian package buildah)', { cause: error });
  if (status !== 0) throw new SetupError(stderr.trimEnd().split('\n').slice(-30).join('\n'));
}

/** What the costly layers rest on: another lock file starts a new storage, and the old one is forgotten in time. */
function contentHash(): string {
  const hash = createHash('sha256').update(process.version);
  const files = [
    'package.json',
    'package-lock.json',
    '.npmrc',
    'test/image/stand-ins.Dockerfile',
    'test/image/stand-ins.ts',
  ];
  for (const file of files) hash.update(readFileSync(join(root, file)));
  return hash.digest('hex').slice(0, 16);
}

/** As a program: builds into the directory named, under the lock of {@link buildImage}; without one it asks for all of that. */
function main([directory]: readonly string[]): void {
  if (directory === undefined) console.log(buildImage());
  else buildAll(directory);
}

if (import.meta.main) {
  try {
    main(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
