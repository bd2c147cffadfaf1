import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { parseImageReference } from '../../src/model/image-reference.ts';
import { ApiProxy } from '../support/api-proxy.ts';
import { copyKubeconfig, type KubeconfigFile } from '../support/kubeconfig-file.ts';
import { act, actNames, isPossible } from './acts.ts';
import { Crew } from './crew.ts';
import { Fleet } from './fleet.ts';
import { Ledger } from './ledger.ts';
import { findExcess, findGrowth, growthOf, judgedAfter } from './memory.ts';
import { Random } from './random.ts';
import { Role } from './role.ts';
import { type Cue, writeScript } from './script.ts';
import { settle } from './settle.ts';
import type { Stage } from './stage.ts';
import { Tally } from './tally.ts';
import { faultTracks, rain } from './weather.ts';

/** What a run is made of. */
export interface DramaOptions {
  readonly seed: number;
  /** Milliseconds of acts and faults. */
  readonly duration: number;
  readonly workloads: number;
  readonly say: (line: string) => void;
}

const actsPerMinute = 600;
/**
 * Milliseconds after which everything must have happened, and a trend can be told from chance, however slow the machine. In less
 * neither is judged, and what did not happen is only told.
 */
const longEnough = 180_000;

/** One run: the players on a stage, the ledger that watches them, and the end that must be reached. */
export class Drama {
  readonly #options: DramaOptions;
  readonly #stage: Stage;
  readonly #proxy: ApiProxy;
  readonly #kubeconfig: KubeconfigFile;
  readonly #fleet: Fleet;
  readonly #crew: Crew;
  readonly #ledger: Ledger;
  readonly #acts = new Tally();
  readonly #faults = new Tally();
  readonly #oversteps = new Set<string>();
  readonly #mishaps: string[] = [];
  /** What happened when, for those who look for a cause. */
  readonly #diary: string[] = [];
  readonly #begun = performance.now();
  readonly #over = new AbortController();
  readonly #watching: Promise<void>;

