import type { EmbeddedApiServer } from '../../src/sandbox/api-server/embedded-api-server.ts';
import type { ControllerAccount } from '../support/controller-account.ts';
import type { ControllerPods } from '../support/controller-pods.ts';
import { startClusterBackend } from './cluster-backend.ts';

/** An image to push: equal content gives an equal image. */
export interface TestImage {
  readonly content: string;
  /** The container ends at once with an error instead of running. */
  readonly crashes?: boolean;
}

/** An image for several platforms: the content for each, by its name as in `linux/amd64`. */
export interface TestIndex {
  readonly images: Readonly<Record<string, string>>;
  /**
   * Where the digest of the index stands among others of the same images, of which a node reports the first that it knows. Those
   * of the images come before every `early` one, and those before every `late` one.
   */
  readonly name?: 'early' | 'late';
}

/** What a multi-platform image was pushed as. */
export interface PushedIndex {
  readonly digest: string;
  /** The digest of the image for each platform. */
  readonly children: Readonly<Record<string, string>>;
}

/** A Kubernetes cluster with a registry that its nodes pull from: embedded, or real. */
export interface Backend {
  readonly kind: 'sandbox' | 'cluster';
  /** Of the administrator. */
  readonly kubeconfig: string;
  /** Of the controller, whose context is the namespace that it keeps its lease in. */
  readonly controllerKubeconfig: string;
  /** The account behind that; only the real cluster has one, elsewhere the controller may do everything. */
  readonly account?: ControllerAccount;
  /** How controllers are started as pods; without it they work in the process of the tests. */
  readonly pods?: ControllerPods;
  /** Host of the registry, as it stands in image references. */
  readonly registry: string;
  /** Pushes an image; returns the digest that the tag stands for then. */
  push(repository: string, tag: string, image: TestImage): Promise<string>;
  /** Pushes an image for several platforms. */
  pushIndex(repository: string, tag: string, index: TestIndex): Promise<PushedIndex>;
  /** Pushes a Helm chart, whose tag looks like an image's. */
  pushChart(repository: string, tag: string): Promise<void>;
  /** The platform of its nodes. */
  readonly platform: string;
  deleteTag(repository: string, tag: string): Promise<void>;
  /** Requests that a repository was sent, as `METHOD path`; undefined where the registry does not tell. */
  looks(repository: string): readonly string[] | undefined;
  /** The API server's levers for tests; only the embedded one has them. */
  readonly api?: EmbeddedApiServer;
  close(): Promise<void>;
}

/** How a test wants its backend. */
export interface BackendOptions {
  /**
   * What controllers are where the cluster has a node that could run them as pods: `local` where a test needs them on this
   * machine, since a pod reaches neither the loopback nor files, and names the registry otherwise.
   */
  readonly controllers?: 'pods' | 'local';
}

/** Starts the backend that the environment names: the sandbox, or the cluster of `npm run test:cluster`. */
export async function startBackend({ controllers = 'pods' }: BackendOptions = {}): Promise<Backend> {
  return process.env['PLIMSOLL_TEST_BACKEND'] === 'cluster'
    ? startClusterBackend(controllers)
    : (await import('./sandbox-backend.ts')).startSandboxBackend();
}
