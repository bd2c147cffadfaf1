import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectTo, type Backend } from '../behaviour/backend.ts';
import { embeddedImages } from '../behaviour/embedded-images.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { startFakeKubelet } from '../../src/sandbox/cluster/fake-kubelet.ts';
import { registryImages } from '../../src/sandbox/cluster/registry-images.ts';
import {
  type EmbeddedRegistry,
  startEmbeddedRegistry,
} from '../../src/sandbox/registry/embedded-registry.ts';
import { buildKubernetes } from '../kubernetes/build.ts';
import { type ControlPlane, startControlPlane } from '../kubernetes/control-plane.ts';
import { createTeardown } from '../kubernetes/teardown.ts';

/**
 * A real control plane that nobody else uses, so that a test may interrupt it; its registry and its node are embedded ones.
 * Needs neither root nor a cluster around it.
 */
export interface OwnCluster extends Backend {
  readonly controlPlane: ControlPlane;
  readonly images: EmbeddedRegistry;
}

/** Starts one, with further flags of the API server; takes about four seconds. */
export async function startOwnCluster(...apiServerFlags: readonly string[]): Promise<OwnCluster> {
  const binary = buildKubernetes();
  const directory = mkdtempSync(join(tmpdir(), 'plimsoll-own-cluster-'));
  const teardown = createTeardown();
  const { signal } = new AbortController();
  teardown.defer(() => rmSync(directory, { recursive: true }));
  try {
    const controlPlane = await startControlPlane({ binary, directory, teardown, signal, apiServerFlags });
    const kubeconfig = controlPlane.kubeconfig('admin');
    const images = await startEmbeddedRegistry({ clock: systemClock });
    teardown.defer(() => images.close());
    const connection = connectTo(kubeconfig);
    const node = await startFakeKubelet({ connection, clock: systemClock, ...registryImages(images) });
    teardown.defer(() => node.close());
    const close = async () => {
      for (const failure of await teardown.run()) throw failure;
    };
    return {
      kind: 'cluster',
      kubeconfig,
      controllerKubeconfig: kubeconfig,
      controlPlane,
      images,
      ...embeddedImages(images),
      close,
    };
  } catch (error) {
    await teardown.run();
    throw error;
  }
}
