import type { Secret } from '../model/secret.ts';
import { zoneOf } from './addresses.ts';

/** Another place where the content of a registry is found. */
export interface MirrorEndpoint {
  /** Scheme, host and the path before the repository: `https://mirror.example.com/v2/hub`. */
  readonly base: URL;
  /** The path of a repository at the mirror. */
  readonly rewrite: (path: string) => string;
}

/** What an operator may say about one registry host. */
export interface HostSettings {
  /** `https`, except on loopback. */
  readonly scheme?: 'http' | 'https';
  /** Certificates in PEM that are trusted besides the usual ones. */
  readonly ca?: string;
  /** What the client shows of itself in TLS, in PEM. */
  readonly clientCertificate?: { readonly cert: string; readonly key: Secret };
  /** Whether any certificate is accepted. */
  readonly insecureSkipVerify?: boolean;
  /** Further hosts (`host[:port]`) whose token servers may be given this registry's credentials. */
  readonly trustedRealms?: readonly string[];
  /** Requests under way at once (4). */
  readonly concurrency?: number;
  /** Requests a second (5; Docker Hub 2; no limit on loopback). */
  readonly rate?: number;
  /** Tags to ask for on one page. */
  readonly pageSize?: number;
  /** The part of a budget of pulls that is left to others, from 0 to 1 (0.2). */
  readonly pullReserve?: number;
  /** Where to look first, in this order; the registry itself comes last unless it is among them. */
  readonly mirrors?: readonly MirrorEndpoint[];
}

/** Settings by canonical host, with port where the references have one; `*` for hosts that are not named. */
export type HostTable = Readonly<Record<string, HostSettings>>;

/** The present settings, which may change while the program runs. */
export type HostTableSource = () => HostTable;

/** One object, since connections are opened anew where the settings of their host are another one. */
const nothingSaid: HostSettings = {};

/** The last one is a name that old manuals spread and that works to this day. */
const dockerHubHosts = new Set([
  'docker.io',
  'index.docker.io',
  'registry-1.docker.io',
  'registry.hub.docker.com',
]);

/** The key of a host in a table: lower case, without the port of https, and one name for Docker Hub. */
export function hostKey(host: string): string {
  const bare = host.toLowerCase().replace(/:443$/, '');
  return dockerHubHosts.has(bare) ? 'docker.io' : bare;
}

/** Whether the operator named a host. */
export function isNamed(table: HostTable, host: string): boolean {
  return findSettings(table, host) !== undefined;
}

/** The settings of a host, else those of `*`; empty where nothing was said. */
export function settingsOf(table: HostTable, host: string): HostSettings {
  return findSettings(table, host) ?? (Object.hasOwn(table, '*') ? table['*'] : undefined) ?? nothingSaid;
}

function findSettings(table: HostTable, host: string): HostSettings | undefined {
  const key = hostKey(host);
  if (Object.hasOwn(table, key)) return table[key];
  return Object.hasOwn(table, `${key}:443`) ? table[`${key}:443`] : undefined;
}

/** Where the API of a registry is: Docker Hub's has a host of its own, loopback speaks http as for Docker. */
export function apiBase(registry: string, { scheme }: HostSettings): URL {
  const host = isDockerHub(registry) ? 'registry-1.docker.io' : registry;
  const url = new URL(`https://${host}`);
  const protocol = scheme ?? (isLoopbackName(url.hostname) ? 'http' : 'https');
  return new URL(`${protocol}://${host}`);
}

/** Whether a canonical host is Docker Hub, where every GET of a manifest counts as a pull. */
export function isDockerHub(registry: string): boolean {
  return hostKey(registry) === 'docker.io';
}

/**
 * How many tags to ask for on a page. 1000 is clamped silently by most registries and the most that ECR and GitLab
 * take; Quay and Harbor offer at most 100.
 */
export function pageSizeOf(registry: string, { pageSize }: HostSettings, isHarbor: boolean): number {
  return pageSize ?? (isHarbor || hostKey(registry) === 'quay.io' ? 100 : 1_000);
}

/**
 * The part of a budget of pulls below which none is made: nodes behind the same address pull from the same budget.
 */
export function pullReserveOf({ pullReserve = 0.2 }: HostSettings): number {
  return pullReserve;
}

/** How many requests a second a host gets: few for Docker Hub, which counts them, and any number on the same machine. */
export function rateOf(host: string, { rate }: HostSettings): number {
  if (rate !== undefined) return rate;
  const { hostname } = new URL(`https://${host}`);
  if (isLoopbackName(hostname)) return Number.POSITIVE_INFINITY;
  return isDockerHub(host) ? 2 : 5;
}

/** Whether a host of a URL is the same machine by its name alone. */
function isLoopbackName(hostname: string): boolean {
  const name = hostname.replace(/\.$/, '');
  return name === 'localhost' || name.endsWith('.localhost') || zoneOf(name) === 'loopback';
}
