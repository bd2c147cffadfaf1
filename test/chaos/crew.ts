import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Held } from './memory.ts';

const built = join(import.meta.dirname, '..', '..', 'dist', 'plimsoll.js');
const keptLines = 4_000;
/** Milliseconds in which a controller has ended that was asked to: 10 s, and some for a machine that is busy. */
const grace = 15_000;

/** What a controller must never say or do; each is one line for people. */
export type Complaint = string;

/** One controller as a process of its own, from the bundle that the image runs. */
export class Member {
  readonly #child: ChildProcess;
  readonly #lines: string[] = [];
  readonly #complaints: Complaint[] = [];
  readonly #memory: number[] = [];
  readonly #memoryAsLeader: number[] = [];
  readonly #ended: Promise<unknown>;
  readonly #note: (what: string) => void;
  #leading = false;
  #lostLease = false;
  #dismissed = false;

  /**
   * @param bundle the program
   * @param note is told when it begins or ceases to lead, and how it ends
   */
  constructor(bundle: string, args: readonly string[], note: (what: string) => void) {
    this.#note = note;
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

  /** Resident memory in MiB at each time that it was weighed. */
  get memory(): readonly number[] {
    return this.#memory;
  }

  /** The same since it leads. */
  get memoryAsLeader(): readonly number[] {
    return this.#memoryAsLeader;
  }

  /** Notes how much memory it holds now (Linux). */
  weigh(): void {
    if (!this.running) return;
    const status = readFileSync(`/proc/${this.#child.pid}/status`, 'utf8');
    const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
    if (kibibytes === undefined) return;
    const mebibytes = Math.round(Number(kibibytes) / 1_024);
    this.#memory.push(mebibytes);
    if (this.#leading) this.#memoryAsLeader.push(mebibytes);
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

  /** Asks it to end, as a rollout of its own Deployment does, and gives it no longer than a pod is given by us. */
  async retire(): Promise<void> {
    this.wake();
    const timer = setTimeout(() => {
      this.#complaints.push(`did not end within ${grace} ms when asked to`);
      this.#child.kill('SIGKILL');
    }, grace);
    await this.#dismiss('SIGTERM');
    clearTimeout(timer);
  }

  async #dismiss(signal: NodeJS.Signals): Promise<void> {
    this.#dismissed = true;
    if (this.running) this.#child.kill(signal);
    await this.#ended;
  }

  #read(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length > keptLines) this.#lines.shift();
    if (line.includes('"msg":"became leader"')) {
      this.#leading = true;
      this.#note('leads');
    }
    if (line.includes('"msg":"lost the lease"')) {
      this.#leading = false;
      this.#lostLease = true;
      this.#note('lost the lease');
    }
    const isFault =
      line.includes('"level":"fatal"') || /unhandled|uncaught/i.test(line) || !line.startsWith('{');
    if (isFault) this.#complaints.push(line.slice(0, 2_000));
  }

  /** A controller that lost its lease ends by itself and is started again by its Deployment; nothing else may end it. */
  #exited(code: unknown, signal: unknown): void {
    const how = `code ${String(code)}, signal ${String(signal)}`;
    this.#note(`ended: ${how}`);
    if (this.#dismissed) {
      const isRight = signal === 'SIGKILL' || code === 0 || this.#lostLease;
      if (!isRight) this.#complaints.push(`ended badly when asked to: ${how}`);
    } else if (!this.#lostLease) this.#complaints.push(`ended by itself: ${how}`);
  }
}

/** Two controllers of which one leads, kept alive as a Deployment would. */
export class Crew {
  /** A copy of the program, so that a build beside the run does not change who is started later. */
  readonly #folder = mkdtempSync(join(tmpdir(), 'plimsoll-crew-'));
  readonly #bundle = join(this.#folder, 'plimsoll.mjs');
  readonly #args: readonly string[];
  readonly #members: Member[] = [];
  readonly #former: Member[] = [];
  readonly #timer: NodeJS.Timeout;
  readonly #note: (what: string) => void;
  #started = 0;

  /** @param note is told what becomes of each of them */
  constructor(args: readonly string[], note: (what: string) => void) {
    this.#args = args;
    this.#note = note;
    copyFileSync(built, this.#bundle);
    for (let index = 0; index < 2; index++) this.#members.push(this.#start());
    this.#timer = setInterval(() => this.#tend(), 1_000);
  }

  get complaints(): readonly Complaint[] {
    return this.#all.flatMap(({ complaints }) => complaints);
  }

  /** What each of them that ever lived held. */
  get memories(): readonly Held[] {
    return this.#all.map(({ memory, memoryAsLeader }) => ({ always: memory, asLeader: memoryAsLeader }));
  }

  get leader(): Member | undefined {
    return this.#members.find(({ leading, running }) => leading && running);
  }

  /** The leader, as soon as there is one; undefined where there is none for so many milliseconds. */
  async whenLed(patience: number): Promise<Member | undefined> {
    const end = performance.now() + patience;
    while (!this.leader && performance.now() < end) await sleep(50);
    return this.leader;
  }

  /** Waits until one of them was weighed so many times as leader, for so many milliseconds at most. */
  async whenWeighed(times: number, patience: number): Promise<void> {
    const end = performance.now() + patience;
    const isDone = (): boolean => this.memories.some(({ asLeader }) => asLeader.length >= times);
    while (!isDone() && performance.now() < end) await sleep(200);
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#members.map((member) => member.retire()));
    rmSync(this.#folder, { recursive: true });
  }

  /** The last lines of the one that leads, or of everybody. */
  report(): readonly string[] {
    return this.leader?.lines ?? this.#members.flatMap(({ lines }) => lines);
  }

  get #all(): readonly Member[] {
    return [...this.#former, ...this.#members];
  }

  #start(): Member {
    const name = `controller ${++this.#started}`;
    return new Member(this.#bundle, this.#args, (what) => this.#note(`${name} ${what}`));
  }

  /** Notes what they hold, and replaces who has ended. */
  #tend(): void {
    for (const [index, member] of this.#members.entries()) {
      member.weigh();
      if (member.running) continue;
      this.#former.push(member);
      this.#members[index] = this.#start();
    }
  }
}
