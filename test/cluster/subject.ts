import assert from 'node:assert/strict';
import { kinds } from '../../src/kube/kinds.ts';
import { listPath, objectPath, resources } from '../../src/kube/resources.ts';
import { isJsonObject, type JsonObject, listAt, numberAt, textAt } from '../../src/model/json.ts';
import type { WorkloadKind } from '../../src/model/workload.ts';
import type { Shop } from '../behaviour/shop.ts';
import { busyboxLayer } from '../support/busybox.ts';
import { pushImage } from '../support/push-image.ts';
import { Repeated } from '../support/repeated.ts';

const signal = new AbortController().signal;

/** What the container of an image does; all of them keep running unless they are told to crash. */
const behaviours = {
  ready: 'touch /ready; exec /bin/stay',
  neverReady: 'exec /bin/stay',
  lateReady: 'sleep 6; touch /ready; exec /bin/stay',
  crashes: 'exit 3',
} as const;

/** What a test says of a workload; the rest is ordinary. */
export interface SubjectParts {
  readonly kind?: Exclude<WorkloadKind, 'CronJob' | 'Rollout'>;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Whether it has a second container `side`. */
  readonly sidecar?: boolean;
  readonly spec?: JsonObject;
  readonly fieldManager?: string;
}

/** A workload whose container `web` was rolled out at 1.0.0, with images of its own. */
export class Subject {
  readonly #shop: Shop;
  readonly #name: string;
  readonly #kind: WorkloadKind;

  private constructor(shop: Shop, name: string, kind: WorkloadKind) {
    this.#shop = shop;
    this.#name = name;
    this.#kind = kind;
  }

  static async make(shop: Shop, name: string, parts: SubjectParts): Promise<Subject> {
    const { kind = 'Deployment', sidecar = false, fieldManager = 'test' } = parts;
    const subject = new Subject(shop, name, kind);
    const containers = sidecar ? ['web', 'side'] : ['web'];
    for (const container of containers) await subject.push('1.0.0', 'ready', container);
    const body = subject.#manifest(containers, parts);
    const path = listPath(kinds[kind].resource, shop.namespace);
    await shop.admin.create(path, body, { query: { fieldManager }, signal });
    await subject.settled('1.0.0');
    await subject.until('its first look', async () => (await subject.tracked()) !== undefined);
    return subject;
  }

  repository(container = 'web'): string {
    return `${this.#shop.repository(this.#name)}-${container}`;
  }

  reference(tag: string, container = 'web'): string {
    return this.#shop.image(`${this.#name}-${container}`, tag);
  }

  async push(tag: string, behaviour: keyof typeof behaviours, container = 'web'): Promise<void> {
    const run = `#!/bin/sh\n# ${this.repository(container)} ${tag}\n${behaviours[behaviour]}\n`;
    const layers = [busyboxLayer(required('PLIMSOLL_TEST_BUSYBOX'), { '/bin/run': run })];
    const config = { Cmd: ['/bin/run'] };
    const registry = required('PLIMSOLL_TEST_REGISTRY');
    await pushImage({ registry, repository: this.repository(container), tag, layers, config });
  }

