import type { Platform, RegistryNeed, RepositoryObservation } from '../model/observation.ts';
import { distinctPlatforms } from '../model/platform.ts';
import type { EffectivePolicy } from '../model/policy.ts';

/** What is known of where a container runs. */
export interface PlatformQuestion {
  readonly policy: Pick<EffectivePolicy, 'platforms'>;
  /** The platforms of the nodes that its pods are on; undefined where nobody has told. */
  readonly platforms: readonly Platform[] | undefined;
  /** Digests that its pods report; undefined before they were asked. */
  readonly running: readonly string[] | undefined;
  /** The registry digest that the running image was last known to be. */
  readonly known: string | undefined;
  readonly manifests: RepositoryObservation['manifests'];
}

/** The platforms that count, none where nothing tells; or what must be known first. */
export type PlatformsInUse =
  | { readonly kind: 'known'; readonly platforms: readonly Platform[] }
  /** `running`: the pods must be asked. */
  | { readonly kind: 'unknown'; readonly needs: readonly RegistryNeed[]; readonly running: boolean };

/**
 * The platforms that count for a container: those that its policy names, else those of the nodes that run it. Where nodes
 * may not be read, the platforms behind the running image stand for them, which are at least those of the nodes.
 */
export function platformsInUse(question: PlatformQuestion): PlatformsInUse {
  const { policy, platforms, running, known, manifests } = question;
  if (policy.platforms.length > 0) return { kind: 'known', platforms: policy.platforms };
  if (platforms !== undefined) return { kind: 'known', platforms };
  if (running === undefined) return { kind: 'unknown', needs: [], running: true };
  const digests = running.length > 0 || known === undefined ? running : [known];
  const needs = digests.map((digest): RegistryNeed => ({ kind: 'manifests', digest }));
  if (digests.some((digest) => !manifests.has(digest))) return { kind: 'unknown', needs, running: false };
  const behind = digests.flatMap((digest) => {
    const found = manifests.get(digest);
    return found === undefined || typeof found === 'string'
      ? []
      : found.flatMap(({ platform }) => platform ?? []);
  });
  return { kind: 'known', platforms: distinctPlatforms(behind) };
}
