import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** The bundled controller as a process of its own, as the image runs it. */
export class Bundle {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  /** Builds `dist/plimsoll.js` and starts it. */
  static async start(args: readonly string[]): Promise<Bundle> {
    await promisify(execFile)('npm', ['run', '--silent', 'build'], { cwd: root });
    const file = `${root}dist/plimsoll.js`;
    const flags =
      readFileSync(file, 'utf8')
        .split('\n', 1)[0]
        ?.split(' ')
        .filter((word) => word.startsWith('--')) ?? [];
    const child = spawn(process.execPath, [...flags, file, ...args], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: {},
    });
    return new Bundle(child);
  }

  /** Resident memory in MiB (Linux). */
  resident(): number {
    const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(
      readFileSync(`/proc/${this.#child.pid}/status`, 'utf8'),
    )?.[1];
    return Math.round(Number(kibibytes) / 102.4) / 10;
  }

  /** CPU time used so far, in milliseconds (Linux counts in hundredths of a second). */
  cpu(): number {
    const stat = readFileSync(`/proc/${this.#child.pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) * 10;
  }

  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    if (this.#child.exitCode === null) await once(this.#child, 'exit');
  }
}
