import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { parseAllDocuments } from 'yaml';
import { listPath } from '../../src/kube/resources.ts';
import { isJsonObject, listAt, textAt } from '../../src/model/json.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts';
import { ApiProxy } from '../support/api-proxy.ts';
import { copyKubeconfig, type KubeconfigFile } from '../support/kubeconfig-file.ts';
import { act } from './acts.ts';
import { Crew } from './crew.ts';
import { Fleet, fleetResources } from './fleet.ts';
import { Ledger } from './ledger.ts';
import { Random } from './random.ts';
import { settle } from './settle.ts';
import { Weather } from './weather.ts';

/** What a run is made of. */
export interface DramaOptions {
  readonly seed: number;
  readonly workloads: number;
  readonly say: (line: string) => void;
}

/** Milliseconds between two draws. */
const beat = 100;
/** A node that does not wait as long as a real one, so that a minute holds many rollouts. */
const pace = { step: 5, backoff: { initial: 200, longest: 1_000 } };
/** The most MiB that a controller may hold with the fleet of a run, however long it lasts. */
const mostMemory = 256;

/** One run: the stage, the players, the ledger that watches them, and the end that must be reached. */
export class Drama {
  readonly #options: DramaOptions;
  readonly #sandbox: Sandbox;
  readonly #proxy: ApiProxy;
  readonly #kubeconfig: KubeconfigFile;
  readonly #fleet: Fleet;
  readonly #crew: Crew;
  readonly #weather: Weather;
  readonly #ledger = new Ledger();
  readonly #random: Random;
  readonly #acts = new Map<string, number>();
  readonly #mishaps: string[] = [];
  readonly #over = new AbortController();
  #watching: readonly Promise<void>[] = [];

