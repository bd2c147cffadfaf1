import { BlockList, isIP } from 'node:net';

/** The proxy variables of an environment, in whichever case they were found. Addresses may hold credentials. */
export interface ProxySettings {
  readonly http: string | undefined;
  readonly https: string | undefined;
  readonly no: string | undefined;
}

/** The proxy for an address, or undefined where it is spoken to directly. Throws nothing: a proxy that is no URL is none. */
export function proxyFor(url: URL, settings: ProxySettings): URL | undefined {
  const text = url.protocol === 'https:' ? settings.https : settings.http;
  if (text === undefined || text === '' || bypasses(url, settings.no ?? '')) return undefined;
  const full = text.includes('://') ? text : `http://${text}`;
  return URL.canParse(full) ? new URL(full) : undefined;
}

/**
 * Whether `NO_PROXY` names a host. An entry is `*`, a host name (which stands for its subdomains too), `.suffix` or
 * `*.suffix` (subdomains only), an IP address or a CIDR range, and may end with a port. Ranges are compared with
 * addresses in URLs; names are not resolved. Loopback never goes through a proxy, as in Go.
 * @see https://pkg.go.dev/golang.org/x/net/http/httpproxy
 */
function bypasses(url: URL, noProxy: string): boolean {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '');
  const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
  if (host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))) return true;
  return noProxy
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .some((entry) => covers(entry.toLowerCase(), host, port));
}

function covers(entry: string, host: string, port: string): boolean {
  if (entry === '*') return true;
  if (entry.includes('/')) return coversRange(entry, host);
  const { name, only } = splitPort(entry);
  if (only !== undefined && only !== port) return false;
  if (isIP(name) !== 0) return isIP(host) !== 0 && sameAddress(name, host);
  if (isIP(host) !== 0) return false;
  const suffix = name.replace(/^\*?\./, '');
  if (suffix === '') return false;
  return host.endsWith(`.${suffix}`) || (suffix === name && host === name);
}

function splitPort(entry: string): { name: string; only: string | undefined } {
  const [, bracketed, plain, only] = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d+))?$/.exec(entry) ?? [];
  return { name: bracketed ?? plain ?? entry, only };
}

function coversRange(entry: string, host: string): boolean {
  const [network = '', bits = ''] = entry.split('/');
  const family = isIP(network);
  if (family === 0 || isIP(host) !== family || !/^\d{1,3}$/.test(bits)) return false;
  if (Number(bits) > (family === 4 ? 32 : 128)) return false;
  const range = new BlockList();
  const kind = family === 4 ? 'ipv4' : 'ipv6';
  range.addSubnet(network, Number(bits), kind);
  return range.check(host, kind);
}

function sameAddress(a: string, b: string): boolean {
  const canonical = (address: string) =>
    isIP(address) === 6 ? new URL(`http://[${address}]`).hostname : address;
  return canonical(a) === canonical(b);
}
