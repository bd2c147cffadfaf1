import { randomBytes } from 'node:crypto';
import { isDigest, isTag } from '../model/image-reference.ts';
import type { Clock, Metrics, RegistryReader, RepositoryAccess } from '../model/ports.ts';
import { Authenticator, type RejectedCredential } from './authenticator.ts';
import { failure, type Subject } from './errors.ts';
import { HostMemory } from './host-memory.ts';
import { apiBase, pageSizeOf, settingsOf, type HostTable } from './hosts.ts';
import { HttpClient, type Timeouts } from './http.ts';
import { listLimits, listTags, type ListLimits } from './list.ts';
import { readManifests, resolveTag } from './manifests.ts';
import type { RepositorySession } from './session.ts';
import { TokenSource } from './tokens.ts';

/** What a registry client is built from. */
export interface RegistryClientOptions {
  readonly clock: Clock;
  readonly metrics: Pick<Metrics, 'registryRequest'>;
  /** `plimsoll/1.2.3`. */
  readonly userAgent: string;
  readonly hosts?: HostTable;
  readonly timeouts?: Partial<Timeouts>;
  readonly limits?: Partial<ListLimits>;
  /** A number in [0, 1) for each call, for the spread of retries. */
  readonly random?: () => number;
  /** Told when a credential is not accepted while another one, or none, works. At most once an hour for each repository. */
  readonly credentialRejected?: (rejected: RejectedCredential) => void;
}

/** Milliseconds; what an honest registry far away needs, several times over. */
const timeouts: Timeouts = { connect: 5_000, headers: 15_000, idle: 15_000, total: 60_000 };

/**
 * Reads OCI distribution registries. Every method fails with a `RegistryError`, or with the reason of its signal
 * where that is aborted. The caller owns the client and closes it.
 */
export function createRegistryClient(
  options: RegistryClientOptions,
): RegistryReader & { close(): Promise<void> } {
  const { clock, metrics, userAgent, hosts = {}, random = Math.random } = options;
  const credentialRejected = options.credentialRejected ?? (() => undefined);
  const limits = { ...listLimits, ...options.limits };
  const http = new HttpClient({
    clock,
    metrics,
    hosts,
    userAgent,
    random,
    timeouts: { ...timeouts, ...options.timeouts },
  });
  const tokens = new TokenSource((errand, signal) => http.send(errand, signal), clock);
  const fingerprintKey = randomBytes(32);
  const authenticator = new Authenticator({ http, tokens, clock, hosts, fingerprintKey, credentialRejected });
  const memory = new HostMemory(clock);

  const open = (access: RepositoryAccess, doing: string, signal: AbortSignal): RepositorySession => {
    const { registry, path } = access;
    const subject: Subject = { registry, path, doing };
    if (!URL.canParse(`https://${registry}`))
      throw failure('NotARegistry', subject, 'its name is not a valid host');
    const base = apiBase(registry, settingsOf(hosts, registry));
    const urlOf = (below: string) => new URL(`/v2/${path}/${below}`, base);
    return {
      registry,
      subject,
      urlOf,
      async read({ method, path: below, accept, limit, operation }) {
        const request = { method, url: urlOf(below), headers: { accept }, limit };
        return authenticator.send(access, { request, subject, operation }, signal);
      },
    };
  };

  return {
    async listTags(access, signal) {
      const pageSize = pageSizeOf(access.registry, settingsOf(hosts, access.registry));
      return listTags(open(access, 'list tags', signal), { clock, memory, limits, pageSize });
    },
    async resolveTag(access, tag, signal) {
      const session = open(access, `resolve tag ${tag}`, signal);
      if (!isTag(tag)) throw failure('NotARegistry', session.subject, 'the tag is not a legal one');
      return resolveTag(session, tag, memory);
    },
    async readManifests(access, digest, signal) {
      const session = open(access, `read ${digest}`, signal);
      if (!isDigest(digest))
        throw failure('DigestMismatch', session.subject, 'the digest is not a legal one');
      return readManifests(session, digest);
    },
    async close() {
      await http.close();
    },
  };
}
