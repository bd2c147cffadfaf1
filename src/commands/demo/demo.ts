import { runApp } from '../../app.ts';
import { readRunConfig } from '../../config.ts';
import { KubeClient } from '../../kube/client.ts';
import { listPath, resources } from '../../kube/resources.ts';
import { createLogger } from '../../observe/log.ts';
import { systemClock } from '../../runtime/clock.ts';
import { installDefinitions } from '../../sandbox/definitions.ts';
import { pushImage } from '../../sandbox/registry/push.ts';
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts';
import { version } from '../../version.ts';
import type { Command, CommandContext } from '../command.ts';
import type { CommandFlag } from '../flags.ts';
import { formatHelp } from '../help.ts';
import { People } from './people.ts';
import type { Scene, Stage, WorkloadSight } from './scene.ts';
import { scenes } from './scenes.ts';
import { LiveScreen, PlainScreen, type SceneResult, type Screen } from './screen.ts';
import { deploymentOf, namespace, type ShopPlace, workloads } from './shop.ts';
import { ShopClock, windowFrom } from './shop-clock.ts';
import { Theatre } from './theatre.ts';

/** Milliseconds that one step of a scene may take. */
const patience = 20_000;
/** Milliseconds from the first scene until the maintenance window opens. */
const beforeWindow = 14_000;
/** A crashed container is started again within a second instead of ten, so that nobody waits for its third crash. */
const pace = { step: 30, backoff: { initial: 400, longest: 2_000 } };
const platforms = [
  { os: 'linux', architecture: 'amd64' },
  { os: 'linux', architecture: 'arm64' },
];

const flags: readonly CommandFlag[] = [
  { name: 'keep', help: 'stay up afterwards, serve /metrics and take kubectl, until Ctrl-C' },
];

/** `plimsoll demo`: a complete tour on one machine, without a cluster. */
export const demoCommand: Command = {
  flags,
  help: (program) =>
    formatHelp(program, {
      usage: 'demo [--keep]',
      purpose:
        'Starts an API server, a registry and a simulated node in this process, lets the controller work on a shop of some workloads, and pushes images. It ends by itself within a minute.',
      flags,
      examples: [
        { what: 'the tour', line: 'demo' },
        { what: 'the tour, and then a shop to look around in with kubectl', line: 'demo --keep' },
      ],
      exitCodes: '0 every scene ended as it should, 1 one did not, 2 wrong usage',
    }),
  run,
};

async function run(context: CommandContext): Promise<number> {
  const unknown = context.args.filter((arg) => arg !== '--keep');
  if (unknown.length > 0) {
    const { program, complain } = context;
    complain(`${program} demo does not know ${unknown.join(' ')}; see ${program} demo --help`);
    return 2;
  }
  const clock = new ShopClock(systemClock);
  const sandbox = await startSandbox({ clock, pace });
  const screen = context.terminal ? new LiveScreen(context.write) : new PlainScreen(context.print);
  const tour = new Tour(context, { sandbox, screen, clock });
  try {
    return await tour.run();
  } finally {
    screen.close();
    await sandbox.close();
  }
}

/** One tour through all scenes. */
class Tour {
  readonly #context: CommandContext;
  readonly #sandbox: Sandbox;
  readonly #screen: Screen;
  readonly #clock: ShopClock;
  readonly #place: ShopPlace;
  readonly #people: People;
  /** When the maintenance window opens. */
  readonly #opening: number;
  readonly #client: KubeClient;
  readonly #theatre: Theatre;
  readonly #stop = new AbortController();

