import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { busybox, searchPath } from '../kubernetes/prerequisites.ts';
import { SetupError } from '../kubernetes/setup-error.ts';

const authorities = '/etc/ssl/certs/ca-certificates.crt';
const users = [
  'root:x:0:0:root:/root:/bin/sh',
  'nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin',
  '',
];
const applets = ['cat', 'ls', 'mkdir', 'rm', 'sh', 'uname'];

/** Lays out the root file systems of the stand-ins for the base images, as `stand-ins.Dockerfile` copies them. */
export function layOutStandIns(context: string): void {
  cpSync(join(import.meta.dirname, 'stand-ins.Dockerfile'), join(context, 'Dockerfile'));
  layOutRuntime(join(context, 'runtime'), 'nodejs/bin/node');
  const build = join(context, 'build');
  layOutRuntime(build, 'usr/local/bin/node');
  copyNpm(build);
  copyTo(build, busybox, 'bin/busybox');
  for (const applet of applets) symlinkSync('busybox', join(build, 'bin', applet));
  mkdirSync(join(build, 'usr/bin'), { recursive: true });
  symlinkSync('../../bin/busybox', join(build, 'usr/bin/env'));
}

/** Node with the libraries that it is linked with, the authorities of this machine, and a user who is not root. */
function layOutRuntime(root: string, node: string): void {
  copyTo(root, process.execPath, node);
  for (const library of librariesOf(process.execPath)) copyTo(root, library, library);
  copyTo(root, authorities, authorities);
  writeFileSync(join(root, 'etc/passwd'), users.join('\n'));
  mkdirSync(join(root, 'tmp'));
}

function copyNpm(root: string): void {
  const command = searchPath.split(delimiter).find((folder) => existsSync(join(folder, 'npm')));
  if (command === undefined) throw new SetupError('the command npm is missing (Debian package npm)');
  // The command is a link to bin/npm-cli.js in the package.
  const folder = dirname(dirname(realpathSync(join(command, 'npm'))));
  copyTo(root, folder, 'usr/local/lib/node_modules/npm');
  symlinkSync('../lib/node_modules/npm/bin/npm-cli.js', join(root, 'usr/local/bin/npm'));
}

/** The shared libraries of a program and the loader that finds them, as paths of this machine. */
function librariesOf(program: string): readonly string[] {
  return execFileSync('ldd', [program], { encoding: 'utf8' }).match(/\/\S+/g) ?? [];
}

function copyTo(root: string, from: string, to: string): void {
  const target = join(root, to);
  mkdirSync(dirname(target), { recursive: true });
  cpSync(realpathSync(from), target, { recursive: true });
}
