import type { KubeClient } from '../../kube/client.ts';
import { Reflector } from '../../kube/reflector.ts';
import type { Resource } from '../../kube/resources.ts';
import { Store } from '../../kube/store.ts';
import type { JsonObject } from '../../model/json.ts';
import type { Clock, Logger } from '../../model/ports.ts';
import { noMetrics } from './no-telemetry.ts';

/** What following a resource takes. */
export interface CollectionParts {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly log: Logger;
}

/** All objects of a resource as the API server has them, kept current by a watch. */
export interface Collection {
  readonly store: Store<JsonObject>;
  /** Follows the resource until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
  whenSynced(signal: AbortSignal): Promise<void>;
}

/** Prepares to follow a resource in all namespaces. */
export function collectionOf(resource: Resource, parts: CollectionParts): Collection {
  const store = new Store<JsonObject>();
  const project = (object: JsonObject) => object;
  const reflector = new Reflector({ ...parts, resource, project, store, metrics: noMetrics });
  return {
    store,
    run: (signal) => reflector.run(signal),
    whenSynced: (signal) => reflector.whenSynced(signal),
  };
}
