import { KubeClient } from '../../src/kube/client.ts';
import { loadConnection, type KubeConnection } from '../../src/kube/connection.ts';
import { systemClock } from '../../src/runtime/clock.ts';

/** The connection of a kubeconfig file. */
export function connectTo(kubeconfig: string): KubeConnection {
  const loaded = loadConnection({ kubeconfig, env: {} });
  if (!loaded.ok) throw new Error(loaded.message);
  return loaded.value;
}

/** A client with all rights, for what tests do and check. */
export function adminClient({ kubeconfig }: { readonly kubeconfig: string }): KubeClient {
  return new KubeClient({
    connection: connectTo(kubeconfig),
    clock: systemClock,
    metrics: { kubeRequest: () => undefined },
    userAgent: 'plimsoll-test',
  });
}
