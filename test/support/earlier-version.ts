import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { textMapAt } from '../../src/model/json.ts';
import { imageName, ownArchitecture, storageArguments } from '../image/build.ts';
import { nodeRegistry } from './checkout.ts';
import { required, root } from './installation.ts';

/** What people install. */
const installed = ['manifests', 'crds'];
const program = ['src', 'scripts/build.ts', 'package.json', 'tsconfig.json', 'crds'];

/**
 * The commit from which somebody would upgrade to what lies here: the last one whose manifests are others. Undefined where
 * git has no history to tell, as in a package of the sources.
 */
export function earlierRevision(): string | undefined {
  const last = git('log', '-1', '--format=%H', '--', ...installed)?.trim();
  if (!last) return undefined;
  const isChanged = git('diff', '--quiet', last, '--', ...installed) === undefined;
  return git('rev-parse', '--verify', '--quiet', isChanged ? last : `${last}^`)?.trim();
}

/** Puts manifests and definitions of a commit in the place of those in a folder, with the files that links lead to. */
export function putManifestsOf(revision: string, folder: string): void {
  const links = join(folder, 'earlier-links');
  unpack(revision, installed, links);
  for (const name of installed) {
    rmSync(join(folder, name), { recursive: true });
    execFileSync('cp', ['-RL', join(links, name), folder]);
  }
}

/**
 * Builds the program of a commit with the packages that are here, and pushes the present image with it in its place. Where
 * it needs a package that is not here any more, the present program stands for it.
 */
export function pushImageOf(revision: string, folder: string, tag: string): void {
  const sources = join(folder, 'earlier-sources');
  unpack(revision, program, sources);
  const image = `${nodeRegistry}/plimsoll:${tag}`;
  const own = storageArguments(required('PLIMSOLL_TEST_IMAGE'));
  writeFileSync(
    join(sources, 'Dockerfile'),
    [`FROM ${imageName(ownArchitecture)}`, ...built(sources)].join('\n'),
  );
  const build = ['build', '--isolation=chroot', '--quiet', '--pull=never', '--tag', image, sources];
  execFileSync('buildah', [...own, ...build], { stdio: ['ignore', 'ignore', 'inherit'] });
  execFileSync('buildah', [...own, 'push', '--quiet', '--tls-verify=false', image, `docker://${image}`]);
}

/** Builds the sources where that can be done, and returns the lines of a Dockerfile that copy the result. */
function built(sources: string): readonly string[] {
  const manifest: unknown = JSON.parse(readFileSync(join(sources, 'package.json'), 'utf8'));
  const packages = join(root, 'node_modules');
  const needed = Object.keys(textMapAt(manifest, 'dependencies'));
  if (!needed.every((name) => existsSync(join(packages, name)))) return [];
  symlinkSync(packages, join(sources, 'node_modules'));
  execFileSync(process.execPath, ['scripts/build.ts'], { cwd: sources, stdio: 'ignore' });
  return ['COPY dist/plimsoll.js /app/dist/', 'COPY crds /app/crds'];
}

function unpack(revision: string, paths: readonly string[], folder: string): void {
  mkdirSync(folder);
  const archive = execFileSync('git', [...trusting, 'archive', revision, ...paths], {
    cwd: root,
    maxBuffer: 2 ** 28,
  });
  execFileSync('tar', ['-x', '-C', folder], { input: archive });
}

/** A container of the CI may have checked out as somebody else. */
const trusting = ['-c', `safe.directory=${root}`];

/** What git says; undefined where it refuses, or there is none. */
function git(...args: readonly string[]): string | undefined {
  try {
    const said = execFileSync('git', [...trusting, ...args], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return said.toString();
  } catch {
    return undefined;
  }
}
