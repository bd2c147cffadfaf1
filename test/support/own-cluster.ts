import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Backend } from '../behaviour/backend.ts';
import { connectTo } from '../behaviour/connection.ts';
import { embeddedImages } from '../behaviour/embedded-images.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import type { Pace } from '../../src/sandbox/cluster/container-run.ts';
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

/** How a control plane of one's own differs from the usual. */
export interface OwnClusterOptions {
  /** Further flags of the API server; who starts it again gives them again. */
  readonly apiServerFlags?: readonly string[];
  /** How quickly the node works. */
  readonly pace?: Pace;
}

/** Starts one; takes about four seconds. */
export async function startOwnCluster(options: OwnClusterOptions = {}): Promise<OwnCluster> {
  const { apiServerFlags = [], pace } = options;
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
    const playing = { ...registryImages(images), ...(pace ? { pace } : {}) };
    const node = await startFakeKubelet({ connection, clock: systemClock, ...playing });
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
