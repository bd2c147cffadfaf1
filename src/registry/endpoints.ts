import type { RepositoryAccess } from '../model/ports.ts';
import { apiBase, hostKey, settingsOf, type HostTable } from './hosts.ts';

/** One place where a repository is looked for, with the credentials that may go there. */
export interface Endpoint {
  /** The repository as it is called there. `registry` is the host of the endpoint. */
  readonly access: RepositoryAccess;
  /** What comes before the repository in an address: `https://registry.example.com/v2`. */
  readonly base: URL;
  readonly isMirror: boolean;
}

/**
 * Where to look for a repository, in order: the mirrors that the operator named, then the registry itself. An endpoint
 * that is the registry's own host is no mirror and only says how the registry is spoken to. The credentials of the
 * registry go to the registry only; a mirror gets those that were named for its host.
 */
export function endpointsOf(table: HostTable, access: RepositoryAccess): readonly Endpoint[] {
  const { registry, path } = access;
  const settings = settingsOf(table, registry);
  const credentialsFor = (host: string | undefined) =>
    access.credentials.filter((credential) => credential.host === host);
  const listed = (settings.mirrors ?? []).map(({ base, rewrite }): Endpoint => {
    const isMirror = hostKey(base.host) !== hostKey(registry);
    const host = isMirror ? hostKey(base.host) : registry;
    const credentials = credentialsFor(isMirror ? host : undefined);
    return { access: { registry: host, path: rewrite(path), credentials }, base, isMirror };
  });
  if (listed.some(({ isMirror }) => !isMirror)) return listed;
  const own = { ...access, credentials: credentialsFor(undefined) };
  return [...listed, { access: own, base: new URL('/v2', apiBase(registry, settings)), isMirror: false }];
}
