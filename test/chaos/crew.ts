import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const bundle = join(import.meta.dirname, '..', '..', 'dist', 'plimsoll.js');
const keptLines = 4_000;

/** What a controller must never say or do; each is one line for people. */
export type Complaint = string;

/** One controller as a process of its own, from the bundle that the image runs. */
export class Member {
  readonly #child: ChildProcess;
  readonly #lines: string[] = [];
  readonly #complaints: Complaint[] = [];
  readonly #ended: Promise<unknown>;
  readonly born = performance.now();
  #leading = false;
  #dismissed = false;

  constructor(args: readonly string[]) {
    const flags = readFileSync(bundle, 'utf8').split('\n', 1)[0]?.split(' ') ?? [];
    const own = flags.filter((word) => word.startsWith('--'));
    this.#child = spawn(process.execPath, [...own, bundle, 'run', ...args], {
      env: {},
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#ended = once(this.#child, 'exit').then(([code, signal]) => this.#exited(code, signal));
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      if (stream) createInterface({ input: stream }).on('line', (line) => this.#read(line));
    }
  }

  get leading(): boolean {
    return this.#leading;
  }

  get complaints(): readonly Complaint[] {
    return this.#complaints;
  }

  /** Its last lines, for a report. */
  get lines(): readonly string[] {
    return this.#lines;
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Resident memory in MiB (Linux), or undefined once it has ended. */
  resident(): number | undefined {
    if (!this.running) return undefined;
    const status = readFileSync(`/proc/${this.#child.pid}/status`, 'utf8');
    const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
    return kibibytes === undefined ? undefined : Math.round(Number(kibibytes) / 1_024);
  }

  /** Stands still until {@link Member.wake}: a machine that was suspended, or starved. */
  freeze(): void {
    this.#child.kill('SIGSTOP');
  }

  wake(): void {
    this.#child.kill('SIGCONT');
  }

  /** Ends it without a word. */
  async slay(): Promise<void> {
    await this.#dismiss('SIGKILL');
  }

  /** Asks it to end, as a rollout of its own Deployment does. */
  async retire(): Promise<void> {
    this.wake();
    await this.#dismiss('SIGTERM');
  }

  async #dismiss(signal: NodeJS.Signals): Promise<void> {
    this.#dismissed = true;
    if (this.running) this.#child.kill(signal);
    await this.#ended;
  }

  #read(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length > keptLines) this.#lines.shift();
    if (line.includes('"msg":"became leader"')) this.#leading = true;
    if (line.includes('"msg":"lost the lease"')) this.#leading = false;
    const isFault =
      line.includes('"level":"fatal"') || /unhandled|uncaught/i.test(line) || !line.startsWith('{');
    if (isFault) this.#complaints.push(line.slice(0, 2_000));
  }

  /** A controller that lost its lease ends by itself and is started again by its Deployment; nothing else may end it. */
  #exited(code: unknown, signal: unknown): void {
    const lostLease = this.#lines.some((line) => line.includes('lost the lease'));
    if (!this.#dismissed && !lostLease)
      this.#complaints.push(`ended by itself: code ${String(code)}, signal ${String(signal)}`);
  }
}

/** Two controllers of which one leads, kept alive as a Deployment would. */
export class Crew {
  readonly #args: readonly string[];
  readonly #members: Member[] = [];
  readonly #complaints: Complaint[] = [];
  #slain = 0;
  #peak = 0;

  constructor(args: readonly string[]) {
    this.#args = args;
    for (let index = 0; index < 2; index++) this.#members.push(new Member(args));
  }

  get slain(): number {
    return this.#slain;
  }

  get complaints(): readonly Complaint[] {
    return [...this.#complaints, ...this.#members.flatMap(({ complaints }) => complaints)];
  }

  /** The most MiB that any of them held at any look. */
  get peak(): number {
    return this.#peak;
  }

  get leader(): Member | undefined {
    return this.#members.find(({ leading, running }) => leading && running);
  }

  /** Looks after them: replaces who has ended, and notes how much memory they hold. */
  tend(): void {
    for (const [index, member] of this.#members.entries()) {
      this.#peak = Math.max(this.#peak, member.resident() ?? 0);
      if (!member.running) this.#replace(index, member);
    }
  }

  /** kill -9 of the leader, or of anybody where none leads. */
  async slayLeader(): Promise<void> {
    const member = this.leader ?? this.#members[0];
    if (!member) return;
    this.#slain++;
    await member.slay();
    this.tend();
  }

  async retireLeader(): Promise<void> {
    await this.leader?.retire();
    this.tend();
  }

  async close(): Promise<void> {
    await Promise.all(this.#members.map((member) => member.retire()));
  }

  /** The last lines of the one that leads, or of everybody. */
  report(): readonly string[] {
    return this.leader?.lines ?? this.#members.flatMap(({ lines }) => lines);
  }

  #replace(index: number, old: Member): void {
    this.#complaints.push(...old.complaints);
    this.#members[index] = new Member(this.#args);
  }
}