  async image(container = 'web'): Promise<string | undefined> {
    const workload = kinds[this.#kind].project(await this.#object());
    return workload?.containers.find(({ name }) => name === container)?.image;
  }

  async generation(): Promise<number | undefined> {
    return numberAt(await this.#object(), 'metadata', 'generation');
  }

  pods() {
    return this.#shop.pods(this.#name);
  }

  until<T>(what: string, ask: () => Promise<T | undefined | false>): Promise<T> {
    return this.#shop.until(`${this.#name}: ${what}`, ask);
  }

  /** Waits until every pod runs a tag and is ready. */
  async settled(tag: string): Promise<void> {
    const reference = this.reference(tag);
    await this.until(`ready pods of ${tag}`, async () => {
      const wanted = kinds[this.#kind].project(await this.#object())?.replicas ?? 0;
      const pods = await this.pods();
      return (
        wanted > 0 &&
        pods.length === wanted &&
        pods.every(({ ready, images }) => ready && images.get('web') === reference)
      );
    });
  }

  async tracked(container = 'web'): Promise<JsonObject | undefined> {
    const name = `${this.#kind.toLowerCase()}.${this.#name}.${container}`;
    const found = await this.#shop.find(objectPath(resources.trackedImages, this.#shop.namespace, name));
    const status = found?.['status'];
    return isJsonObject(status) ? status : undefined;
  }

  saying(reason: string, container = 'web'): Promise<JsonObject> {
    return this.until(`to say ${reason}`, async () => {
      const status = await this.tracked(container);
      return status?.['reason'] === reason && status;
    });
  }

  outcome(outcome: string, container = 'web'): Promise<JsonObject> {
    return this.until(`to end as ${outcome}`, async () => {
      const status = await this.tracked(container);
      return outcomes(status)[0] === outcome && status;
    });
  }

  async annotate(annotations: JsonObject): Promise<void> {
    await this.#shop.admin.patch(this.#path(), { metadata: { annotations } }, { type: 'merge', signal });
  }

  /** Waits until the story of the events is told, in this order and each part once. */
  async eventsAre(reasons: readonly string[]): Promise<void> {
    const told = async () => (await this.#shop.events(this.#name)).map(({ reason }) => reason);
    const all = await this.until(`the events ${reasons.join(', ')}`, async () => {
      const seen = await told();
      return reasons.every((reason) => seen.includes(reason)) && seen;
    });
    assert.deepEqual(all.toSorted(), reasons.toSorted());
  }

  /** Sets another number of replicas again and again, as an autoscaler does. */
  scaleUntilAborted(): Repeated {
    let replicas = 2;
    return new Repeated(150, async () => {
      replicas = 2 + (replicas % 2);
      const query = { fieldManager: 'kube-controller-manager' };
      const body = { spec: { replicas } };
      await this.#shop.admin.patch(`${this.#path()}/scale`, body, { type: 'merge', query, signal });
    });
  }

  /** Writes the image of the manifest every second, as a tool does that reconciles. */
  applyUntilAborted(tag: string, fieldManager: string): Repeated {
    const path = '/spec/template/spec/containers/0/image';
    const operations = [{ op: 'replace', path, value: this.reference(tag) }];
    return new Repeated(1_000, async () => {
      await this.#shop.admin.patch(this.#path(), operations, {
        type: 'json',
        query: { fieldManager },
        signal,
      });
    });
  }

  #path(): string {
    return objectPath(kinds[this.#kind].resource, this.#shop.namespace, this.#name);
  }

  #object(): Promise<JsonObject> {
    return this.#shop.admin.get(this.#path(), { signal });
  }

  #manifest(containers: readonly string[], { annotations, spec }: SubjectParts): JsonObject {
    const labels = { app: this.#name };
    const readinessProbe = { exec: { command: ['/bin/cat', '/ready'] }, periodSeconds: 1 };
    const own = containers.map((name) => ({ name, image: this.reference('1.0.0', name), readinessProbe }));
    const metadata = {
      name: this.#name,
      namespace: this.#shop.namespace,
      annotations: { 'plimsoll.dev/policy': 'minor', 'plimsoll.dev/verify-for': '1s', ...annotations },
    };
    const template = {
      metadata: { labels },
      spec: { containers: own, terminationGracePeriodSeconds: 1 },
    };
    const selector = { matchLabels: labels };
    const named = this.#kind === 'StatefulSet' ? { serviceName: this.#name } : {};
    return {
      apiVersion: 'apps/v1',
      kind: this.#kind,
      metadata,
      spec: { selector, template, ...named, ...spec },
    };
  }
}

/** How the updates of a container ended, the newest first. */
export function outcomes(status: JsonObject | undefined): readonly (string | undefined)[] {
  return listAt(status, 'history').map((entry) => textAt(entry, 'outcome'));
}

function required(name: string): string {
  const value = process.env[name];
  assert.ok(value, `${name} is not set: run this by npm run test:cluster`);
  return value;
}
