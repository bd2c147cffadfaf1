import { constants, gunzipSync, gzipSync } from 'node:zlib';

const block = 512;

/** One member of an archive. A path has no leading slash; directories on the way to it need not be listed for a container runtime. */
export type TarEntry =
  | { readonly path: string; readonly mode?: number; readonly content: Buffer | string }
  | { readonly path: string; readonly linkTo: string };

/**
 * Writes a POSIX ustar archive: entries in the order given, owner root, time zero, so that equal entries give equal bytes.
 *
 * Throws a RangeError for a path or a link target of more than 100 bytes: the test images need none, and long names would need pax headers.
 * Source: POSIX.1-2017, pax, "ustar Interchange Format".
 */
function tar(entries: readonly TarEntry[]): Buffer {
  const blocks = entries.flatMap((entry) => {
    if ('linkTo' in entry) {
      return [header({ path: entry.path, mode: 0o777, size: 0, type: '2', linkTo: entry.linkTo })];
    }
    const content = Buffer.from(entry.content);
    const padding = Buffer.alloc((block - (content.length % block)) % block);
    const mode = entry.mode ?? 0o644;
    return [
      header({ path: entry.path, mode, size: content.length, type: '0', linkTo: '' }),
      content,
      padding,
    ];
  });
  return Buffer.concat([...blocks, Buffer.alloc(2 * block)]);
}

/** Writes the archive of `tar` compressed by gzip: equal entries give equal bytes under one version of Node. */
export function tarGzip(entries: readonly TarEntry[]): Buffer {
  // Fast rather than small: the bytes only ever cross the loopback.
  const compressed = gzipSync(tar(entries), { level: constants.Z_BEST_SPEED });
  // Byte 9 names the operating system that compressed (RFC 1952, 2.3.1); 255 is "unknown" and the same everywhere.
  compressed[9] = 255;
  return compressed;
}

/** Undoes the compression of `tarGzip`, for the digest of the bare archive. */
export function tarOf(gzipped: Buffer): Buffer {
  return gunzipSync(gzipped);
}

type Header = {
  readonly path: string;
  readonly mode: number;
  readonly size: number;
  readonly type: '0' | '2';
  readonly linkTo: string;
};

function header({ path, mode, size, type, linkTo }: Header): Buffer {
  const bytes = Buffer.alloc(block);
  const put = (text: string, offset: number, length: number): void => {
    if (Buffer.byteLength(text) > length) throw new RangeError(`too long for a ustar header: ${text}`);
    bytes.write(text, offset, length, 'utf8');
  };
  const octal = (value: number, length: number): string => `${value.toString(8).padStart(length - 1, '0')}\0`;

  put(path, 0, 100);
  put(octal(mode, 8), 100, 8);
  put(octal(0, 8), 108, 8); // owner
  put(octal(0, 8), 116, 8); // group
  put(octal(size, 12), 124, 12);
  put(octal(0, 12), 136, 12); // time of modification
  put(' '.repeat(8), 148, 8); // the checksum counts itself as blanks
  put(type, 156, 1);
  put(linkTo, 157, 100);
  put('ustar\u000000', 257, 8);

  const checksum = bytes.reduce((sum, byte) => sum + byte, 0);
  put(`${checksum.toString(8).padStart(6, '0')}\0 `, 148, 8);
  return bytes;
}
