import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { shown } from './shown.ts';

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

/** `plimsoll` as a process of its own, run from the sources. What it writes and serves is searched for secrets. */
export class PlimsollProcess {
  readonly #child: ChildProcess;
  readonly #closed = Promise.withResolvers<void>();
  #output = '';

  constructor(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    this.#child = spawn(process.execPath, [main, ...args], {
      env: { PATH: process.env['PATH'] ?? '', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    // Whatever becomes of the tests, it does not go on in their cluster.
    const killWithUs = () => this.#child.kill('SIGKILL');
    process.once('exit', killWithUs);
    this.#child.once('exit', () => process.off('exit', killWithUs));
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#output += text;
      });
    }
    this.#child.on('close', () => {
      shown('the output of plimsoll', this.#output);
      this.#closed.resolve();
    });
  }

  /** Everything that was written so far. */
  get output(): string {
    return this.#output;
  }

  /** The lines of its JSON log. */
  get log(): readonly Readonly<Record<string, unknown>>[] {
    return this.#output.split('\n').flatMap((line) => {
      try {
        const parsed: unknown = JSON.parse(line);
        return typeof parsed === 'object' && parsed !== null ? [{ ...parsed }] : [];
      } catch {
        return [];
      }
    });
  }

  /** What it serves under a path of its own: `/readyz`. Undefined while it does not listen. */
  async serves(path: string): Promise<{ readonly status: number; readonly text: string } | undefined> {
    const port = this.log.find(({ msg }) => String(msg).startsWith('serving'))?.['port'];
    if (typeof port !== 'number') return undefined;
    const signal = AbortSignal.timeout(5_000);
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { signal });
    const text = await answer.text();
    shown(`plimsoll under ${path}`, text);
    return { status: answer.status, text };
  }

  /** The sum of the series of a metric whose labels hold a text. */
  async counted(metric: string, labels: string): Promise<number> {
    const { text = '' } = (await this.serves('/metrics')) ?? {};
    return text
      .split('\n')
      .filter((line) => line.startsWith(`${metric}{`) && line.includes(labels))
      .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  }

  /** Sends a signal; before SIGTERM its metrics are read for the last time. */
  kill(signal: NodeJS.Signals): void {
    if (signal === 'SIGTERM') void this.dismiss();
    else this.#child.kill(signal);
  }

  /** Asks it to end, after its metrics were read for the last time; resolves when it was told. */
  async dismiss(): Promise<void> {
    await this.serves('/metrics').catch(() => undefined);
    this.#child.kill('SIGTERM');
  }

  /** Resolves with the exit code, null where a signal ended it, when everything that it wrote is there. */
  async ended(): Promise<number | null> {
    await this.#closed.promise;
    return this.#child.exitCode;
  }

  /** Ends it at once; does nothing to one that has ended. */
  async close(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.ended();
  }
}
