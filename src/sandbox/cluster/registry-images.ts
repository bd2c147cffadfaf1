import { parseImageReference } from '../../model/image-reference.ts';
import type { Platform } from '../../model/observation.ts';
import type { EmbeddedRegistry } from '../registry/embedded-registry.ts';
import { nodePlatform } from './kubelet.ts';
import type { Behaviour, ContainerScript, ImageSource } from './image-source.ts';

/** Where a simulated node gets its images from, and how their containers behave. */
export interface RegistryImages {
  readonly images: ImageSource;
  readonly behaviour: Behaviour;
}

/**
 * Lets a simulated node pull from an embedded registry. What an image does is written in its content:
 * one that begins with `crashes` ends as soon as it is started, one that begins with `hangs` is never ready.
 * Every reference is looked for in this registry, whatever host it names; a node asks for no credentials.
 */
export function registryImages(registry: Pick<EmbeddedRegistry, 'resolve'>): RegistryImages {
  const find = (image: string, platform?: Platform, digest?: string) => {
    const parsed = parseImageReference(image);
    if (!parsed.ok) return undefined;
    const { path, tag = 'latest', digest: named } = parsed.value;
    return registry.resolve(path, digest ?? named ?? tag, platform);
  };
  return {
    images: {
      resolve(image) {
        const found = find(image, nodePlatform);
        if (found === undefined) return find(image) ? 'foreign' : 'missing';
        // An equal configuration is the same image, be it behind an index, another index, or its own manifest.
        return { digest: found.digest, content: found.config };
      },
    },
    behaviour: (image, digest) => scriptOf(find(image, nodePlatform, digest)?.content ?? ''),
  };
}

function scriptOf(content: string): ContainerScript {
  if (content.startsWith('crashes')) return { readyAfter: 'never', exitsAfter: 10 };
  return content.startsWith('hangs') ? { readyAfter: 'never' } : {};
}
