import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { SetupError } from '../kubernetes/setup-error.ts';
import { imageName, ownArchitecture, storageArguments } from './build.ts';

/**
 * Pushes the image for this machine, of the directory that `buildImage` has returned, to a registry that speaks plain
 * HTTP, as `host:port/repository:tag`. Throws a SetupError when it fails.
 */
export async function pushBuiltImage(directory: string, reference: string): Promise<void> {
  const from = imageName(ownArchitecture);
  const push = ['push', '--quiet', '--tls-verify=false', from, `docker://${reference}`];
  try {
    await promisify(execFile)('buildah', [...storageArguments(directory), ...push]);
  } catch (cause) {
    throw new SetupError(`the image could not be pushed: ${String(cause)}`, { cause });
  }
}