  private constructor(options: DramaOptions, { stage, proxy, fleet }: Opened) {
    this.#options = options;
    this.#stage = stage;
    this.#proxy = proxy;
    this.#fleet = fleet;
    this.#ledger = new Ledger((image, digest) => isPushed(stage, image, digest));
    this.#watching = this.#watch();
    const role = new Role();
    proxy.before = async (request) => {
      const overstep = role.refuse(request);
      if (overstep !== undefined) this.#oversteps.add(overstep);
    };
    this.#kubeconfig = copyKubeconfig(stage.kubeconfig, {
      namespace: 'plimsoll-system',
      server: proxy.url,
    });
    const args = [
      `--kubeconfig=${this.#kubeconfig.file}`,
      '--leader-elect',
      '--address=127.0.0.1:0',
      '--poll-interval=2s',
      '--max-rollouts=100',
      '--log-format=json',
    ];
    this.#crew = new Crew(args, (what) => this.#note(what));
  }

  /** Fills the stage, and starts the controllers once the fleet is there. The stage is closed with the drama. */
  static async open(stage: Stage, options: DramaOptions): Promise<Drama> {
    const proxy = await ApiProxy.start(stage.account);
    const fleet = new Fleet(stage, options.workloads);
    await fleet.open();
    return new Drama(options, { stage, proxy, fleet });
  }

  /** Lets everything happen that the seed says, and takes away what is left of it. */
  async play(): Promise<void> {
    const { seed, duration, say } = this.#options;
    const tracks = [{ names: actNames, perMinute: actsPerMinute }, ...faultTracks];
    const [acts = [], ...faults] = writeScript(tracks, { seed, duration });
    const note = (what: string): void => this.#note(what);
    const places = { stage: this.#stage, proxy: this.#proxy, crew: this.#crew, fleet: this.#fleet, note };
    const begun = performance.now();
    await Promise.all([this.#act(acts), ...faults.map((cues) => rain(cues, places, this.#faults))]);
    this.#stage.registry.faults.clear();
    this.#proxy.heal();
    say(`played for ${Math.round((performance.now() - begun) / 1_000)} s`);
    for (const line of [...this.#acts.lines, ...this.#faults.lines]) say(`  ${line}`);
  }

  /** Waits until the fleet is where it must be; resolves with everything that was broken on the way, as lines for people. */
  async end(): Promise<readonly string[]> {
    this.#note('the faults are over');
    const late = await settle(this.#fleet, this.#ledger, (what) => this.#note(what));
    if (this.#isLong) await this.#crew.whenWeighed(judgedAfter, 2 * judgedAfter * 1_000);
    const { updates, undos } = this.#ledger.counts;
    const most = Math.max(...this.#crew.memories.flatMap(({ always }) => always));
    this.#options.say(`updates ${updates}, undos ${undos}, most memory ${most} MiB`);
    if (!this.#isLong) for (const vacuity of this.#vacuities()) this.#options.say(vacuity);
    for (const { always, asLeader } of this.#crew.memories) {
      this.#note(`MiB of a controller: ${always.join(' ')}`);
      this.#note(`as leader, MiB more by the minute: ${growthOf(asLeader) ?? 'led too briefly to say'}`);
    }
    const findings = this.#findings(late);
    const file = join(tmpdir(), `plimsoll-chaos-${this.#options.seed}.log`);
    writeFileSync(file, [...this.#diary, ...this.#crew.report(), ''].join('\n'));
    this.#options.say(`what happened when, and the last lines of the controllers, is in ${file}`);
    return findings;
  }

  #findings(late: readonly string[]): readonly string[] {
    const { memories } = this.#crew;
    return [
      ...this.#ledger.violations.map(({ invariant, workload, what }) => `${invariant}: ${workload}: ${what}`),
      ...this.#crew.complaints.map((complaint) => `controller: ${complaint}`),
      ...this.#mishaps,
      ...[...this.#oversteps].map((request) => `role: ${request}`),
      ...[...findExcess(memories), ...(this.#isLong ? findGrowth(memories) : [])].map(
        (what) => `memory: ${what}`,
      ),
      ...(this.#isLong ? this.#vacuities() : []),
      ...late,
    ];
  }

  get #isLong(): boolean {
    return this.#options.duration >= longEnough;
  }

  /** What should have happened, and did not. */
  #vacuities(): readonly string[] {
    const { updates, undos } = this.#ledger.counts;
    const judged = this.#crew.memories.some(({ asLeader }) => growthOf(asLeader) !== undefined);
    const missing = [
      ...this.#acts.missing(actNames),
      ...this.#faults.missing(faultTracks.flatMap(({ names }) => names)),
      ...(updates === 0 ? ['update'] : []),
      ...(undos === 0 ? ['rollout that failed and was undone'] : []),
      ...(judged ? [] : ['leader for long enough to judge its memory']),
    ];
    return missing.map((name) => `vacuous: there was no ${name}`);
  }

  async close(): Promise<void> {
    await this.#crew.close();
    this.#over.abort();
    await this.#watching;
    await this.#fleet.close();
    await this.#proxy.close();
    await this.#stage.close();
    this.#kubeconfig.remove();
  }

  /** People and pipelines do not wait for each other. */
  async #act(cues: readonly Cue[]): Promise<void> {
    const begun = performance.now();
    const pending = new Set<Promise<void>>();
    for (const { name, at, seed } of cues) {
      await setTimeout(Math.max(0, begun + at - performance.now()));
      const doing = this.#perform(name, new Random(seed)).finally(() => pending.delete(doing));
      pending.add(doing);
    }
    await Promise.all(pending);
  }

  async #perform(name: string, random: Random): Promise<void> {
    try {
      this.#acts.add(name, await isPossible(act(name, this.#fleet, random)));
    } catch (error) {
      this.#mishaps.push(`stage: ${name}: ${String(error)}`);
    }
  }

  #note(what: string): void {
    const seconds = (performance.now() - this.#begun) / 1_000;
    this.#diary.push(`${seconds.toFixed(1)} s: ${what}`);
  }

  async #watch(): Promise<void> {
    const { signal } = this.#over;
    try {
      await this.#stage.follow(({ object, deleted }) => {
        if (deleted) this.#ledger.forget(object);
        else this.#ledger.see(object);
      }, signal);
    } catch (error) {
      if (!signal.aborted) this.#mishaps.push(`stage: nobody watches any more: ${String(error)}`);
    }
  }
}

interface Opened {
  readonly stage: Stage;
  readonly proxy: ApiProxy;
  readonly fleet: Fleet;
}

function isPushed({ registry }: Stage, image: string, digest: string): boolean {
  const parsed = parseImageReference(image);
  return parsed.ok && registry.resolve(parsed.value.path, digest) !== undefined;
}
