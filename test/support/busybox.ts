import { readFileSync } from 'node:fs';
import { tarGzip } from './tar.ts';

/** The applets that a test image has under /bin; the rest of busybox is reached by `busybox <applet>`. */
const applets = [
  'sh',
  'sleep',
  'cat',
  'echo',
  'env',
  'false',
  'true',
  'httpd',
  'wget',
  'ls',
  'mkdir',
  'touch',
];

/** The first process of a container ignores a SIGTERM that it does not handle: bare `sleep` takes 30 s to end, this none. */
const stay = `#!/bin/sh
trap 'exit 0' TERM INT
sleep inf &
wait
`;

/**
 * Builds the one layer of a small test image: a static busybox under /bin and the files given, by absolute path and content.
 * The command `/bin/stay` runs until it is told to end.
 *
 * Files are executable, so that a shell script can be a command. The result is a tar.gz and the same bytes for the same input;
 * one more file of any name makes an image of other content, hence of another digest. Limits: those of `tar`.
 */
export function busyboxLayer(busybox: string, files: Readonly<Record<string, string>> = {}): Buffer {
  const own = Object.entries(files).map(([path, content]) => ({
    path: path.replace(/^\/+/, ''),
    mode: 0o755,
    content,
  }));
  return tarGzip([
    { path: 'bin/busybox', mode: 0o755, content: readFileSync(busybox) },
    { path: 'bin/stay', mode: 0o755, content: stay },
    ...applets.map((applet) => ({ path: `bin/${applet}`, linkTo: 'busybox' })),
    ...own,
  ]);
}
