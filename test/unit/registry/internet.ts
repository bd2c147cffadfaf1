import assert from 'node:assert/strict';
import { createServer as createProxy } from 'node:http';
import { createServer, type Server } from 'node:https';
import { connect, type AddressInfo } from 'node:net';
import type { IncomingHttpHeaders } from 'node:http';
import type { TestContext } from 'node:test';
import { createRegistryClient, type RegistryClientOptions } from '../../../src/registry/client.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { silentMetrics } from '../../support/silence.ts';
import { certificate } from './certificate.ts';
import { nameless } from './harness.ts';

/** A request as a host of the internet saw it. */
export interface Seen {
  readonly host: string;
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What a host answers. */
export interface Said {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly body?: unknown;
}

/** How a host answers each request. */
export type HostScript = (seen: Seen) => Said;

/**
 * An internet of our own, in which hosts have their real names: a proxy leads every connection to one server with TLS,
 * which answers as the script of the host would. The client trusts it, has no other way out and sees real addresses.
 */
export async function internet(
  t: TestContext,
  scripts: Readonly<Record<string, HostScript>>,
  options: Partial<RegistryClientOptions> = {},
) {
  const seen: Seen[] = [];
  const server: Server = createServer(certificate, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const host = headers.host ?? '';
      const asked = { host, method, path: url, headers, body: Buffer.concat(chunks).toString('utf8') };
      seen.push(asked);
      const { status = 200, headers: sent = {}, body = '' } = scripts[host]?.(asked) ?? { status: 599 };
      const text = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
      response.writeHead(status, { 'content-type': 'application/json', ...sent });
      response.end(method === 'HEAD' ? '' : text);
    });
  });
  const proxy = createProxy();
  proxy.on('connect', (_request, client) => {
    const target = connect(portOf(server), '127.0.0.1', () => {
      client.write('HTTP/1.1 200 OK\r\n\r\n');
      target.pipe(client).pipe(target);
    });
    for (const end of [target, client]) end.on('error', () => end.destroy());
  });
  for (const one of [server, proxy]) {
    await new Promise<void>((resolve) => one.listen(0, '127.0.0.1', resolve));
  }
  const quotas: (readonly [string, number, number])[] = [];
  const client = createRegistryClient({
    clock: systemClock,
    metrics: {
      ...silentMetrics,
      registryQuota: (...quota) => quotas.push(quota),
    },
    userAgent: 'plimsoll/test',
    lookup: nameless,
    proxy: { http: undefined, https: `http://127.0.0.1:${portOf(proxy)}`, no: undefined },
    hosts: { '*': { insecureSkipVerify: true } },
    ...options,
  });
  t.after(async () => {
    await client.close();
    for (const one of [server, proxy]) {
      one.closeAllConnections();
      one.close();
    }
  });
  return { client, seen, quotas };
}

/** The user name and password that a request carried, or undefined. */
export function basicOf({ headers }: Seen): string | undefined {
  const encoded = /^Basic (.+)$/.exec(headers.authorization ?? '')?.[1];
  return encoded === undefined ? undefined : Buffer.from(encoded, 'base64').toString('utf8');
}

/** `HOST METHOD PATH` of everything that was asked, with how. */
export function asked(seen: readonly Seen[]): readonly string[] {
  return seen.map(({ host, method, path, headers }) => {
    const [scheme = '-'] = (headers.authorization ?? '-').split(' ');
    return `${method} ${host}${decodeURIComponent(path)} ${scheme}`;
  });
}

function portOf(server: { address(): AddressInfo | string | null }): number {
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  return address.port;
}
