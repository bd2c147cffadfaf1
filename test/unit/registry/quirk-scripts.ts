import { createHash } from 'node:crypto';
import type { RegistryCredential, RepositoryAccess } from '../../../src/model/ports.ts';
import type { HostScript, Said, Seen } from './internet.ts';

/** The media type of an index. */
export const index = 'application/vnd.oci.image.index.v1+json';
/** The media type of Docker's manifests. */
export const manifest = 'application/vnd.docker.distribution.manifest.v2+json';
/** A manifest as a registry sends it. */
export const document = JSON.stringify({
  schemaVersion: 2,
  mediaType: manifest,
  config: { mediaType: 'application/vnd.docker.container.image.v1+json', digest: `sha256:${'c'.repeat(64)}` },
  layers: [],
});
/** What it is called by. */
export const digest = `sha256:${createHash('sha256').update(document).digest('hex')}`;

/** Access to a repository. */
export function access(
  registry: string,
  path: string,
  ...credentials: readonly RegistryCredential[]
): RepositoryAccess {
  return { registry, path, credentials };
}

/** Asks for a bearer token until one comes, then answers. */
export function behindToken(challenge: string, answer: HostScript): HostScript {
  return (seen) =>
    seen.headers.authorization?.startsWith('Bearer ') === true
      ? answer(seen)
      : {
          status: 401,
          headers: { 'www-authenticate': challenge },
          body: { errors: [{ code: 'UNAUTHORIZED' }] },
        };
}

/** A list in pages of the given size, with the next one named by `link`. */
export function pages(
  tags: readonly string[],
  size: number,
  link: (last: string, page: number) => string,
): HostScript {
  return ({ path }: Seen): Said => {
    const { searchParams } = new URL(path, 'https://x');
    const after = searchParams.get('last') ?? searchParams.get('next_page');
    const start = after === null ? 0 : tags.indexOf(after.replace('cursor-', '')) + 1;
    const page = tags.slice(start, start + size);
    const last = page.at(-1) ?? '';
    const isEnd = start + size >= tags.length;
    return { headers: isEnd ? {} : { link: link(last, size) }, body: { name: 'x', tags: page } };
  };
}
