import type { World } from './controller-harness.ts';

/** A pod of the workload `web` as a test wants it. */
export interface PodParts {
  /** The image that its specification names. */
  readonly image: string;
  readonly container?: string;
  readonly waiting?: { readonly reason: string; readonly message: string };
  readonly restarts?: number;
  readonly ready?: boolean;
}

/** Puts a pod into the namespace `shop` that belongs to the Deployment `web`. */
export function putPod({ cluster }: Pick<World, 'cluster'>, parts: PodParts): void {
  const { image, container = 'app', waiting, restarts = 0, ready = false } = parts;
  cluster.put('/api/v1/namespaces/shop/pods/web-new', {
    kind: 'Pod',
    metadata: { namespace: 'shop', name: 'web-new', labels: { app: 'web' } },
    spec: { containers: [{ name: container, image }] },
    status: {
      phase: 'Pending',
      containerStatuses: [
        { name: container, restartCount: restarts, ready, state: waiting ? { waiting } : {} },
      ],
    },
  });
}
