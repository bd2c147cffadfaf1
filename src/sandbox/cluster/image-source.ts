/** An image as a registry would give it to a node. */
export interface PulledImage {
  /** What the reference resolves to now: the digest of an index or of a manifest. */
  readonly digest: string;
  /**
   * What is equal for the same image under whatever name, such as the digest of the platform's manifest;
   * `digest` itself where left out.
   */
  readonly content?: string;
}

/**
 * Why a registry gives no image: it has none, or none for the platform of the node, it wants other credentials, or it does not
 * answer properly.
 */
export type PullRefusal = 'missing' | 'foreign' | 'unauthorized' | 'unavailable';

/** Where the simulated node gets its images from. */
export interface ImageSource {
  /** Resolves a reference as it stands in a pod, at this moment. */
  resolve(image: string): PulledImage | PullRefusal | Promise<PulledImage | PullRefusal>;
}

/** How containers of an image behave; times in milliseconds. What is left out is done by a healthy container. */
export interface ContainerScript {
  /** How long a pull takes, beyond the ordinary pace. */
  readonly pullTakes?: number;
  /** When the container is ready after its start; `never` for one that runs and is not. */
  readonly readyAfter?: number | 'never';
  /** When it ends by itself after each start. */
  readonly exitsAfter?: number;
  /** With which code it then ends (1). */
  readonly exitCode?: number;
}

/** The script of an image: its reference, and the digest that it was resolved to. */
export type Behaviour = (image: string, digest: string) => ContainerScript;
