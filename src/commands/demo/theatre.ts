import type { KubeClient } from '../../kube/client.ts';
import { readPod } from '../../kube/pods.ts';
import { Reflector } from '../../kube/reflector.ts';
import { resources } from '../../kube/resources.ts';
import { Store } from '../../kube/store.ts';
import { isJsonObject, type JsonObject, listAt, numberAt, textAt } from '../../model/json.ts';
import type { Clock, Logger, Metrics } from '../../model/ports.ts';
import type { WorkloadSight } from './scene.ts';
import { namespace, workloads } from './shop.ts';

/** What the theatre works with. */
export interface TheatreOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Pick<Metrics, 'informerRestart'>;
  /** Host of the registry; left out of what is shown. */
  readonly registry: string;
}

/**
 * Shows the fleet as kubectl would see it: it watches Deployments, pods and TrackedImages through the API and knows
 * nothing of the controller.
 */
export class Theatre {
  readonly #registry: string;
  readonly #stores = {
    deployments: new Store<JsonObject>(),
    pods: new Store<JsonObject>(),
    images: new Store<JsonObject>(),
  };
  readonly #reflectors: readonly Reflector<JsonObject>[];
  readonly #listeners = new Set<() => void>();

  constructor({ client, clock, logger: log, metrics, registry }: TheatreOptions) {
    this.#registry = registry;
    const base = { client, clock, log, metrics, namespace, project: (object: JsonObject) => object };
    this.#reflectors = [
      new Reflector({ ...base, resource: resources.deployments, store: this.#stores.deployments }),
      new Reflector({ ...base, resource: resources.pods, store: this.#stores.pods }),
      new Reflector({ ...base, resource: resources.trackedImages, store: this.#stores.images }),
    ];
    for (const store of Object.values(this.#stores)) store.onChange(() => this.#tell());
  }

  /** Watches until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#reflectors.map((reflector) => reflector.run(signal)));
  }

  /** Every workload of the shop as it is now, in the order of the programme. */
  fleet(): readonly WorkloadSight[] {
    return workloads.map(({ name }) => this.see(name));
  }

  /** One workload as it is now. */
  see(name: string): WorkloadSight {
    const deployment = this.#stores.deployments.get(`${namespace}/${name}`);
    const [container] = listAt(deployment, 'spec', 'template', 'spec', 'containers');
    const image = (textAt(container, 'image') ?? '').replace(`${this.#registry}/${namespace}/`, '');
    const status = this.#stores.images.get(`${namespace}/deployment.${name}.app`)?.['status'];
    const text = (field: string) => textAt(status, field) ?? '';
    return {
      name,
      image,
      latest: text('latest'),
      state: text('state'),
      reason: text('reason'),
      message: text('message').replaceAll(`${this.#registry}/${namespace}/`, ''),
      outcome: textAt(listAt(status, 'history')[0], 'outcome') ?? '',
      running: this.#running(name),
      generation: numberAt(deployment, 'metadata', 'generation') ?? 0,
      rejected: listAt(status, 'rejected').map((one) => textAt(one, 'tag') ?? ''),
    };
  }

  /** Resolves when a condition is fulfilled, after `within` milliseconds, or when the signal aborts; says whether it was. */
  async until(
    condition: () => boolean,
    {
      within,
      clock,
      signal,
    }: { readonly within: number; readonly clock: Clock; readonly signal: AbortSignal },
  ): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const check = () => condition() && resolve(true);
    const timer = clock.schedule(within, () => resolve(condition()));
    const abort = () => resolve(false);
    signal.addEventListener('abort', abort, { once: true });
    this.#listeners.add(check);
    check();
    try {
      return await promise;
    } finally {
      timer.cancel();
      signal.removeEventListener('abort', abort);
      this.#listeners.delete(check);
    }
  }

  /** Calls `listener` after every change; returns how to stop it. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #running(name: string): readonly string[] {
    const digests = new Set<string>();
    for (const object of this.#stores.pods.list()) {
      const pod = isJsonObject(object) ? readPod(object) : undefined;
      if (!pod || pod.deleting || !pod.ready || textAt(object, 'metadata', 'labels', 'app') !== name)
        continue;
      for (const { digest } of pod.containers) if (digest) digests.add(digest);
    }
    return [...digests];
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}
