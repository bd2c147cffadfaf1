import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { numberAt } from '../../src/model/json.ts';
import { nodeFlags } from '../support/node-flags.ts';
import { cpuOf, residentOf } from './process-meter.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** The bundled controller as a process of its own, as the image runs it. */
export class Bundle {
  readonly #child: ChildProcess;
  readonly #port: number | undefined;

  private constructor(child: ChildProcess, port: number | undefined) {
    this.#child = child;
    this.#port = port;
  }

  /** Builds `dist/plimsoll.js`. */
  static async build(): Promise<void> {
    await promisify(execFile)('npm', ['run', '--silent', 'build'], { cwd: root });
  }

  /**
   * Starts what was built; `port` is where the arguments tell it to serve its metrics. `lateness` watches its event loop, which
   * wakes it a hundred times a second: not to be asked for where its CPU is measured.
   */
  static start(args: readonly string[], options: { port?: number; lateness?: boolean } = {}): Bundle {
    const { port, lateness = false } = options;
    const file = `${root}dist/plimsoll.js`;
    const probe = lateness ? [`--import=${eventLoopProbe()}`] : [];
    const child = spawn(process.execPath, [...nodeFlags(), ...probe, file, ...args], {
      stdio: ['ignore', 'ignore', 'inherit', ...(lateness ? (['ipc'] as const) : [])],
      env: {},
    });
    const killWithUs = () => child.kill('SIGKILL');
    process.once('exit', killWithUs);
    child.once('exit', () => process.off('exit', killWithUs));
    return new Bundle(child, port);
  }

  /** The sum of the series of a metric whose labels hold a text; 0 while nothing is served. */
  async metric(name: string, labels: string): Promise<number> {
    return (await this.#get('metrics'))
      .split('\n')
      .filter((line) => line.startsWith(`${name}{`) && line.includes(labels))
      .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  }

  /** Whether it says that it is ready. */
  async isReady(): Promise<boolean> {
    return (await this.#get('readyz')).startsWith('ok');
  }

  /** What is served under a path; nothing while it does not serve. */
  async #get(path: string): Promise<string> {
    if (this.#child.exitCode !== null) throw new Error(`plimsoll has ended with ${this.#child.exitCode}`);
    const answer = await fetch(`http://127.0.0.1:${this.#port}/${path}`).catch(() => undefined);
    return (await answer?.text()) ?? '';
  }

  /** How late its event loop was since the last call, in milliseconds. */
  async lateness(): Promise<{ readonly p99: number; readonly max: number }> {
    this.#child.send('lateness');
    const heard: readonly unknown[] = await once(this.#child, 'message');
    const [answer] = heard;
    return { p99: numberAt(answer, 'p99') ?? 0, max: numberAt(answer, 'max') ?? 0 };
  }

  /** Resident memory in MiB (Linux). */
  resident(): number {
    return residentOf(this.#pid);
  }

  /** CPU time used so far, in milliseconds (Linux). */
  cpu(): number {
    return cpuOf(this.#pid);
  }

  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    if (this.#child.exitCode === null) await once(this.#child, 'exit');
  }

  get #pid(): number {
    const { pid, exitCode } = this.#child;
    if (pid === undefined || exitCode !== null) throw new Error(`plimsoll has ended with ${exitCode}`);
    return pid;
  }
}

/** As text, which holds no types: a file of TypeScript would load what strips them, and 20 MB that are not the controller's. */
function eventLoopProbe(): string {
  const source = readFileSync(join(import.meta.dirname, 'event-loop.ts'), 'utf8');
  return `data:text/javascript,${encodeURIComponent(source)}`;
}
