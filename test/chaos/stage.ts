import { setTimeout } from 'node:timers/promises';
import { KubeClient } from '../../src/kube/client.ts';
import type { KubeConnection } from '../../src/kube/connection.ts';
import { listPath } from '../../src/kube/resources.ts';
import { isJsonObject, type JsonObject, textAt } from '../../src/model/json.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import type { Pace } from '../../src/sandbox/cluster/container-run.ts';
import type { EmbeddedRegistry } from '../../src/sandbox/registry/embedded-registry.ts';
import { startSandbox } from '../../src/sandbox/sandbox.ts';
import { fleetResources } from './fleet.ts';

/** A version of a workload as it was written, or its end. */
export interface Written {
  readonly object: JsonObject;
  readonly deleted: boolean;
}

/** Where a run is played: an API server, a registry, and a node that plays one. */
export interface Stage {
  /** A kubeconfig with all rights. */
  readonly kubeconfig: string;
  /** The same for people and other tools. */
  readonly connection: KubeConnection;
  /** With what the controllers may do. */
  readonly account: KubeConnection;
  readonly registry: EmbeddedRegistry;
  /** Takes the API server away for so many milliseconds; what its clients have watched it may not remember afterwards. */
  restart(away: number): Promise<void>;
  /** Has the API server forget what was before. */
  compact(): Promise<void>;
  /** Tells every version of every workload of the fleet, on a line that no fault touches, until the signal aborts. */
  follow(tell: (written: Written) => void, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** Of a node that does not wait as long as a real one, so that a minute holds many rollouts. */
export const pace: Pace = { step: 5, backoff: { initial: 200, longest: 1_000 } };

/** Opens the stage in this process, where `restart` leaves to the proxy before it to be away. */
export async function openEmbeddedStage(): Promise<Stage> {
  const sandbox = await startSandbox({ clock: systemClock, pace });
  const { api, connection, kubeconfig, registry } = sandbox;
  const metrics = { kubeRequest: () => undefined };
  const client = new KubeClient({ connection, clock: systemClock, metrics, userAgent: 'ledger' });
  return {
    kubeconfig,
    connection,
    account: connection,
    registry,
    async restart(away) {
      await setTimeout(away);
      api.compact();
    },
    compact: async () => api.compact(),
    follow: async (tell, signal) => {
      const query = { resourceVersion: '0' };
      const watches = fleetResources.map(async (resource) => {
        for await (const line of client.watch(listPath(resource), { signal, query })) {
          const object = isJsonObject(line) ? line['object'] : undefined;
          if (isJsonObject(object)) tell({ object, deleted: textAt(line, 'type') === 'DELETED' });
        }
        if (!signal.aborted) throw new Error(`the watch of ${resource.plural} ended`);
      });
      await Promise.all(watches);
    },
    async close() {
      await client.close();
      await sandbox.close();
    },
  };
}
