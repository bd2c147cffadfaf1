import type { LookupFunction } from 'node:net';
import { getCACertificates } from 'node:tls';
import { Pool, ProxyAgent, type Dispatcher } from 'undici';
import { guardedLookup, type Reach } from './address-policy.ts';
import type { Zone } from './addresses.ts';
import type { HostSettings } from './hosts.ts';
import { proxyFor, type ProxySettings } from './proxy.ts';

/** Time limits in milliseconds. */
export interface Timeouts {
  readonly connect: number;
  readonly headers: number;
  /** Between two pieces of a body. */
  readonly idle: number;
  /** One request with its retries and the wait for its turn. */
  readonly total: number;
}

/** What connections are made with. */
export interface TransportOptions {
  readonly timeouts: Timeouts;
  readonly proxy: ProxySettings;
  readonly lookup: LookupFunction;
}

/** Where a pool of connections leads. */
export interface Route {
  readonly url: URL;
  readonly settings: HostSettings;
  readonly reach: Reach;
  readonly connections: number;
  /** Told the zone that the host's name resolved to. */
  readonly noted: (zone: Zone) => void;
}

/**
 * Opens a pool of connections to one origin, through the proxy where one is set for it. A proxy resolves names itself,
 * so the address policy covers only addresses in URLs there.
 */
export function openPool(options: TransportOptions, route: Route): Dispatcher {
  const { timeouts, proxy, lookup } = options;
  const { url, settings, reach, connections, noted } = route;
  const common = {
    connections,
    headersTimeout: timeouts.headers,
    bodyTimeout: timeouts.idle,
    keepAliveTimeout: 30_000,
    allowH2: false,
  };
  const via = proxyFor(url, proxy);
  if (via === undefined) {
    const connect = {
      timeout: timeouts.connect,
      lookup: guardedLookup(lookup, reach, noted),
      ...trust(settings),
    };
    return new Pool(url.origin, { ...common, connect });
  }
  const proxyTls = { timeout: timeouts.connect, lookup, ...trust({}) };
  const requestTls = trust(settings);
  return new ProxyAgent({
    ...common,
    uri: via.href,
    proxyTls,
    requestTls,
    proxyTunnel: url.protocol === 'https:',
  });
}

/** Own certificates are trusted besides the usual ones, which `ca` alone would replace. */
function trust({ ca, clientCertificate, insecureSkipVerify }: HostSettings) {
  return {
    minVersion: 'TLSv1.2' as const,
    ...(ca !== undefined && { ca: [...getCACertificates('default'), ca] }),
    ...(clientCertificate !== undefined && {
      cert: clientCertificate.cert,
      key: clientCertificate.key.reveal(),
    }),
    ...(insecureSkipVerify === true && { rejectUnauthorized: false }),
  };
}
