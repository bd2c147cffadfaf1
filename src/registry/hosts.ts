import { isIP } from 'node:net';

/** What an operator may say about one registry host. */
export interface HostSettings {
  /** `https`, except on loopback. */
  readonly scheme?: 'http' | 'https';
  /** Certificates in PEM that are trusted besides the usual ones. */
  readonly ca?: string;
  /** Further hosts (`host[:port]`) whose token servers may be given this registry's credentials. */
  readonly trustedRealms?: readonly string[];
  /** Requests under way at once (4). */
  readonly concurrency?: number;
  /** Tags to ask for on one page. */
  readonly pageSize?: number;
}

/** Settings by canonical host, with port where the references have one. */
export type HostTable = Readonly<Record<string, HostSettings>>;

/** The settings of a host; empty where nothing was said. */
export function settingsOf(table: HostTable, host: string): HostSettings {
  return (Object.hasOwn(table, host) ? table[host] : undefined) ?? {};
}

/** Where the API of a registry is: Docker Hub's has a host of its own, loopback speaks http as for Docker. */
export function apiBase(registry: string, { scheme }: HostSettings): URL {
  const host = isDockerHub(registry) ? 'registry-1.docker.io' : registry;
  const url = new URL(`https://${host}`);
  const protocol = scheme ?? (isLoopback(url.hostname) ? 'http' : 'https');
  return new URL(`${protocol}://${host}`);
}

/** Whether a canonical host is Docker Hub, where every GET of a manifest counts as a pull. */
export function isDockerHub(registry: string): boolean {
  return registry === 'docker.io';
}

/**
 * How many tags to ask for on a page. 1000 is clamped silently by most registries and the most that ECR and GitLab
 * take; Quay offers at most 100.
 */
export function pageSizeOf(registry: string, { pageSize }: HostSettings): number {
  return pageSize ?? (registry === 'quay.io' ? 100 : 1_000);
}

function isLoopback(hostname: string): boolean {
  if (hostname === 'localhost' || hostname.endsWith('.localhost') || hostname === '[::1]') return true;
  return isIP(hostname) === 4 && hostname.startsWith('127.');
}
