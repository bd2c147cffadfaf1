import type { KubeClient } from '../../src/kube/client.ts';
import { listPath, type Resource, resources } from '../../src/kube/resources.ts';
import { type JsonObject, listAt, textAt, textMapAt } from '../../src/model/json.ts';
import { fleetResources, type Slot, trackedImageOf } from './fleet.ts';

/** What a pod of the fleet runs. */
export interface FleetPod {
  /** The image that its specification names. */
  readonly image: string;
  /** The digest that its node reports; undefined until it was pulled. */
  readonly digest: string | undefined;
}

/** What the cluster holds of every slot of a fleet, read at about one moment. */
export class Survey {
  readonly #objects: ReadonlyMap<string, JsonObject>;
  readonly #pods: ReadonlyMap<string, readonly FleetPod[]>;

  private constructor(objects: ReadonlyMap<string, JsonObject>, pods: readonly JsonObject[]) {
    this.#objects = objects;
    const groups = Map.groupBy(pods, (pod) => keyOf('Pod', namespaceOf(pod), appOf(pod)));
    this.#pods = new Map([...groups].map(([key, group]) => [key, group.map(podOf)]));
  }

  static async take(client: KubeClient): Promise<Survey> {
    const lists = [...fleetResources, resources.trackedImages].map(async (resource) => {
      const items = await readAll(client, resource);
      // The items of a list do not name their kind.
      return items.map((item) => ({ ...item, kind: resource.kind }));
    });
    const objects = (await Promise.all(lists)).flat();
    const keyed = objects.map((object) => {
      const name = textAt(object, 'metadata', 'name') ?? '';
      return [keyOf(object.kind, namespaceOf(object), name), object] as const;
    });
    return new Survey(new Map(keyed), await readAll(client, resources.pods));
  }

  /** The workload of a slot; undefined where it is empty. */
  workload({ kind, namespace, name }: Slot): JsonObject | undefined {
    return this.#objects.get(keyOf(kind, namespace, name));
  }

  /** Its TrackedImage. */
  told(slot: Slot): JsonObject | undefined {
    return this.#objects.get(keyOf(resources.trackedImages.kind, slot.namespace, trackedImageOf(slot)));
  }

  /** Its pods. */
  pods({ namespace, name }: Slot): readonly FleetPod[] {
    return this.#pods.get(keyOf('Pod', namespace, name)) ?? [];
  }
}

async function readAll(client: KubeClient, resource: Resource): Promise<readonly JsonObject[]> {
  const { signal } = new AbortController();
  const all: JsonObject[] = [];
  for await (const { items } of client.list(listPath(resource), { signal })) all.push(...items);
  return all;
}

function keyOf(kind: string, namespace: string, name: string): string {
  return `${kind}/${namespace}/${name}`;
}

function namespaceOf(object: JsonObject): string {
  return textAt(object, 'metadata', 'namespace') ?? '';
}

function appOf(pod: JsonObject): string {
  return textMapAt(pod, 'metadata', 'labels')['app'] ?? '';
}

function podOf(pod: JsonObject): FleetPod {
  return {
    image: textAt(listAt(pod, 'spec', 'containers')[0], 'image') ?? '',
    digest: textAt(listAt(pod, 'status', 'containerStatuses')[0], 'imageID')?.split('@')[1],
  };
}
