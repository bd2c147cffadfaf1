import { setTimeout } from 'node:timers/promises';
import { KubeClient } from '../../src/kube/client.ts';
import { listPath, objectPath, resources } from '../../src/kube/resources.ts';
import { isJsonObject, type JsonObject, listAt, textAt } from '../../src/model/json.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { installDefinitions } from '../../src/sandbox/definitions.ts';
import { pushImage } from '../../src/sandbox/registry/push.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts';
import { Bundle } from './bundle.ts';
import type { Measure } from './measure.ts';

const fleet = 50;
const namespace = 'bench';
const { signal } = new AbortController();
const interval = 2_000;
const watched = 30_000;

/** The bundled controller with 50 workloads, each on a repository of its own, against the embedded parts. */
export async function controllerBench(): Promise<readonly Measure[]> {
  const sandbox = await startSandbox({ clock: systemClock });
  const stage = new BenchStage(sandbox);
  await stage.open();
  const bundle = await Bundle.start([
    'run',
    `--kubeconfig=${sandbox.kubeconfig}`,
    '--address=127.0.0.1:0',
    '--log-level=silent',
  ]);
  try {
    await stage.settled();
    const idle = await measureIdle(sandbox, bundle);
    const hints = await stage.hints();
    return [...idle, ...hints, { name: 'resident after the hints', value: bundle.resident(), unit: 'MiB' }];
  } finally {
    await bundle.stop();
    await stage.close();
    await sandbox.close();
  }
}

/** What the controller costs while nothing changes. */
async function measureIdle(sandbox: Sandbox, bundle: Bundle): Promise<readonly Measure[]> {
  await setTimeout(interval);
  const looks = () => sandbox.registry.requests.all().length;
  const asked = () =>
    sandbox.api.requests.filter(
      ({ userAgent, verb }) => userAgent.startsWith('plimsoll/') && verb !== 'watch',
    ).length;
  const before = { looks: looks(), asked: asked(), cpu: bundle.cpu() };
  await setTimeout(watched);
  const checks = looks() - before.looks;
  const intervals = watched / interval;
  return [
    {
      name: 'registry requests per repository and interval',
      value: round(checks / fleet / intervals),
      unit: 'requests',
      atMost: 1.05,
    },
    {
      name: 'API requests while idle, beyond watches',
      value: asked() - before.asked,
      unit: 'requests',
      atMost: 0,
    },
    {
      name: 'CPU per registry check',
      value: round((bundle.cpu() - before.cpu) / checks),
      unit: 'ms',
      atMost: 2,
    },
    { name: `resident with ${fleet} workloads`, value: bundle.resident(), unit: 'MiB', atMost: 110 },
  ];
}

/** The fleet of the benchmark, and the person who gives hints. */
class BenchStage {
  readonly #sandbox: Sandbox;
  readonly #client: KubeClient;

  constructor(sandbox: Sandbox) {
    this.#sandbox = sandbox;
    const metrics = { kubeRequest: () => undefined };
    this.#client = new KubeClient({
      connection: sandbox.connection,
      clock: systemClock,
      metrics,
      userAgent: 'bench',
    });
  }

  async open(): Promise<void> {
    await installDefinitions(this.#client, systemClock, signal);
    const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } };
    await this.#client.create(listPath(resources.namespaces), body, { signal });
    for (let index = 0; index < fleet; index++) {
      await this.#push(index, '1.0.0');
      await this.#client.create(listPath(resources.deployments, namespace), this.#deployment(index), {
        signal,
      });
    }
  }

  /** Resolves when every workload was judged. */
  async settled(): Promise<void> {
    for (;;) {
      let judged = 0;
      for await (const { items } of this.#client.list(listPath(resources.trackedImages, namespace), {
        signal,
      })) {
        judged += items.filter((item) => textAt(item, 'status', 'reason') === 'UpToDate').length;
      }
      if (judged === fleet) return;
      await setTimeout(100);
    }
  }

  /** A new tag, then a changed annotation: milliseconds from the answer to the change until the image is patched. */
  async hints(): Promise<readonly Measure[]> {
    for (let index = 0; index < fleet; index++)
      await this.#annotate(index, { 'plimsoll.dev/interval': '1h' });
    await setTimeout(interval);
    const waits: number[] = [];
    for (let index = 0; index < fleet; index++) {
      await this.#push(index, '1.1.0');
      const patched = this.#patched(index);
      const start = performance.now();
      await this.#annotate(index, { 'plimsoll.dev/pin': 'false' });
      await patched;
      waits.push(performance.now() - start);
    }
    waits.sort((a, b) => a - b);
    const quantile = (q: number) =>
      round(waits[Math.min(waits.length - 1, Math.floor(q * waits.length))] ?? 0);
    return [
      { name: 'hint to patch, median', value: quantile(0.5), unit: 'ms' },
      { name: 'hint to patch, p99', value: quantile(0.99), unit: 'ms', atMost: 100 },
    ];
  }

  async close(): Promise<void> {
    await this.#client.close();
  }

  /** Resolves when the watch shows the new image. */
  async #patched(index: number): Promise<void> {
    const stop = new AbortController();
    const query = { fieldSelector: `metadata.name=${nameOf(index)}` };
    const path = listPath(resources.deployments, namespace);
    for await (const line of this.#client.watch(path, { query, signal: stop.signal })) {
      const object = isJsonObject(line) ? line['object'] : undefined;
      const [container] = listAt(object, 'spec', 'template', 'spec', 'containers');
      if (textAt(container, 'image')?.endsWith(':1.1.0')) return;
    }
  }

  async #annotate(index: number, annotations: Readonly<Record<string, string>>): Promise<void> {
    const path = objectPath(resources.deployments, namespace, nameOf(index));
    await this.#client.patch(path, { metadata: { annotations } }, { type: 'merge', signal });
  }

  async #push(index: number, tag: string): Promise<void> {
    const { host } = this.#sandbox.registry;
    await pushImage({
      registry: host,
      repository: `bench/${nameOf(index)}`,
      tag,
      content: `${index} ${tag}`,
    });
  }

  #deployment(index: number): JsonObject {
    const name = nameOf(index);
    const image = `${this.#sandbox.registry.host}/bench/${name}:1.0.0`;
    return {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: {
        name,
        namespace,
        annotations: { 'plimsoll.dev/policy': 'minor', 'plimsoll.dev/interval': `${interval / 1_000}s` },
      },
      spec: {
        replicas: 1,
        selector: { matchLabels: { app: name } },
        template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'app', image }] } },
      },
    };
  }
}

function nameOf(index: number): string {
  return `app-${index}`;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