  private constructor(options: DramaOptions, sandbox: Sandbox, proxy: ApiProxy) {
    this.#options = options;
    this.#sandbox = sandbox;
    this.#proxy = proxy;
    this.#random = new Random(options.seed);
    this.#fleet = new Fleet(sandbox, options.workloads);
    this.#kubeconfig = copyKubeconfig(sandbox.kubeconfig, {
      namespace: 'plimsoll-system',
      server: proxy.url,
    });
    this.#crew = new Crew([
      `--kubeconfig=${this.#kubeconfig.file}`,
      '--leader-elect',
      '--address=127.0.0.1:0',
      '--poll-interval=2s',
      '--max-rollouts=100',
      '--log-format=json',
    ]);
    this.#weather = new Weather({ sandbox, proxy, crew: this.#crew });
  }

  /** Builds the stage, and starts the controllers once the fleet is there and watched. */
  static async open(options: DramaOptions): Promise<Drama> {
    const sandbox = await startSandbox({ clock: systemClock, pace });
    const proxy = await ApiProxy.start(sandbox.connection);
    const drama = new Drama(options, sandbox, proxy);
    await drama.#fleet.open();
    drama.#watching = fleetResources.map((resource) => drama.#watch(listPath(resource)));
    return drama;
  }

  /** Lets everything happen at once for so many milliseconds. */
  async play(duration: number): Promise<void> {
    const begun = performance.now();
    const pending = new Set<Promise<void>>();
    for (let step = 0; performance.now() - begun < duration; step++) {
      const random = this.#random.at(step);
      if (random.chance(0.03)) this.#weather.strike(random);
      const doing = this.#act(random).finally(() => pending.delete(doing));
      pending.add(doing);
      if (step % 10 === 0) this.#crew.tend();
      await setTimeout(Math.max(0, begun + (step + 1) * beat - performance.now()));
    }
    await Promise.all(pending);
    await this.#weather.calm();
    this.#tell();
  }

  /** Waits until the fleet is where it must be; resolves with everything that was broken on the way, as lines for people. */
  async end(): Promise<readonly string[]> {
    const late = await settle(this.#fleet, this.#ledger, this.#crew);
    const { updates, undos } = this.#ledger.counts;
    this.#options.say(
      `updates ${updates}, undos ${undos}, controllers killed ${this.#crew.slain}, most memory ${this.#crew.peak} MiB`,
    );
    const findings = this.#findings(late);
    if (findings.length > 0) {
      const file = join(tmpdir(), `plimsoll-chaos-${this.#options.seed}.log`);
      writeFileSync(file, this.#crew.report().join('\n'));
      this.#options.say(`the last lines of the controllers are in ${file}`);
    }
    return findings;
  }

  #findings(late: readonly string[]): readonly string[] {
    const foreign = this.#outsideTheRole();
    return [
      ...this.#ledger.violations.map(({ invariant, workload, what }) => `${invariant}: ${workload}: ${what}`),
      ...this.#crew.complaints.map((complaint) => `controller: ${complaint}`),
      ...this.#mishaps,
      ...foreign.map((request) => `role: ${request}`),
      ...(this.#crew.peak > mostMemory ? [`memory: ${this.#crew.peak} MiB, at most ${mostMemory}`] : []),
      ...late,
    ];
  }

  async close(): Promise<void> {
    await this.#crew.close();
    this.#over.abort();
    await Promise.allSettled(this.#watching);
    await this.#fleet.close();
    await this.#proxy.close();
    await this.#sandbox.close();
    this.#kubeconfig.remove();
  }

  async #act(random: Random): Promise<void> {
    try {
      const name = await act(this.#fleet, random);
      this.#acts.set(name, (this.#acts.get(name) ?? 0) + 1);
    } catch (error) {
      this.#mishaps.push(`stage: ${String(error)}`);
    }
  }

  /** Follows the fleet on a line of its own that no fault touches, so that no version is missed. */
  async #watch(path: string): Promise<void> {
    const { signal } = this.#over;
    try {
      for await (const line of this.#fleet.client.watch(path, { signal, query: { resourceVersion: '0' } })) {
        const object = isJsonObject(line) ? line['object'] : undefined;
        if (!isJsonObject(object)) continue;
        if (textAt(line, 'type') === 'DELETED') this.#ledger.forget(object);
        else this.#ledger.see(object);
      }
      if (!signal.aborted) this.#mishaps.push(`stage: the watch of ${path} ended`);
    } catch (error) {
      if (!signal.aborted) this.#mishaps.push(`stage: the watch of ${path} failed: ${String(error)}`);
    }
  }

  #tell(): void {
    const list = (counts: ReadonlyMap<string, number>) =>
      [...counts]
        .map(([name, count]) => `${name} ${count}`)
        .toSorted()
        .join(', ');
    this.#options.say(`acts: ${list(this.#acts)}`);
    this.#options.say(`faults: ${list(this.#weather.seen)}`);
  }

  /** Requests of the controllers that the shipped role does not allow. */
  #outsideTheRole(): readonly string[] {
    const allowed = readRole();
    const asked = this.#sandbox.api.requests
      .filter(({ userAgent }) => userAgent.startsWith('plimsoll/'))
      .map(({ verb, path }) => `${verb} ${resourceOf(path)}`);
    return [...new Set(asked)].filter((request) => !allowed.has(request));
  }
}

/** What the shipped manifests allow, as `verb resource` and `verb resource/subresource`. */
function readRole(): ReadonlySet<string> {
  const manifests = join(import.meta.dirname, '..', '..', 'manifests');
  const files = globSync('{base,pull-secrets}/*.yaml', { cwd: manifests });
  const documents = files.flatMap((file) => parseAllDocuments(readFileSync(join(manifests, file), 'utf8')));
  const rules = documents.flatMap((document) => listAt(document.toJS(), 'rules'));
  return new Set(
    rules.flatMap((rule) =>
      listAt(rule, 'verbs').flatMap((verb) =>
        listAt(rule, 'resources').map((resource) => `${String(verb)} ${String(resource)}`),
      ),
    ),
  );
}

/** The resource that a path of the API names, with its subresource. */
function resourceOf(path: string): string {
  const parts = path.split('/').filter((part) => part !== '');
  const inGroup = parts.slice(parts[0] === 'api' ? 2 : 3);
  const named = inGroup[0] === 'namespaces' && inGroup.length > 2 ? inGroup.slice(2) : inGroup;
  const [resource = path, , subresource] = named;
  return subresource === undefined ? resource : `${resource}/${subresource}`;
}
