import { parseImageReference, repositoryOf } from '../../model/image-reference.ts';
import type { ImageSource, PullRefusal } from './image-source.ts';

/** An image that a node has. */
export interface LocalImage {
  readonly content: string;
  /** What its reference resolved to when it was pulled. */
  readonly digest: string;
}

/** An image, or why there is none, in the kubelet's words. */
export type Obtained =
  | { readonly ok: true; readonly image: LocalImage; readonly pulled: boolean }
  | { readonly ok: false; readonly reason: string; readonly message: string };

/** References and contents that are remembered; far more than any sandbox uses. */
const capacity = 10_000;

/**
 * The images of one node. A node knows an image by its content and keeps every name under which it was pulled;
 * what it reports as `imageID` is the first of them in the order of their text, whatever the container was started by
 * (measured on containerd 1.6: an index that is pushed again with the same image changes it, or not, by its digest alone).
 */
export class ImageCache {
  readonly #source: ImageSource;
  readonly #renamed: (content: string) => void;
  readonly #byReference = new Map<string, LocalImage>();
  readonly #names = new Map<string, Set<string>>();

  /** `renamed` is told when an image that was there gets another name to be reported by. */
  constructor(source: ImageSource, renamed: (content: string) => void) {
    this.#source = source;
    this.#renamed = renamed;
  }

  /** Gets the image of a container by its pull policy: `Always` asks the registry anew, the others keep what is there. */
  async obtain(reference: string, policy: string): Promise<Obtained> {
    const parsed = parseImageReference(reference);
    if (!parsed.ok) {
      const message = `Failed to apply default image tag "${reference}": couldn't parse image name "${reference}": invalid reference format`;
      return { ok: false, reason: 'InvalidImageName', message };
    }
    const present = this.#byReference.get(reference);
    if (present !== undefined && policy !== 'Always') return { ok: true, image: present, pulled: false };
    if (policy === 'Never') {
      const message = `Container image "${reference}" is not present with pull policy of Never`;
      return { ok: false, reason: 'ErrImageNeverPull', message };
    }
    const resolved = await this.#source.resolve(reference);
    if (typeof resolved === 'string') {
      return { ok: false, reason: 'ErrImagePull', message: pullError(reference, resolved) };
    }
    const { digest, content = digest } = resolved;
    const image = { content, digest };
    remember(this.#byReference, reference, image);
    this.#name(content, `${repositoryOf(parsed.value)}@${digest}`);
    return { ok: true, image, pulled: true };
  }

  /** The `imageID` that the node reports for an image. */
  imageId(content: string): string {
    return [...(this.#names.get(content) ?? [])].toSorted()[0] ?? '';
  }

  #name(content: string, name: string): void {
    const names = this.#names.get(content);
    if (names === undefined) remember(this.#names, content, new Set([name]));
    else if (!names.has(name)) {
      names.add(name);
      this.#renamed(content);
    }
  }
}

/** Puts an entry into a map that forgets its oldest beyond {@link capacity}. */
function remember<V>(map: Map<string, V>, key: string, value: V): void {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > capacity && oldest !== undefined) map.delete(oldest);
}

/** What containerd says when a pull fails. */
function pullError(reference: string, refusal: PullRefusal): string {
  const failed = `failed to pull and unpack image "${reference}": failed to resolve reference "${reference}"`;
  switch (refusal) {
    case 'missing':
      return `rpc error: code = NotFound desc = ${failed}: ${reference}: not found`;
    case 'foreign':
      return `rpc error: code = NotFound desc = failed to pull and unpack image "${reference}": no match for platform in manifest: not found`;
    case 'unauthorized':
      return `rpc error: code = Unknown desc = ${failed}: pull access denied, repository does not exist or may require authorization: authorization failed: no basic auth credentials`;
    case 'unavailable':
      return `rpc error: code = Unavailable desc = ${failed}: unexpected status from HEAD request: 503 Service Unavailable`;
    default:
      return refusal satisfies never;
  }
}
