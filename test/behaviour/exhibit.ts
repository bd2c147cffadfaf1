import assert from 'node:assert/strict';
import { kinds } from '../../src/kube/kinds.ts';
import { listPods } from '../../src/kube/pods.ts';
import { listPath, objectPath, resources } from '../../src/kube/resources.ts';
import { at, isJsonObject, type JsonObject, listAt, textAt, textMapAt } from '../../src/model/json.ts';
import type { WorkloadKind } from '../../src/model/workload.ts';
import type { Shop } from './shop.ts';

/** What a test says of a workload of any kind; the rest is ordinary. */
export interface ExhibitParts {
  readonly image: string;
  readonly policy: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly pullPolicy?: 'Always' | 'IfNotPresent';
  readonly initContainers?: readonly JsonObject[];
  /** Fields of `spec` beside selector and template. */
  readonly spec?: JsonObject;
  /** Fields of the pods' `spec` beside containers. */
  readonly pod?: JsonObject;
}

const forever = new AbortController().signal;

/** A workload of any kind in a shop, with one container `web`. */
export class Exhibit {
  readonly kind: WorkloadKind;
  readonly name: string;
  readonly #shop: Shop;

  private constructor(shop: Shop, kind: WorkloadKind, name: string) {
    this.#shop = shop;
    this.kind = kind;
    this.name = name;
  }

  /** Makes the workload; does not wait for its pods. */
  static async make(shop: Shop, kind: WorkloadKind, name: string, parts: ExhibitParts): Promise<Exhibit> {
    const body = manifest(kind, { namespace: shop.namespace, name }, parts);
    await shop.admin.create(listPath(kinds[kind].resource, shop.namespace), body, { signal: forever });
    return new Exhibit(shop, kind, name);
  }

  get path(): string {
    return objectPath(kinds[this.kind].resource, this.#shop.namespace, this.name);
  }

  object(): Promise<JsonObject> {
    return this.#shop.admin.get(this.path, { signal: forever });
  }

  merge(body: JsonObject, subresource = ''): Promise<JsonObject> {
    return this.#shop.admin.patch(`${this.path}${subresource}`, body, { type: 'merge', signal: forever });
  }

  /** The image of a container in the pod template. */
  async image(container = 'web'): Promise<string | undefined> {
    const workload = kinds[this.kind].project(await this.object());
    return workload?.containers.find(({ name }) => name === container)?.image;
  }

  /** The annotations of the pod template. */
  async templateAnnotations(): Promise<Readonly<Record<string, string>>> {
    const steps = kinds[this.kind].template.split('/').slice(1);
    return textMapAt(await this.object(), ...steps, 'metadata', 'annotations');
  }

  pods() {
    return this.#shop.pods(this.name);
  }

  /** The image references that its pods were made with, by pod name. */
  async podImages(): Promise<Readonly<Record<string, string>>> {
    const query = { labelSelector: `app=${this.name}` };
    const images: [string, string][] = [];
    const path = listPath(resources.pods, this.#shop.namespace);
    for await (const page of this.#shop.admin.list(path, { query, signal: forever })) {
      for (const pod of page.items.filter((one) => at(one, 'metadata', 'deletionTimestamp') === undefined)) {
        const [first] = listAt(pod, 'spec', 'containers');
        images.push([textAt(pod, 'metadata', 'name') ?? '', textAt(first, 'image') ?? '']);
      }
    }
    return Object.fromEntries(images);
  }

  /** Waits until so many pods are ready. */
  async ready(count = 1): Promise<void> {
    await this.#shop.until(`${count} ready pods of ${this.name}`, async () => {
      const pods = await this.pods();
      return pods.length === count && pods.every(({ ready }) => ready);
    });
  }

  /** Deletes every pod, as a person does who wants an `OnDelete` strategy to go on. */
  async deletePods(): Promise<void> {
    for (const { name } of await listPods(
      this.#shop.admin,
      this.#shop.namespace,
      `app=${this.name}`,
      forever,
    )) {
      await this.#shop.admin.delete(objectPath(resources.pods, this.#shop.namespace, name), {
        signal: forever,
      });
    }
  }

  /** The status of a container's TrackedImage, where there is one. */
  async tracked(container = 'web'): Promise<JsonObject | undefined> {
    const name = `${this.kind.toLowerCase()}.${this.name}.${container}`;
    const found = await this.#shop.find(objectPath(resources.trackedImages, this.#shop.namespace, name));
    const status = found?.['status'];
    return isJsonObject(status) ? status : undefined;
  }

  /** Waits until a container's TrackedImage says a reason. */
  async saying(reason: string, container = 'web'): Promise<JsonObject> {
    return this.#until(`say ${reason}`, container, (status) => status['reason'] === reason);
  }

  /** Waits until the last update of a container has an outcome. */
  async outcome(outcome: string, container = 'web'): Promise<JsonObject> {
    const last = (status: JsonObject) => textAt(listAt(status, 'history')[0], 'outcome');
    return this.#until(`end as ${outcome}`, container, (status) => last(status) === outcome);
  }

  async #until(what: string, container: string, holds: (status: JsonObject) => boolean): Promise<JsonObject> {
    let seen: JsonObject | undefined;
    try {
      return await this.#shop.until(`${this.kind} ${this.name} to ${what}`, async () => {
        seen = await this.tracked(container);
        return seen !== undefined && holds(seen) && seen;
      });
    } catch (error) {
      const status = JSON.stringify(seen);
      assert.fail(`${error instanceof Error ? error.message : String(error)}\nits status was ${status}`);
    }
  }
}

function manifest(
  kind: WorkloadKind,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  parts: ExhibitParts,
): JsonObject {
  const { group, version } = kinds[kind].resource;
  const labels = { app: name };
  const { image, pullPolicy = 'IfNotPresent', initContainers = [] } = parts;
  const pod = {
    containers: [{ name: 'web', image, imagePullPolicy: pullPolicy }],
    terminationGracePeriodSeconds: 1,
    ...(initContainers.length === 0 ? {} : { initContainers }),
    ...(kind === 'CronJob' ? { restartPolicy: 'Never' } : {}),
    ...parts.pod,
  };
  const template = { metadata: { labels }, spec: pod };
  const own =
    kind === 'CronJob'
      ? { schedule: '0 0 1 1 *', jobTemplate: { spec: { template } } }
      : { selector: { matchLabels: labels }, template };
  const annotations = {
    'plimsoll.dev/policy': parts.policy,
    'plimsoll.dev/verify-for': '1s',
    ...parts.annotations,
  };
  return {
    apiVersion: `${group}/${version}`,
    kind,
    metadata: { namespace, name, annotations },
    spec: { ...own, ...(kind === 'StatefulSet' ? { serviceName: name } : {}), ...parts.spec },
  };
}