  constructor(
    context: CommandContext,
    { sandbox, screen, clock }: { sandbox: Sandbox; screen: Screen; clock: ShopClock },
  ) {
    this.#context = context;
    this.#sandbox = sandbox;
    this.#screen = screen;
    this.#clock = clock;
    this.#opening = clock.openingTime();
    this.#place = { registry: sandbox.registry.host, window: windowFrom(this.#opening) };
    const silent = { kubeRequest: () => undefined, informerRestart: () => undefined };
    const { connection } = sandbox;
    this.#client = new KubeClient({
      connection,
      clock,
      metrics: silent,
      userAgent: 'plimsoll-demo',
    });
    this.#people = new People(this.#client, clock, this.#stop.signal);
    this.#theatre = new Theatre({
      client: this.#client,
      clock,
      logger: createLogger({ level: 'silent' }),
      metrics: silent,
      registry: sandbox.registry.host,
    });
  }

  async run(): Promise<number> {
    const { signal } = this.#stop;
    this.#context.signal.addEventListener('abort', () => this.#stop.abort(), { once: true });
    this.#screen.say(
      `A shop opens: an API server, a registry and a node inside this process, ${workloads.length} workloads.`,
    );
    await this.#open(signal);
    const watching = this.#theatre.run(signal);
    const redraw = this.#theatre.onChange(() => this.#screen.show(this.#theatre.fleet()));
    const controller = this.#controller(signal);
    try {
      const failed = await this.#play();
      if (this.#context.args.includes('--keep') && !signal.aborted) await this.#keep();
      return failed > 0 ? 1 : 0;
    } finally {
      redraw();
      this.#stop.abort();
      await Promise.all([watching, controller]);
      await this.#client.close();
    }
  }

  /** Puts the first images into the registry and the workloads into the cluster. */
  async #open(signal: AbortSignal): Promise<void> {
    await installDefinitions(this.#client, this.#clock, signal);
    const metadata = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } };
    await this.#client.create(listPath(resources.namespaces), metadata, { signal });
    for (const { repository, tag } of workloads) await this.#push(repository, tag, `${repository} ${tag}`);
    for (const workload of workloads) {
      const manifest = deploymentOf(workload, this.#place);
      await this.#client.create(listPath(resources.deployments, namespace), manifest, { signal });
    }
  }

  #controller(signal: AbortSignal): Promise<unknown> {
    const args = ['--poll-interval=1s', '--address=127.0.0.1:0', `--namespace=${namespace}`];
    const configured = readRunConfig(args, {});
    if (!configured.ok) throw new Error(configured.message);
    const keep = this.#context.args.includes('--keep');
    return runApp(
      {
        config: configured.config,
        connection: this.#sandbox.connection,
        clock: this.#clock,
        logger: createLogger({ level: 'silent' }),
        version,
        instance: 'demo',
        leaderElect: false,
        listening: (port) => keep && this.#screen.say(`metrics: http://127.0.0.1:${port}/metrics`),
      },
      signal,
    );
  }

  async #play(): Promise<number> {
    const ready = () => this.#theatre.fleet().every(settled);
    if (!(await this.#until(ready))) {
      this.#screen.say('FAIL the shop did not open: some workload was not judged in time');
      return scenes.length;
    }
    this.#clock.putForward(this.#opening - beforeWindow);
    const begun = new Map(
      scenes.filter(({ early }) => early === true).map((scene) => [scene, this.#scene(scene)]),
    );
    let failed = 0;
    for (const scene of scenes) {
      const result = await (begun.get(scene) ?? this.#scene(scene));
      if (this.#stop.signal.aborted) return failed;
      this.#screen.ended(result);
      if (!result.well) failed++;
    }
    const well = scenes.length - failed;
    this.#screen.say(`${well} of ${scenes.length} scenes ended as they should.`);
    return failed;
  }

  #until(condition: () => boolean): Promise<boolean> {
    return this.#theatre.until(condition, {
      within: patience,
      clock: this.#clock,
      signal: this.#stop.signal,
    });
  }

  /** Plays a scene to its end, or to the first step that does not come. */
  async #scene(scene: Scene): Promise<SceneResult> {
    const { workload: name } = scene;
    const before = this.#theatre.see(name);
    const seen: WorkloadSight[] = [];
    const comes = async (looks: (now: WorkloadSight) => boolean) => {
      const well = await this.#until(() => looks(this.#theatre.see(name)));
      seen.push(this.#theatre.see(name));
      return well;
    };
    try {
      const pushed = await scene.happens(this.#stage(name, comes));
      return { scene, well: await comes((now) => scene.holds(now, pushed, before)), seen };
    } catch (error) {
      return { scene, well: false, seen, fault: error instanceof Error ? error.message : String(error) };
    }
  }

  #stage(name: string, comes: (looks: (now: WorkloadSight) => boolean) => Promise<boolean>): Stage {
    const shelf = workloads.find((workload) => workload.name === name);
    return {
      push: (repository, tag, content) => this.#push(repository, tag, content),
      deleteTag: (repository, tag) => this.#sandbox.registry.deleteTag(`${namespace}/${repository}`, tag),
      now: () => this.#theatre.see(name),
      until: async (looks) => {
        if (!(await comes(looks))) throw new Error('what the scene waited for did not come');
      },
      person: {
        undoes: () => this.#people.undo(name),
        applies: async () => shelf && this.#people.apply(name, deploymentOf(shelf, this.#place)),
        approves: () => this.#people.approve(name),
      },
    };
  }

  async #push(repository: string, tag: string, content: string): Promise<string> {
    const { host } = this.#sandbox.registry;
    const image = { registry: host, repository: `${namespace}/${repository}`, tag, content, platforms };
    return (await pushImage(image)).digest;
  }

  async #keep(): Promise<void> {
    this.#screen.say(
      `The shop stays open until Ctrl-C. Look around: kubectl --kubeconfig ${this.#sandbox.kubeconfig} -n ${namespace} get ti`,
    );
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#stop.signal.addEventListener('abort', () => resolve(), { once: true });
    await promise;
  }
}

/** A workload has been judged once, whatever the verdict. */
function settled({ reason, running, name }: WorkloadSight): boolean {
  return reason !== '' && (running.length === 1 || name === 'report');
}
