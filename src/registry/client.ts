import { randomBytes } from 'node:crypto';
import { lookup as systemLookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { isDigest, isTag } from '../model/image-reference.ts';
import type { TagTimes } from '../model/observation.ts';
import type { Clock, RegistryReader, RepositoryAccess } from '../model/ports.ts';
import { Authenticator, type RejectedCredential } from './authenticator.ts';
import { endpointsOf, type Endpoint } from './endpoints.ts';
import { failure, RegistryError, type Subject } from './errors.ts';
import { HostMemory } from './host-memory.ts';
import { pageSizeOf, settingsOf, type HostTable, type HostTableSource } from './hosts.ts';
import { HttpClient, type RegistryMetrics } from './http.ts';
import { listLimits, listTags, type ListLimits } from './list.ts';
import { readManifests, resolveTag } from './manifests.ts';
import type { ProxySettings } from './proxy.ts';
import type { RepositorySession } from './session.ts';
import { readTagTimes } from './tag-times.ts';
import { TokenSource } from './tokens.ts';
import type { Timeouts } from './transport.ts';

/** What a registry client is built from. */
export interface RegistryClientOptions {
  readonly clock: Clock;
  readonly metrics: RegistryMetrics;
  /** `plimsoll/1.2.3`. */
  readonly userAgent: string;
  /** What the operator says about hosts; a function where that may change. */
  readonly hosts?: HostTable | HostTableSource;
  /**
   * Whether registries on loopback are refused unless the operator names them: in a cluster, where tenants write image
   * references. Link-local and metadata addresses are refused everywhere.
   */
  readonly refuseLoopback?: boolean;
  readonly proxy?: ProxySettings;
  /** Resolves names; that of the system where left out. */
  readonly lookup?: LookupFunction;
  readonly timeouts?: Partial<Timeouts>;
  readonly limits?: Partial<ListLimits>;
  /** A number in [0, 1) for each call, for the spread of retries. */
  readonly random?: () => number;
  /** Told when a credential is not accepted while another one, or none, works. At most once an hour for each repository. */
  readonly credentialRejected?: (rejected: RejectedCredential) => void;
  /** Told what a host warns of in a `Warning` header: one line, each once. */
  readonly warned?: (host: string, text: string) => void;
}

/** Milliseconds; what an honest registry far away needs, several times over. */
const timeouts: Timeouts = { connect: 5_000, headers: 15_000, idle: 15_000, total: 60_000 };
const noProxy: ProxySettings = { http: undefined, https: undefined, no: undefined };

/**
 * Reads OCI distribution registries. Every method fails with a `RegistryError`, or with the reason of its signal
 * where that is aborted. The caller owns the client and closes it.
 */
export function createRegistryClient(
  options: RegistryClientOptions,
): RegistryReader & { close(): Promise<void> } {
  const { clock, metrics, userAgent, random = Math.random } = options;
  const { lookup = systemLookup, proxy = noProxy, refuseLoopback = false } = options;
  const { hosts: given = {}, credentialRejected = () => undefined, warned = () => undefined } = options;
  const hosts: HostTableSource = typeof given === 'function' ? given : () => given;
  const limits = { ...listLimits, ...options.limits };
  const http = new HttpClient({
    clock,
    metrics,
    hosts,
    userAgent,
    random,
    proxy,
    lookup,
    refuseLoopback,
    warned,
    timeouts: { ...timeouts, ...options.timeouts },
  });
  const tokens = new TokenSource((errand, signal) => http.send(errand, signal), clock);
  const fingerprintKey = randomBytes(32);
  const memory = new HostMemory(clock);
  const authenticator = new Authenticator({
    http,
    tokens,
    clock,
    hosts,
    memory,
    fingerprintKey,
    credentialRejected,
  });

  const open = (endpoint: Endpoint, doing: string, signal: AbortSignal): RepositorySession => {
    const { access, base } = endpoint;
    const { registry, path } = access;
    const subject: Subject = { registry, path, doing };
    const urlOf = (below: string) => new URL(`${base.href.replace(/\/$/, '')}/${path}/${below}`);
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

  /** Looks at each endpoint in turn until one has what is asked for. What the last one says counts. */
  const look = async <T>(
    access: RepositoryAccess,
    { doing, signal }: { readonly doing: string; readonly signal: AbortSignal },
    read: (session: RepositorySession) => Promise<T | 'missing'>,
  ): Promise<T | 'missing'> => {
    const { registry, path } = access;
    if (!URL.canParse(`https://${registry}`))
      throw failure('NotARegistry', { registry, path, doing }, 'its name is not a valid host');
    const endpoints = endpointsOf(hosts(), access);
    let isMissing = false;
    for (const endpoint of endpoints.slice(0, -1)) {
      try {
        const found = await read(open(endpoint, doing, signal));
        if (found !== 'missing') return found;
        isMissing = true;
      } catch (error) {
        // A mirror that does not answer, or does not have it, leaves the next one to be asked.
        if (!(error instanceof RegistryError)) throw error;
      }
    }
    const last = endpoints.at(-1);
    if (last === undefined) throw new Error('a registry has at least one endpoint');
    try {
      return await read(open(last, doing, signal));
    } catch (error) {
      // Without internet nobody but the mirror can say what there is.
      if (isMissing && error instanceof RegistryError && error.code === 'Unavailable') return 'missing';
      throw error;
    }
  };

  return {
    async listTags(access, signal, wish) {
      const listed = await look(access, { doing: 'list tags', signal }, async (session) => {
        const { registry } = session;
        const pageSize = pageSizeOf(registry, settingsOf(hosts(), registry), memory.isHarbor(registry));
        return listTags(session, { clock, memory, limits, pageSize });
      });
      if (listed === 'missing') throw new Error('a list is never missing');
      if (wish?.times !== true || listed.times !== undefined) return listed;
      const { registry, path } = access;
      // Who names mirrors may have no way to the registry itself.
      const isDirect = (settingsOf(hosts(), registry).mirrors ?? []).length === 0;
      const subject = { registry, path, doing: 'read when tags were pushed' };
      const times = isDirect ? await readTagTimes(http, subject, signal) : new Map<string, TagTimes>();
      const present = new Set(listed.tags);
      return { ...listed, times: new Map([...times].filter(([tag]) => present.has(tag))) };
    },
    async resolveTag(access, tag, signal) {
      const { registry, path } = access;
      const doing = `resolve tag ${tag}`;
      if (!isTag(tag)) throw failure('NotARegistry', { registry, path, doing }, 'the tag is not a legal one');
      return look(access, { doing, signal }, async (session) => resolveTag(session, tag, memory));
    },
    async readManifests(access, digest, signal) {
      const { registry, path } = access;
      const doing = `read ${digest}`;
      if (!isDigest(digest))
        throw failure('DigestMismatch', { registry, path, doing }, 'the digest is not a legal one');
      return look(access, { doing, signal }, async (session) => readManifests(session, digest));
    },
    refused(access) {
      const found = endpointsOf(hosts(), access).map((endpoint) => authenticator.refused(endpoint.access));
      return found.find((refused) => refused !== undefined);
    },
    async close() {
      await http.close();
    },
  };
}
