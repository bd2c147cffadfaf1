import { runApp } from '../../app.ts';
import { readRunConfig } from '../../config.ts';
import { KubeClient } from '../../kube/client.ts';
import { listPath, resources } from '../../kube/resources.ts';
import type { Clock } from '../../model/ports.ts';
import { createLogger } from '../../observe/log.ts';
import { systemClock } from '../../runtime/clock.ts';
import { installDefinitions } from '../../sandbox/definitions.ts';
import { pushImage } from '../../sandbox/registry/push.ts';
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts';
import { version } from '../../version.ts';
import type { Command, CommandContext } from '../command.ts';
import { LiveScreen, PlainScreen, type Screen } from './screen.ts';
import type { Scene, Stage, WorkloadSight } from './scene.ts';
import { scenes } from './scenes.ts';
import { deploymentOf, namespace, workloads } from './shop.ts';
import { Theatre } from './theatre.ts';

/** Milliseconds that one scene may take. */
const patience = 20_000;
const platforms = [
  { os: 'linux', architecture: 'amd64' },
  { os: 'linux', architecture: 'arm64' },
];

/** `plimsoll demo`: a complete tour on one machine, without a cluster. */
export const demoCommand: Command = {
  help: () =>
    [
      'Usage: plimsoll demo [--keep]',
      '',
      'Starts an API server, a registry and a simulated node in this process, lets the controller work on a shop of',
      'nine workloads, and pushes images. Exit code 1 if a scene does not end as it should.',
      '',
      '  --keep   stay up afterwards, serve /metrics and take kubectl, until Ctrl-C',
    ].join('\n'),
  run,
};

async function run(context: CommandContext): Promise<number> {
  const unknown = context.args.filter((arg) => arg !== '--keep');
  if (unknown.length > 0) {
    context.complain(`plimsoll demo does not know ${unknown.join(' ')}; see plimsoll demo --help`);
    return 2;
  }
  const sandbox = await startSandbox({ clock: systemClock });
  const screen = context.terminal ? new LiveScreen(context.write) : new PlainScreen(context.print);
  const tour = new Tour(context, sandbox, screen);
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
  readonly #clock: Clock = systemClock;
  readonly #client: KubeClient;
  readonly #theatre: Theatre;
  readonly #stop = new AbortController();

  constructor(context: CommandContext, sandbox: Sandbox, screen: Screen) {
    this.#context = context;
    this.#sandbox = sandbox;
    this.#screen = screen;
    const silent = { kubeRequest: () => undefined, reflector: () => undefined };
    const { connection } = sandbox;
    this.#client = new KubeClient({
      connection,
      clock: systemClock,
      metrics: silent,
      userAgent: 'plimsoll-demo',
    });
    this.#theatre = new Theatre({
      client: this.#client,
      clock: systemClock,
      logger: createLogger({ level: 'silent' }),
      metrics: silent,
      registry: sandbox.registry.host,
    });
  }

  async run(): Promise<number> {
    const { signal } = this.#stop;
    this.#context.signal.addEventListener('abort', () => this.#stop.abort(), { once: true });
    this.#screen.say(
      'A shop opens: an API server, a registry and a node inside this process, nine workloads.',
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
    const { host } = this.#sandbox.registry;
    await installDefinitions(this.#client, this.#clock, signal);
    const metadata = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } };
    await this.#client.create(listPath(resources.namespaces), metadata, { signal });
    for (const { repository, tag } of workloads) await this.#push(repository, tag, `${repository} ${tag}`);
    for (const workload of workloads) {
      await this.#client.create(listPath(resources.deployments, namespace), deploymentOf(workload, host), {
        signal,
      });
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
    if (!(await this.#theatre.until(ready, patience, this.#clock))) {
      this.#screen.say('FAIL the shop did not open: some workload was not judged in time');
      return scenes.length;
    }
    let failed = 0;
    for (const scene of scenes) {
      if (this.#stop.signal.aborted) return failed;
      const well = await this.#scene(scene);
      if (!well) failed++;
    }
    const well = scenes.length - failed;
    this.#screen.say(`${well} of ${scenes.length} scenes ended as they should.`);
    return failed;
  }

  async #scene(scene: Scene): Promise<boolean> {
    const before = this.#theatre.see(scene.workload);
    const stage: Stage = {
      push: (repository, tag, content) => this.#push(repository, tag, content),
      deleteTag: (repository, tag) => this.#sandbox.registry.deleteTag(`${namespace}/${repository}`, tag),
    };
    const pushed = await scene.happens(stage);
    const holds = () => scene.holds(this.#theatre.see(scene.workload), pushed, before);
    const well = await this.#theatre.until(holds, patience, this.#clock);
    this.#screen.ended({ scene, well, now: this.#theatre.see(scene.workload) });
    return well;
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
