import { isIP } from 'node:net';

/**
 * What an address leads to, from harmless to never:
 * `public`: somebody's host on the internet;
 * `private`: a host of one's own network (RFC 1918, RFC 6598, RFC 4193);
 * `loopback`: the machine or pod itself;
 * `forbidden`: link-local and metadata services, multicast, and addresses that no host has.
 */
export type Zone = 'public' | 'private' | 'loopback' | 'forbidden';

type Rule = readonly [zone: Zone, network: number, bits: number];

/** Special ranges of IPv4, the narrow ones first (RFC 6890; the services of Alibaba Cloud and Azure for their machines). */
const ranges4: readonly Rule[] = [
  ['forbidden', network(100, 100, 100, 200), 32],
  ['forbidden', network(168, 63, 129, 16), 32],
  ['forbidden', network(0, 0, 0, 0), 8],
  ['private', network(10, 0, 0, 0), 8],
  ['private', network(100, 64, 0, 0), 10],
  ['loopback', network(127, 0, 0, 0), 8],
  ['forbidden', network(169, 254, 0, 0), 16],
  ['private', network(172, 16, 0, 0), 12],
  ['forbidden', network(192, 0, 0, 0), 24],
  ['private', network(192, 168, 0, 0), 16],
  ['private', network(198, 18, 0, 0), 15],
  ['forbidden', network(224, 0, 0, 0), 3],
];

/**
 * Services that hand out a machine's credentials, among the addresses that are otherwise private: metadata and pod identity of
 * AWS, metadata of Google Cloud and of Scaleway.
 */
const metadata6 = new Set(
  ['fd00:ec2::254', 'fd00:ec2::23', 'fd20:ce::254', 'fd00:42::42'].map((address) => bytesOf(address).join()),
);

/**
 * The zone of an IP address in text, or undefined where the text is none. An IPv6 address that carries an IPv4 one
 * (mapped, translated, compatible, 6to4, NAT64, Teredo) is what the inner one is.
 */
export function zoneOf(address: string): Zone | undefined {
  const bare = address.replace(/^\[(.*)\]$/, '$1').replace(/%.*$/, '');
  const family = isIP(bare);
  if (family === 4) return zone4(bare.split('.').map(Number));
  return family === 6 ? zone6(bytesOf(bare)) : undefined;
}

function zone4(bytes: readonly number[]): Zone {
  const [a = 0, b = 0, c = 0, d = 0] = bytes;
  const address = network(a, b, c, d);
  const match = ranges4.find(([, base, bits]) => address >>> (32 - bits) === base >>> (32 - bits));
  return match === undefined ? 'public' : match[0];
}

function zone6(bytes: readonly number[]): Zone {
  const [first = 0, second = 0] = bytes;
  if (bytes.slice(0, 15).every((byte) => byte === 0)) return bytes[15] === 1 ? 'loopback' : 'forbidden';
  const inner = embedded4(bytes);
  if (inner !== undefined) return zone4(inner);
  if (metadata6.has(bytes.join())) return 'forbidden';
  if ((first & 0xfe) === 0xfc) return 'private';
  // Link-local fe80::/10 and the site-local range that was withdrawn; multicast ff00::/8.
  if (first === 0xff || (first === 0xfe && second >= 0x80)) return 'forbidden';
  return 'public';
}

/** The IPv4 address within one of IPv6: RFC 4291 (mapped, compatible), RFC 2765 (translated), RFC 6052, RFC 3056, RFC 4380. */
function embedded4(bytes: readonly number[]): readonly number[] | undefined {
  const starts = (...prefix: readonly number[]) => prefix.every((byte, index) => bytes[index] === byte);
  const zeros = (from: number, to: number) => bytes.slice(from, to).every((byte) => byte === 0);
  if (zeros(0, 10) && bytes[10] === bytes[11] && (bytes[10] === 0xff || bytes[10] === 0))
    return bytes.slice(12);
  if (zeros(0, 8) && bytes[8] === 0xff && bytes[9] === 0xff && zeros(10, 12)) return bytes.slice(12);
  if (starts(0x00, 0x64, 0xff, 0x9b)) return bytes.slice(12);
  if (starts(0x20, 0x02)) return bytes.slice(2, 6);
  if (starts(0x20, 0x01, 0x00, 0x00)) return bytes.slice(12).map((byte) => byte ^ 0xff);
  return undefined;
}

/** The sixteen bytes of a valid IPv6 address; the URL parser brings any spelling into one form. */
function bytesOf(address: string): readonly number[] {
  const text = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [head = '', tail] = text.split('::');
  const before = groupsOf(head);
  const after = groupsOf(tail ?? '');
  const gap = tail === undefined ? 0 : 8 - before.length - after.length;
  const groups = [...before, ...Array.from({ length: gap }, () => 0), ...after];
  return groups.flatMap((group) => [group >> 8, group & 0xff]);
}

function groupsOf(text: string): readonly number[] {
  return text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
}

function network(a: number, b: number, c: number, d: number): number {
  return ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
}
